"""Runs a case through the pipeline the hub runs, in memory. It must never touch a store or read a clock."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from hub.edges.authoring.remembering import Remembered
from hub.edges.authoring.ticking import Ticking
from hub.pipeline import decide, silent, understand, understand_report
from hub.rulebook.book import Rulebook
from hub.rulebook.cases import Case, GivenReport
from hub.stages.locate import Atlas
from hub.stages.perceive import Heard, looks
from hub.supervising import RAISED_AS
from hub.vocabulary.incidents import Decision, Incident, KnownReport, Nearby, Task
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject, Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, Feed, Raise, Stage, TaskRole, TimelineKind
from hub.vocabulary.why import Why

_RAISED = {kind: raises for raises, kind in RAISED_AS.items()}


class RaisedStep(msgspec.Struct, frozen=True, kw_only=True):
    """What was raised for a task, when and to whom."""

    task_id: str
    raises: Raise
    at: datetime
    to: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one incident of a case became."""

    #: Names of its reports in the case, in the order in which they came.
    reports: tuple[str, ...]
    incident: Incident
    tasks: tuple[Task, ...]
    whys: tuple[Why, ...]
    #: Reports, by name, that are only suggested to be one with it.
    suggested: tuple[str, ...]
    #: What supervision raised, in order.
    raised: tuple[RaisedStep, ...] = ()
    #: Patterns that had a part in it, in the order in which they came true.
    patterns: tuple[str, ...] = ()
    #: Of an incident that a pattern opened: the pattern, and the names of the reports it was seen in.
    opened_by: str = ""
    seen_in: tuple[str, ...] = ()


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a case: incidents, rejects by report, and reports that became nothing."""

    outcomes: tuple[Outcome, ...]
    rejects: Mapping[str, Reject]
    nothing: tuple[str, ...]

    def opened_by(self, pattern: str) -> tuple[Outcome, ...]:
        """The incidents that a pattern opened."""
        return tuple(outcome for outcome in self.outcomes if outcome.opened_by == pattern)

    def outcome_of(self, name: str) -> Outcome | None:
        """The incident of a report."""
        return next((outcome for outcome in self.outcomes if name in outcome.reports), None)


def run_case(case: Case, book: Rulebook, atlas: Atlas) -> Ran:
    """Understand and decide every report at its time, then let the clock run on."""
    memory = _Memory(book)
    given = sorted(case.reports, key=lambda report: report.at)
    for at, together in groupby(given, key=lambda report: report.at):
        memory.run_on(at)
        memory.take([(report.name, item) for report in together for item in _understood(report, book, atlas)], at)
    if case.until is not None:
        memory.run_on(case.until)
    return memory.ran([report.name for report in given])


def _understood(given: GivenReport, book: Rulebook, atlas: Atlas) -> tuple[LocatedReport | Reject, ...]:
    if given.message is not None:
        return understand(_raw(given), book, atlas)
    return (understand_report(_report(given), book, atlas),)


def _raw(given: GivenReport) -> RawMessage:
    text = isinstance(given.message, str)
    body = given.message.encode() if text else msgspec.json.encode(given.message)
    kind = "application/xml" if text and given.message.lstrip().startswith("<") else "application/json"
    return RawMessage(
        id=UUID(int=1), feed=given.feed, source=given.source, content_type=kind, body=body, received_at=given.at
    )


def _report(given: GivenReport) -> Report:
    point = None
    if given.point is not None:
        point = SourcePoint(lon=given.point.lon, lat=given.point.lat, system=CoordinateSystem.WGS84, field="point")
    return Report(
        feed=given.feed,
        source_id=given.name,
        raw_id=UUID(int=1),
        part=0,
        source=given.source,
        occurred_at=given.at,
        received_at=given.at,
        title=given.title,
        text=given.text,
        code=given.code,
        category_names=given.names,
        severity=given.severity,
        point=point,
        address=given.address,
        district=given.district,
        grid=given.grid,
        device_id=given.device,
        area_codes=given.area_codes,
        status=given.status,
    )


class _Memory:
    """The store's part, in memory: everything of the case is near."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._incidents: dict[str, Incident] = {}
        self._tasks: list[Task] = []
        self._whys: dict[str, list[Why]] = {}
        self._known: dict[str, KnownReport] = {}
        #: Reports by the name that told of them; a later name may tell of the same one again.
        self._told: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        self._suggested: dict[str, list[str]] = {}
        self._rejects: dict[str, Reject] = {}
        self._raised: dict[str, list[RaisedStep]] = {}
        self._ticking = Ticking(book, self._incidents, self._tasks)
        self._remembered = Remembered()
        self._heard: dict[Feed, datetime] = {}

    def take(self, items: Iterable[tuple[str, LocatedReport | Reject]], now: datetime) -> None:
        located = []
        for name, item in items:
            if isinstance(item, Reject):
                self._rejects[name] = item
            else:
                self._told.setdefault(name, []).append(item.report.id)
                self._names.setdefault(item.report.id, name)
                located.append(item)
        perceived = self._remembered.near(looks(located, self._book), [item.report.id for item in located])
        near = Nearby(incidents=tuple(self._incidents.values()), known=tuple(self._known.values()), perceived=perceived)
        self._keep(decide(located, near, self._book, now))
        for item in located:
            self._heard[item.report.feed] = now

    def run_on(self, until: datetime) -> None:
        self._ticking.run_on(until, self._keep)
        self.listen(until)

    def listen(self, now: datetime) -> None:
        """What the listener of a hub would have told by now."""
        heard = Heard(last=self._heard, since=min(self._heard.values(), default=now))
        read = Nearby(incidents=tuple(self._incidents.values()), perceived=self._remembered.all())
        self._keep(silent(heard, read, self._book, now))

    def ran(self, names: list[str]) -> Ran:
        home_of = {known.report_id: known.incident_id for known in self._known.values()}
        homes = {name: {home_of.get(report) for report in self._told.get(name, ())} - {None} for name in names}
        outcomes = (
            self._outcome(incident, [name for name in names if id in homes[name]])
            for id, incident in self._incidents.items()
        )
        lost = tuple(name for name in names if not homes[name] and name not in self._rejects)
        return Ran(outcomes=tuple(outcomes), rejects=self._rejects, nothing=lost)

    def _outcome(self, incident: Incident, names: list[str]) -> Outcome:
        tasks = sorted(
            (t for t in self._tasks if t.incident_id == incident.id), key=lambda t: t.role is not TaskRole.LEAD
        )
        whys = self._whys[incident.id]
        firing = next((each for each in self._remembered.firings if each.opened == incident.id), None)
        return Outcome(
            reports=tuple(names),
            incident=incident,
            tasks=tuple(tasks),
            whys=tuple(whys),
            suggested=tuple(self._suggested.get(incident.id, ())),
            raised=tuple(self._raised.get(incident.id, ())),
            patterns=tuple(dict.fromkeys(why.rule for why in whys if why.stage is Stage.PERCEIVE)),
            opened_by="" if firing is None else firing.pattern,
            seen_in=() if firing is None else tuple(self._names[one] for one in self._remembered.reports_of(firing.id)),
        )

    def _keep(self, decision: Decision) -> None:
        for incident in decision.incidents:
            self._incidents[incident.id] = incident
        self._tasks += decision.tasks
        if decision.perceived is not None:
            self._remembered.keep(decision.perceived)
        for filing in decision.filings:
            if not filing.stale:
                self._known[filing.located.report.id] = filing.known
        for entry in decision.timeline:
            self._whys.setdefault(entry.incident_id, []).extend(entry.why)
            if entry.kind in _RAISED and entry.task_id is not None:
                step = RaisedStep(
                    task_id=entry.task_id, raises=_RAISED[entry.kind], at=entry.at, to=str(entry.why[-1].facts["to"])
                )
                self._raised.setdefault(entry.incident_id, []).append(step)
            if entry.kind is TimelineKind.SUGGESTED and entry.report_id is not None:
                other: Any = entry.why[0].facts.get("incident")
                self._suggested.setdefault(str(other), []).append(self._names[entry.report_id])
