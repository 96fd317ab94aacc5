"""Values as columns for `unnest`, and the rows that a decision reads as values. It must never run a statement."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import msgspec

from hub.vocabulary.incidents import Deadline, Filing, Incident, Task, TimelineEntry
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.places import Point
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, IncidentStatus, Severity
from hub.vocabulary.why import Why

Columns = list[list[Any]]

_encode = msgspec.json.Encoder().encode
_decode_why = msgspec.json.Decoder(Why).decode


def incident_of(row: asyncpg.Record) -> Incident:
    """An incident from a row of `incidents`."""
    return Incident(
        id=row["id"],
        version=row["version"],
        status=IncidentStatus(row["status"]),
        category=row["category"],
        family=row["family"],
        severity=Severity(row["severity"]),
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
        feeds=tuple(map(Feed, row["feeds"])),
        words=tuple(row["words"]),
        lead_bureau=row["lead_bureau"],
        due_at=row["due_at"],
        overdue=row["overdue"],
        rulebook_version=row["rulebook_version"],
    )


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
    )


def incident_columns(incidents: Sequence[Incident]) -> Columns:
    """Columns of `write_incidents`. Sorted by id, so that two writers never wait for each other in a ring."""
    return _columns(25, (_incident_row(i) for i in sorted(incidents, key=lambda incident: incident.id)))


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


def report_columns(filings: Sequence[Filing], digests: Sequence[bytes]) -> Columns:
    """Columns of `write_reports`."""
    return _columns(13, (_report_row(f, digest) for f, digest in zip(filings, digests, strict=True)))


def _report_row(filing: Filing, digest: bytes) -> tuple[Any, ...]:
    located = filing.located
    report = located.report
    return (
        report.id,
        report.feed.value,
        report.source_id,
        filing.revision,
        report.raw_id,
        digest,
        filing.incident_id,
        report.occurred_at,
        report.updated_at,
        report.received_at,
        located.classification.category,
        located.place.district,
        document(located),
    )


def document(located: LocatedReport) -> str:
    """A report as it is kept for reading: everything but the petitioner, who is kept apart."""
    report = located.report
    if report.petitioner is not None:
        located = msgspec.structs.replace(located, report=msgspec.structs.replace(report, petitioner=None))
    return _encode(located).decode()


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
    """Columns of `land_raw`."""
    return _columns(6, ((m.id, m.feed.value, m.source, m.content_type, m.body, m.received_at) for m in messages))


def task_columns(tasks: Iterable[Task]) -> Columns:
    """Columns of `write_tasks`."""
    rows = (
        (t.id, t.incident_id, t.bureau, t.role.value, t.status.value, t.offered_at, _encode(t.why).decode())
        for t in tasks
    )
    return _columns(7, rows)


def deadline_columns(tasks: Iterable[Task]) -> Columns:
    """Columns of `write_deadlines`."""
    rows = (
        (d.task_id, d.kind.value, d.basis.value, d.amount, d.starts_at, d.due_at, _encode(d.why).decode())
        for t in tasks
        for d in t.deadlines
    )
    return _columns(7, rows)


def timeline_columns(entries: Iterable[TimelineEntry]) -> Columns:
    """Columns of `write_timeline`."""
    rows = (
        (e.incident_id, e.version, e.n, e.at, e.kind.value, e.report_id, e.task_id, _encode(e.why).decode())
        for e in entries
    )
    return _columns(8, rows)


def _columns(width: int, rows: Iterable[tuple[Any, ...]]) -> Columns:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
