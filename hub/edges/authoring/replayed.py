"""What stored reports become by one rulebook, kept small enough for a month of a city. It must never judge a rulebook.

Reports are replayed as they were understood; what comes of time alone (deadlines that fall due, feeds that fall silent,
mutes that end) and what people did to incidents is not: no incident is closed, so a report that is like an old one
joins it where by then it would have opened another.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from hub.edges.authoring.in_memory import MemoryStore
from hub.pipeline import decide, understand_report
from hub.rulebook.book import Rulebook
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision, Task
from hub.vocabulary.masking import mask
from hub.vocabulary.messages import LocatedReport, Reject, Report
from hub.vocabulary.terms import DeadlineKind, Severity, Stage, TaskRole, TimelineKind
from hub.vocabulary.why import Why

#: Reports decided together: no more, and none that came later than the first by more.
_MOST, _WITHIN = 200, timedelta(seconds=10)
#: How the worst report makes an incident worse; the rule is that of the report.
_WORST = "worst_report"


class Filed(msgspec.Struct, frozen=True, gc=False):
    """Where a report went when it first came."""

    incident: str
    #: Rule of fusion, and what it said.
    rule: str
    joined: bool


class Became(msgspec.Struct, frozen=True, gc=False):
    """What an incident became, and the rules that made it so."""

    report: str
    title: str
    category: str
    category_rule: str
    severity: Severity
    severity_rule: str
    lead: str
    assist: str
    route: str
    #: When it must be accepted and resolved by the lead, and by which rules; empty: no clock.
    accept_at: str
    accept_rule: str
    resolve_at: str
    resolve_rule: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one rulebook made of the reports."""

    version: str
    #: Records replayed, revisions among them.
    records: int
    filed: dict[str, Filed]
    incidents: dict[str, Became]
    #: Reports that it refuses, and why.
    refused: dict[str, str]


class Replaying:
    """Replays reports, in the order in which they came, through one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._atlas = Atlas(book.city)
        self._zone = ZoneInfo(book.city.timezone)
        self._store = MemoryStore(book)
        self._records = 0
        self._filed: dict[str, Filed] = {}
        self._incidents: dict[str, Became] = {}
        self._refused: dict[str, str] = {}

    def take(self, reports: Iterable[Report]) -> int:
        """Replay them; returns how many were in all."""
        for batch in _batches(reports):
            self._decide(batch)
            self._records += len(batch)
        return self._records

    def result(self) -> Replayed:
        """What came of all so far."""
        return Replayed(
            version=self._book.version,
            records=self._records,
            filed=self._filed,
            incidents=self._incidents,
            refused=self._refused,
        )

    def _decide(self, batch: Sequence[Report]) -> None:
        located: list[LocatedReport] = []
        for report in batch:
            item = understand_report(report, self._book, self._atlas)
            if isinstance(item, Reject):
                self._refused[report.id] = f"{item.reason} {item.field}".strip()
            else:
                located.append(item)
        now = batch[-1].received_at
        decision = decide(located, self._store.near(located), self._book, now)
        self._store.keep(decision, now)
        self._note(decision)

    def _note(self, decision: Decision) -> None:
        tasks: dict[str, list[Task]] = {}
        for task in decision.tasks:
            tasks.setdefault(task.incident_id, []).append(task)
        states = {incident.id: incident for incident in decision.incidents}
        severity_rule = ""
        for entry in decision.timeline:
            id, by_stage = entry.incident_id, _last_of_each(entry.why)
            if (rule := by_stage.get(Stage.SEVERITY)) is not None and rule != _WORST:
                severity_rule = rule
            if entry.kind is TimelineKind.OPENED and entry.report_id is not None:
                self._incidents[id] = _opened(entry.report_id, by_stage, states[id].title)
            if entry.kind in (TimelineKind.OPENED, TimelineKind.JOINED) and entry.report_id is not None:
                joined = entry.kind is TimelineKind.JOINED
                self._filed.setdefault(entry.report_id, Filed(id, by_stage.get(Stage.FUSE, ""), joined))
            if entry.kind is TimelineKind.SEVERITY and id in self._incidents:
                self._incidents[id] = msgspec.structs.replace(self._incidents[id], severity_rule=severity_rule)
        for id, state in states.items():
            if (known := self._incidents.get(id)) is not None:
                changed = msgspec.structs.replace(known, category=state.category, severity=state.severity)
                self._incidents[id] = _dispatched(changed, tasks[id], self._zone) if id in tasks else changed


def _batches(reports: Iterable[Report]) -> Iterator[list[Report]]:
    batch: list[Report] = []
    began: datetime | None = None
    for report in reports:
        if batch and (len(batch) == _MOST or began is None or report.received_at - began > _WITHIN):
            yield batch
            batch = []
        if not batch:
            began = report.received_at
        batch.append(report)
    if batch:
        yield batch


def _opened(report_id: str, by_stage: dict[Stage, str], title: str) -> Became:
    return Became(
        report=report_id,
        title=mask(title),
        category="",
        category_rule=by_stage.get(Stage.CLASSIFY, ""),
        severity=Severity.IV,
        severity_rule=by_stage.get(Stage.SEVERITY, ""),
        lead="",
        assist="",
        route="",
        accept_at="",
        accept_rule="",
        resolve_at="",
        resolve_rule="",
    )


def _dispatched(became: Became, tasks: Sequence[Task], zone: ZoneInfo) -> Became:
    """With the bureaus and the clocks of the lead."""
    lead = next((task for task in tasks if task.role is TaskRole.LEAD), None)
    if lead is None:
        return became
    clocks = {deadline.kind: deadline for deadline in lead.deadlines}
    accept, resolve = clocks.get(DeadlineKind.ACCEPT), clocks.get(DeadlineKind.RESOLVE)
    return msgspec.structs.replace(
        became,
        lead=lead.bureau,
        assist=", ".join(task.bureau for task in tasks if task is not lead),
        route=lead.why[-1].rule if lead.why else "",
        accept_at="" if accept is None else _local(accept.due_at, zone),
        accept_rule="" if accept is None else accept.why.rule,
        resolve_at="" if resolve is None else _local(resolve.due_at, zone),
        resolve_rule="" if resolve is None else resolve.why.rule,
    )


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _last_of_each(whys: Iterable[Why]) -> dict[Stage, str]:
    return {why.stage: why.rule for why in whys}
