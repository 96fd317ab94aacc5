"""What follows when a perception pattern (感知规则) comes true: a severity, an entry, an incident of its own. It must
never judge a pattern; the perceive room does."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from hub.naming import incident_id
from hub.recording import Changes
from hub.rulebook.book import Category, Rulebook
from hub.rulebook.patterns import Pattern, PatternKind
from hub.stages.fuse import Neighbourhood
from hub.stages.locate import area_of
from hub.stages.perceive import Finding, FindingKind, Heard, Memory, Patience, concerns, listen, perceive, roles_of
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.perceptions import Perceived, WarnedArea
from hub.vocabulary.terms import LIVE_STATUSES, Feed, IncidentStatus, ReportStatus, TimelineKind
from hub.vocabulary.why import Why

_WITHDRAWN = frozenset({ReportStatus.CANCELLED, ReportStatus.TEST})
_WARNING = "warning"


class Dispatch(Protocol):
    """Sends a newborn incident to its bureaus, with the reasons it was opened for."""

    def __call__(self, found: Incident, chain: tuple[Why, ...]) -> Incident: ...


class Perceiving:
    """The patterns of a batch being decided."""

    def __init__(
        self,
        read: Perceived,
        book: Rulebook,
        changes: Changes,
        neighbourhood: Neighbourhood,
        dispatch: Dispatch,
        look_again: Callable[[Incident], Incident],
    ) -> None:
        self._book = book
        self._changes = changes
        self._neighbourhood = neighbourhood
        self._dispatch = dispatch
        #: What was raised may have outgrown what held it back.
        self._look_again = look_again
        self._memory = Memory(read)

    def take(self, located: LocatedReport, home: str) -> None:
        """A report went to its incident."""
        if not concerns(located, self._book):
            return
        self._warn(located)
        for finding in perceive(located, home, self._memory, self._book):
            self._follow(finding, located)

    def revise(self, located: LocatedReport) -> None:
        """A known report says something new: a warning may hold longer or no more, a report may be taken back."""
        if not self._book.patterns:
            return
        if concerns(located, self._book):
            self._warn(located)
        if located.report.status in _WITHDRAWN:
            self._memory.withdraw(located.report.id)

    def listen(self, heard: Heard, patience: Patience) -> None:
        """Feeds that fell silent, and those that speak again."""
        now = self._changes.now
        for finding in listen(self._book, heard, self._memory, patience, now):
            self._follow(finding, None)

    def kept(self) -> Perceived | None:
        """What is to be remembered; None when that is nothing."""
        return self._memory.kept()

    def _warn(self, located: LocatedReport) -> None:
        report = located.report
        known = {pattern.id for pattern, role in roles_of(located, self._book) if role == _WARNING}
        for pattern in self._book.patterns:
            if pattern.kind is not PatternKind.WARNING:
                continue
            if pattern.id in known and report.status is ReportStatus.ACTIVE:
                self._memory.put(_warned(pattern, located, self._memory.area(pattern.id, report.id), self._book))
            elif (area := self._memory.area(pattern.id, report.id)) is not None:
                self._memory.put(replace(area, until_at=report.updated_at or report.received_at))

    def _follow(self, finding: Finding, located: LocatedReport | None) -> None:
        firing, reason = finding.firing, finding.why
        opened = None if firing is None or firing.opened is None else self._neighbourhood.get(firing.opened)
        if finding.kind is FindingKind.FIRED and finding.pattern.opens is not None and firing is not None:
            opened = self._open(finding, finding.pattern.opens, firing.id, located)
            self._memory.put(replace(firing, opened=opened.id))
            reason = replace(reason, facts={**reason.facts, "opened": opened.id})
        elif opened is not None and (finding.incidents or finding.kind is FindingKind.SPEAKS_AGAIN):
            self._note(finding.pattern, opened, finding.why, quiet=False)
            reason = replace(reason, facts={**reason.facts, "part_of": opened.id})
        for incident in map(self._neighbourhood.get, finding.incidents):
            if incident is not None:
                self._note(finding.pattern, incident, reason, quiet=finding.kind is FindingKind.WARNED)

    def _note(self, pattern: Pattern, incident: Incident, reason: Why, *, quiet: bool) -> None:
        """Raise an incident and say so; `quiet` says nothing where nothing is raised."""
        if incident.status not in LIVE_STATUSES:
            return
        severity = incident.severity if pattern.raises_to is None else min(pattern.raises_to, incident.severity)
        if severity < incident.severity:
            moved = {"from": incident.severity.name, "to": severity.name}
            reason = replace(reason, facts={**reason.facts, **moved})
        elif quiet:
            return
        altered = self._changes.alter(incident, severity=severity)
        self._changes.note(altered, TimelineKind.PERCEIVED, why=(reason,))
        self._neighbourhood.put(self._look_again(altered))

    def _open(self, finding: Finding, category: str, firing: str, located: LocatedReport | None) -> Incident:
        kind = self._book.categories[category]
        facts = {**finding.why.facts, "incidents": ", ".join(finding.incidents)} if finding.incidents else None
        reason = finding.why if facts is None else replace(finding.why, facts=facts)
        found = self._newborn(finding, kind, incident_id(self._book.city.code, f"pattern {firing}"), located)
        return self._dispatch(found, (reason,))

    def _newborn(self, finding: Finding, category: Category, identity: str, located: LocatedReport | None) -> Incident:
        place = None if located is None else located.place
        raises_to = finding.pattern.raises_to
        return Incident(
            id=identity,
            version=0,
            status=IncidentStatus.OPEN,
            category=category.key,
            family=category.family,
            severity=category.severity if raises_to is None else min(category.severity, raises_to),
            title=_title(category, finding.subject, self._book),
            address="" if located is None else located.report.address,
            # Without an address to compare and without a cell no report is ever fused into it: it stands above
            # the incidents that it was seen in.
            address_key="",
            district=None if place is None else place.district,
            grid=None,
            point=None if finding.firing is None else finding.firing.point,
            cell=None,
            opened_at=self._changes.now,
            first_report_at=finding.began_at,
            last_report_at=finding.last_at,
            updated_at=self._changes.now,
            # None of its own: that is how one tells it from an incident that somebody reported.
            report_count=0,
            feeds=(),
            words=(),
            lead_bureau=None,
            due_at=None,
            overdue=False,
            rulebook_version=self._book.version,
        )


def _title(category: Category, subject: str, book: Rulebook) -> str:
    names = "、".join(source.name.zh for source in book.city.sources if subject and source.feed is Feed(subject))
    return f"{category.name.zh}：{names}" if names else category.name.zh


def _warned(pattern: Pattern, located: LocatedReport, before: WarnedArea | None, book: Rulebook) -> WarnedArea:
    report, area = located.report, area_of(located, book.city)
    until = _told_until(report.attributes.get("expires", ""))
    return WarnedArea(
        pattern=pattern.id,
        report_id=report.id,
        from_at=report.occurred_at if before is None else min(before.from_at, report.occurred_at),
        until_at=until or (report.updated_at or report.occurred_at) + timedelta(minutes=pattern.valid_minutes),
        districts=area.districts,
        whole_city=area.whole_city,
        outline=area.outline,
    )


def _told_until(text: str) -> datetime | None:
    """When the warning itself says that it ends; a time without a zone says too little."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def concerned(read: Perceived) -> Iterable[str]:
    """The incidents that a decision about what is remembered may change."""
    yield from (seen.incident_id for seen in read.sightings if seen.firing is None)
    yield from (firing.opened for firing in read.firings if firing.opened is not None)
