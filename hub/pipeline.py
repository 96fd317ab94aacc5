"""The order of the rooms, written once. It must never do IO, read a clock or know a feed's format.

    understand:  normalise → locate → classify           one raw message → located reports and rejects
    decide:      fuse → mute → route → set deadlines → perceive
                 a batch and what is near it             → all that changes
    overdue:     deadlines that fell due                 → all that changes
    unmute:      muted incidents whose mute may be over  → all that changes
    silent:      feeds that fell silent                  → all that changes

What a decision leaves to later versions: deadlines are not recomputed when an incident's severity worsens, and a
revision whose category or place moved away stays in its incident, with the move in its why.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.dispatching import Dispatching
from hub.naming import digest, incident_id
from hub.perceiving import Perceiving
from hub.recording import Changes
from hub.rulebook.book import Rulebook
from hub.rulebook.patterns import Pattern
from hub.stages.classify import classify
from hub.stages.deadlines import office_time
from hub.stages.fuse import Fusion, Neighbourhood, exact_point, fuse, grown, moved_away, words_of
from hub.stages.locate import Atlas, locate
from hub.stages.normalise import normalise
from hub.stages.perceive import Heard
from hub.vocabulary.incidents import (
    Deadline,
    Decision,
    Filing,
    Incident,
    KnownReport,
    Nearby,
)
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject, Report
from hub.vocabulary.terms import (
    LIVE_STATUSES,
    IncidentStatus,
    RejectReason,
    ReportStatus,
    Severity,
    Stage,
    TimelineKind,
)
from hub.vocabulary.why import Fact, Why

#: States in which nobody has begun to work on an incident.
_UNTOUCHED = frozenset({IncidentStatus.OPEN, IncidentStatus.DISPATCHED})
_REVISION_KINDS = {ReportStatus.CLOSED: TimelineKind.SOURCE_CLOSED}


def understand(raw: RawMessage, book: Rulebook, atlas: Atlas) -> tuple[LocatedReport | Reject, ...]:
    """What a raw message says: each of its records as a located report or a reject."""
    source = next((source for source in book.city.sources if source.id == raw.source), None)
    if source is None or source.feed is not raw.feed:
        message = f"no source of the feed {raw.feed} is known by this id"
        reason = RejectReason.UNKNOWN_SOURCE
        return (Reject(feed=raw.feed, raw_id=raw.id, part=0, reason=reason, field="", message=message),)
    return tuple(
        record if isinstance(record, Reject) else understand_report(record, book, atlas)
        for record in normalise(raw, source)
    )


def understand_report(report: Report, book: Rulebook, atlas: Atlas) -> LocatedReport | Reject:
    """A report that is known already, classified and located by a rulebook."""
    place = locate(report, atlas)
    if isinstance(place, Reject):
        return place
    return LocatedReport(report=report, classification=classify(report, book, place), place=place)


def decide(located: Sequence[LocatedReport], nearby: Nearby, book: Rulebook, now: datetime) -> Decision:
    """All that a batch changes, in the order in which its reports arrived. Deciding it again changes nothing."""
    batch = _Batch(located, nearby, book, now)
    for report in located:
        batch.take(report)
    return batch.decision()


def overdue(due: Sequence[tuple[Deadline, Incident]], book: Rulebook, now: datetime) -> Decision:
    """What the deadlines that ran out by `now` change; those of incidents that are over change nothing."""
    changes = Changes(now, book.version)
    for deadline, incident in due:
        if deadline.due_at > now or incident.status not in LIVE_STATUSES:
            continue
        late = changes.alter(changes.incidents.get(incident.id, incident), overdue=True)
        facts: dict[str, Fact] = {"kind": deadline.kind.value, "due_at": deadline.due_at.isoformat()}
        why = Why(stage=Stage.DEADLINES, rule=deadline.why.rule, verdict="overdue", facts=facts)
        changes.note(late, TimelineKind.OVERDUE, task_id=deadline.task_id, why=(deadline.why, why))
    return Decision(incidents=tuple(changes.incidents.values()), timeline=tuple(changes.timeline))


def unmute(muted: Sequence[Incident], book: Rulebook, now: datetime) -> Decision:
    """What becomes of muted incidents by a rulebook at a moment: those that no mute covers are dispatched."""
    changes = Changes(now, book.version)
    dispatching = Dispatching(changes, book)
    for incident in muted:
        dispatching.look_again(incident)
    return Decision(
        incidents=tuple(changes.incidents.values()),
        tasks=tuple(dispatching.tasks),
        timeline=tuple(changes.timeline),
        marked=tuple(changes.marked),
    )


def silent(heard: Heard, read: Nearby, book: Rulebook, now: datetime) -> Decision:
    """What changes when feeds fall silent or speak again; `read` holds what the patterns of silence remember."""
    batch = _Batch((), read, book, now)

    def patience(pattern: Pattern, start: datetime) -> datetime:
        longest = timedelta(minutes=pattern.longer_than_minutes)
        return office_time(start, longest, book) if pattern.office_hours else start + longest

    batch.perceiving.listen(heard, patience)
    return batch.decision()


class _Batch:
    """A batch being decided: what is known so far, with what the batch itself added."""

    def __init__(self, located: Sequence[LocatedReport], nearby: Nearby, book: Rulebook, now: datetime) -> None:
        self._book = book
        self._now = now
        self._known = {known.report_id: known for known in nearby.known}
        self._neighbourhood = Neighbourhood(nearby.incidents, located)
        self._changes = Changes(now, book.version)
        self._dispatching = Dispatching(self._changes, book)
        self._filings: list[Filing] = []
        self.perceiving = Perceiving(
            nearby.perceived,
            book,
            self._changes,
            self._neighbourhood,
            self._start,
            self._dispatching.look_again,
        )

    def take(self, located: LocatedReport) -> None:
        """Decide on one report."""
        report = located.report
        content = digest(report)
        known = self._known.get(report.id)
        if known is None:
            self._file(located, content, 1, self._settle_new(located))
        elif known.digest == content:
            return
        elif _is_older(report, known):
            # Arrived after a newer revision: the history keeps it, the latest stays.
            self._filings.append(
                Filing(
                    located=located,
                    revision=known.revision,
                    incident_id=known.incident_id,
                    digest=content,
                    stale=True,
                )
            )
        elif known.incident_id is None:
            self._file(located, content, known.revision + 1, self._settle_new(located))
        else:
            self._revise(located, known.incident_id, known.revision + 1)
            self._file(located, content, known.revision + 1, known.incident_id)

    def decision(self) -> Decision:
        """All that the reports taken so far change."""
        return Decision(
            filings=tuple(self._filings),
            incidents=tuple(self._changes.incidents.values()),
            tasks=tuple(self._dispatching.tasks),
            timeline=tuple(self._changes.timeline),
            marked=tuple(self._changes.marked),
            perceived=self.perceiving.kept(),
        )

    def _file(self, located: LocatedReport, content: bytes, revision: int, home: str | None) -> None:
        filing = Filing(located=located, revision=revision, incident_id=home, digest=content)
        self._filings.append(filing)
        self._known[located.report.id] = filing.known

    def _settle_new(self, located: LocatedReport) -> str | None:
        """The incident of a report that has none yet; None for a test, and for what was over before we heard of it."""
        if located.report.status is not ReportStatus.ACTIVE:
            return None
        words = words_of(located.report)
        fusion = fuse(located, words, self._neighbourhood, self._book)
        incident = None if fusion.joins is None else self._neighbourhood.get(fusion.joins)
        if incident is None:
            incident = self._open(located, words, fusion)
        else:
            incident = self._join(located, words, fusion, incident)
        self.perceiving.take(located, incident.id)
        return incident.id

    def _open(self, located: LocatedReport, words: tuple[str, ...], fusion: Fusion) -> Incident:
        chain = (*located.classification.why, located.place.why, fusion.why, *fusion.also)
        suggested = None if fusion.suggests is None else fusion.why
        return self._start(self._newborn(located, words), chain, located, suggested)

    def _start(
        self,
        found: Incident,
        chain: tuple[Why, ...],
        located: LocatedReport | None = None,
        suggested: Why | None = None,
    ) -> Incident:
        """Send a newborn incident to its bureaus."""
        report = None if located is None else located.report
        report_id = None if report is None else report.id
        found = self._changes.alter(found)
        self._changes.note(found, TimelineKind.OPENED, report_id=report_id, why=chain)
        if suggested is not None:
            self._changes.note(found, TimelineKind.SUGGESTED, report_id=report_id, why=(suggested,))
        incident = self._dispatching.begin(found, "" if located is None else located.classification.clause, report)
        self._neighbourhood.put(incident)
        return incident

    def _newborn(self, located: LocatedReport, words: tuple[str, ...]) -> Incident:
        report, kind, place = located.report, located.classification, located.place
        category = self._book.categories.get(kind.category)
        return Incident(
            id=incident_id(self._book.city.code, report.id),
            version=0,
            status=IncidentStatus.OPEN,
            category=kind.category,
            family=kind.family,
            severity=kind.severity,
            title=report.title or (kind.category if category is None else category.name.zh),
            address=report.address,
            address_key=place.address_key,
            district=place.district,
            grid=place.grid,
            point=place.point,
            # Only an exact place has neighbours; the middle of an area would draw in strangers.
            cell=None if exact_point(located) is None else place.cell,
            opened_at=self._now,
            first_report_at=report.occurred_at,
            last_report_at=report.occurred_at,
            updated_at=self._now,
            report_count=1,
            feeds=(report.feed,),
            words=words,
            lead_bureau=None,
            due_at=None,
            overdue=False,
            rulebook_version=self._book.version,
        )

    def _join(self, located: LocatedReport, words: tuple[str, ...], fusion: Fusion, incident: Incident) -> Incident:
        joined = self._changes.alter(grown(incident, located, words), report_count=incident.report_count + 1)
        why = (*located.classification.why, located.place.why, fusion.why, *fusion.also)
        self._changes.note(joined, TimelineKind.JOINED, report_id=located.report.id, why=why)
        self._note_worse(located, incident.severity, joined)
        joined = self._dispatching.look_again(joined)
        self._neighbourhood.put(joined)
        return joined

    def _revise(self, located: LocatedReport, home: str, revision: int) -> None:
        """A known report says something new. It keeps its incident, whatever it says now."""
        self.perceiving.revise(located)
        incident = self._neighbourhood.get(home)
        if incident is None:
            # Its incident was not read: the report is filed and the incident left as it is.
            return
        report = located.report
        moved = moved_away(located, incident)
        fits = not any(moved.values())
        withdrawn = report.status in (ReportStatus.CANCELLED, ReportStatus.TEST)
        over = withdrawn and incident.report_count == 1 and incident.status in _UNTOUCHED
        if incident.status not in LIVE_STATUSES:
            revised = self._changes.alter(incident)
        elif over:
            revised = self._changes.alter(
                incident, status=IncidentStatus.CANCELLED, due_at=None, overdue=False, mute=None
            )
        else:
            words = words_of(report) if fits else ()
            revised = self._changes.alter(grown(incident, located, words, adopt_place=fits))
        kind = TimelineKind.CANCELLED if over else _REVISION_KINDS.get(report.status, TimelineKind.REVISED)
        facts: dict[str, Fact] = {"revision": revision, "source_status": report.status.value, **moved}
        verdict = "kept" if fits else "moved_but_kept"
        kept = Why(stage=Stage.FUSE, rule="revision", verdict=verdict, facts=facts)
        why = (*located.classification.why, located.place.why, kept)
        self._changes.note(revised, kind, report_id=report.id, why=why)
        self._note_worse(located, incident.severity, revised)
        self._neighbourhood.put(self._dispatching.look_again(revised))

    def _note_worse(self, located: LocatedReport, before: Severity, incident: Incident) -> None:
        if incident.severity >= before:
            return
        facts: dict[str, Fact] = {"from": before.name, "to": incident.severity.name}
        why = Why(stage=Stage.SEVERITY, rule="worst_report", verdict="worsened", facts=facts)
        self._changes.note(incident, TimelineKind.SEVERITY, report_id=located.report.id, why=(why,))


def _is_older(report: Report, known: KnownReport) -> bool:
    """Whether this record is from before the one we have: by the source's date, else by when it came in.

    One order over dated and undated records, so that no sequence of them can go round in a circle.
    """
    ours = (known.updated_at or known.received_at, known.received_at)
    return (report.updated_at or report.received_at, report.received_at) < ours
