"""Values as columns for `unnest`, and the rows that a decision reads as values. It must never run a statement."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from hub.vocabulary.incidents import Deadline, Filing, Incident, Task, TimelineEntry
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.mutes import Mute
from hub.vocabulary.places import Point
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, IncidentStatus, Raise, Severity
from hub.vocabulary.why import Why

#: One argument of a statement each: mostly a list with a value a row.
Columns = list[Any]

_encode = msgspec.json.Encoder().encode
#: Columns of an incident that hold moments.
_INCIDENT_MOMENTS = (14, 15, 16, 17, 22)
_decode_why = msgspec.json.Decoder(Why).decode
_decode_supervision = msgspec.json.Decoder(Supervision).decode
_decode_mute = msgspec.json.Decoder(Mute).decode
#: Thousands of incidents are read in a second; a look at a table costs a third of calling the enum.
_STATUSES = {status.value: status for status in IncidentStatus}
_SEVERITIES = {severity.value: severity for severity in Severity}
_FEEDS = {feed.value: feed for feed in Feed}
_RAISED = {raised.value: raised for raised in Raise}


def incident_of(row: asyncpg.Record) -> Incident:
    """An incident from a row of `incidents`."""
    return Incident(
        id=row["id"],
        version=row["version"],
        status=_STATUSES[row["status"]],
        category=row["category"],
        family=row["family"],
        severity=_SEVERITIES[row["severity"]],
        title=row["title"],
        address=row["address"],
        address_key=row["address_key"],
        district=row["district"],
        grid=row["grid"],
        point=None if row["lon"] is None else Point(lon=row["lon"], lat=row["lat"]),
        cell=row["cell"],
        opened_at=row["opened_at"],
        first_report_at=row["first_report_at"],
        last_report_at=row["last_report_at"],
        updated_at=row["updated_at"],
        report_count=row["report_count"],
        feeds=tuple([_FEEDS[feed] for feed in row["feeds"]]),
        words=tuple(row["words"]),
        lead_bureau=row["lead_bureau"],
        due_at=row["due_at"],
        overdue=row["overdue"],
        rulebook_version=row["rulebook_version"],
        mute=mute_of(row),
        raised=None if row["raised"] is None else _RAISED[row["raised"]],
    )


def supervision_of(row: asyncpg.Record) -> Supervision | None:
    """The steps of a clock, from a row of `deadlines`."""
    return None if row["supervision"] is None else _decode_supervision(row["supervision"])


def mute_of(row: asyncpg.Record) -> Mute | None:
    """What holds the dispatch of an incident back, from a row of `incidents`."""
    return None if row["mute"] is None else _decode_mute(row["mute"])


def deadline_of(row: asyncpg.Record) -> Deadline:
    """A deadline from a row of `deadlines`."""
    return Deadline(
        task_id=row["task_id"],
        kind=DeadlineKind(row["kind"]),
        basis=DeadlineBasis(row["basis"]),
        amount=row["amount"],
        starts_at=row["starts_at"],
        due_at=row["due_at"],
        why=_decode_why(row["why"]),
        supervision=supervision_of(row),
    )


def incident_columns(incidents: Sequence[Incident]) -> Columns:
    """Columns of `write_incidents`. Sorted by id, so that two writers never wait for each other in a ring."""
    columns = _columns(25, map(_incident_row, sorted(incidents, key=lambda incident: incident.id)))
    return _moments_apart(columns, *_INCIDENT_MOMENTS)


def _incident_row(i: Incident) -> tuple[Any, ...]:
    place = (i.point.lon, i.point.lat) if i.point else (None, None)
    names = (i.id, i.version, i.status.value, i.category, i.family, int(i.severity), i.title, i.address, i.address_key)
    times = (i.opened_at, i.first_report_at, i.last_report_at, i.updated_at)
    told = (i.report_count, " ".join(i.feeds), " ".join(i.words))
    return (
        *names,
        i.district,
        i.grid,
        *place,
        i.cell,
        *times,
        *told,
        i.lead_bureau,
        i.due_at,
        i.overdue,
        i.rulebook_version,
    )


def mark_columns(incidents: Iterable[Incident]) -> Columns:
    """Columns of `mark_incidents`."""
    return _columns(
        4,
        (
            (i.id, None, None, i.raised) if i.mute is None else (i.id, _json(i.mute), i.mute.until, i.raised)
            for i in incidents
        ),
    )


class Documents:
    """Reports as they are kept for reading: everything but the petitioner, who is kept apart. Those that are known
    beforehand are encoded before a decision takes its locks."""

    def __init__(self, located: Iterable[LocatedReport] = ()) -> None:
        # By the object itself, which `_kept` keeps alive: a report may come twice in a batch and differ.
        self._kept = tuple(located)
        self._encoded = {id(item): _document(item) for item in self._kept}

    def of(self, located: LocatedReport) -> bytes:
        """A report as JSON."""
        return self._encoded.get(id(located)) or _document(located)


def report_columns(filings: Iterable[Filing], documents: Documents) -> Columns:
    """Columns of `write_reports`."""
    return _columns_and_lines(13, (_report_row(filing, documents) for filing in filings))


def _report_row(filing: Filing, documents: Documents) -> tuple[Any, ...]:
    located = filing.located
    report = located.report
    return (
        report.id,
        report.feed.value,
        report.source_id,
        filing.revision,
        report.raw_id,
        filing.digest,
        filing.incident_id,
        report.occurred_at,
        report.updated_at,
        report.received_at,
        located.classification.category,
        located.place.district,
        documents.of(located),
    )


def history_columns(filings: Sequence[Filing], documents: Documents) -> Columns:
    """Columns of `write_stale`, all but the time."""
    rows = ((f.located.report.id, f.revision, f.located.report.raw_id, documents.of(f.located)) for f in filings)
    return _columns_and_lines(4, rows)


def _document(located: LocatedReport) -> bytes:
    report = located.report
    if report.petitioner is not None:
        located = msgspec.structs.replace(located, report=msgspec.structs.replace(report, petitioner=None))
    return _encode(located)


def petitioner_columns(filings: Iterable[Filing]) -> Columns:
    """Columns of `write_petitioners`."""
    told = ((f.located.report.id, f.located.report.petitioner) for f in filings)
    return _columns(4, ((id, p.name, p.phone, p.secret) for id, p in told if p is not None))


def reject_columns(rejects: Iterable[Reject]) -> Columns:
    """Columns of `write_rejects`, all but the time."""
    return _columns(
        7, ((r.raw_id, r.part, r.feed.value, r.reason.value, r.field, r.message, r.source_id) for r in rejects)
    )


def raw_columns(messages: Iterable[RawMessage]) -> Columns:
    """Columns of `land` and, all but the time, of `land_settled`."""
    return _columns(6, ((m.id, m.feed.value, m.source, m.content_type, m.body, m.received_at) for m in messages))


def task_columns(tasks: Iterable[Task]) -> Columns:
    """Columns of `write_tasks`."""
    rows = ((t.id, t.incident_id, t.bureau, t.role.value, t.status.value, t.offered_at, _encode(t.why)) for t in tasks)
    return _columns_and_lines(7, rows)


def deadline_columns(tasks: Iterable[Task]) -> Columns:
    """Columns of `write_deadlines`: each task with the place of its clock, and then the clocks.

    The tasks of a batch share a handful of clocks, down to the why.
    """
    places: dict[tuple[Any, ...], int] = {}
    clocks = []
    rows = []
    for task in tasks:
        for d in task.deadlines:
            key = (d.kind, d.basis, d.amount, d.starts_at, d.due_at, id(d.why), id(d.supervision))
            place = places.get(key)
            if place is None:
                place = places[key] = len(places) + 1
                clock = (d.kind.value, d.basis.value, d.amount, d.starts_at, d.due_at, _json(d.why))
                clocks.append((*clock, *supervision_columns(d.supervision)))
            rows.append((d.task_id, place))
    return _columns(2, rows) + _columns(8, clocks)


def supervision_columns(supervision: Supervision | None) -> tuple[str | None, datetime | None]:
    """The steps of a clock, and when the next one is to be raised."""
    return (None, None) if supervision is None else (_json(supervision), supervision.next_at)


def timeline_columns(entries: Iterable[TimelineEntry]) -> Columns:
    """Columns of `write_timeline`."""
    rows = (
        (e.incident_id, e.version, e.n, e.at, e.kind.value, e.report_id, e.task_id, _encode(e.why)) for e in entries
    )
    return _moments_apart(_columns_and_lines(8, rows), 3)


def _json(value: Any) -> str:
    return _encode(value).decode()


def _columns_and_lines(width: int, rows: Iterable[tuple[Any, ...]]) -> Columns:
    """Columns, the last of which is JSON and goes as lines: no document holds a line break, and one value costs less
    to send than an array of them."""
    columns = _columns(width, rows)
    columns[-1] = b"\n".join(columns[-1])
    return columns


def _moments_apart(columns: Columns, *numbers: int) -> Columns:
    """Columns of moments as places in one more column that has each moment once: a moment costs four numbers to send,
    and most of a batch are its own."""
    places: dict[datetime, int] = {}
    for number in numbers:
        columns[number] = [
            None if moment is None else places.setdefault(moment, len(places) + 1) for moment in columns[number]
        ]
    return [*columns, list(places)]


def _columns(width: int, rows: Iterable[tuple[Any, ...]]) -> Columns:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
