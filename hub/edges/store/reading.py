"""Reads for the API, bounded and never under a lock. It must never change anything."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from hub.edges.store.columns import mute_of, supervision_of
from hub.edges.store.migrate import missing
from hub.edges.store.pool import STATEMENT_SECONDS
from hub.edges.store.rows import (
    DeadlineRow,
    FeedRow,
    IncidentRow,
    RejectRow,
    ReportRow,
    RevisionRow,
    TaskRow,
    TimelineRow,
)
from hub.edges.store.statements import statements
from hub.vocabulary.messages import LocatedReport, Petitioner, RawMessage
from hub.vocabulary.terms import Feed, IncidentStatus, RejectReason, Severity, TaskRole, TaskStatus
from hub.vocabulary.why import Why

#: Before and after everything: stands where no time is asked for.
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(9999, 12, 30, tzinfo=UTC)

Row = TypeVar("Row", bound=msgspec.Struct)


class IncidentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents; None is any."""

    status: tuple[IncidentStatus, ...] | None = None
    severity: tuple[Severity, ...] | None = None
    category: tuple[str, ...] | None = None
    district: str | None = None
    bureau: str | None = None
    feed: Feed | None = None
    overdue: bool | None = None
    since: datetime | None = None


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks; None is any."""

    status: tuple[TaskStatus, ...] | None = None
    bureau: str | None = None
    incident: str | None = None
    role: TaskRole | None = None
    overdue: bool | None = None
    since: datetime | None = None


class RejectFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rejects; None is any."""

    feed: Feed | None = None
    reason: RejectReason | None = None
    since: datetime | None = None


class Reading:
    """Everything the API reads. Pages start after a key of the order they come in."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def incidents(
        self, wanted: IncidentFilter, after: tuple[datetime, str] | None, limit: int
    ) -> list[IncidentRow]:
        """A page of incidents, newest first."""
        at, id_ = after or (END, "")
        rows = await self._fetch(
            "read_incidents",
            "page",
            _texts(wanted.status),
            None if wanted.severity is None else [int(severity) for severity in wanted.severity],
            _texts(wanted.category),
            wanted.district,
            wanted.bureau,
            wanted.feed,
            wanted.overdue,
            wanted.since or BEGINNING,
            at,
            id_,
            limit,
        )
        return [_row(row, IncidentRow, mute=mute_of(row)) for row in rows]

    async def incident(self, incident_id: str) -> IncidentRow | None:
        """One incident."""
        rows = await self._fetch("read_incidents", "one", incident_id)
        return _row(rows[0], IncidentRow, mute=mute_of(rows[0])) if rows else None

    async def timeline(self, incident_id: str, limit: int) -> list[TimelineRow]:
        """What happened to an incident last, in the order in which it happened."""
        rows = await self._fetch("read_incidents", "timeline", incident_id, limit)
        return [_row(row, TimelineRow, why=_whys(row["why"])) for row in reversed(rows)]

    async def reports_of(self, incident_id: str, limit: int) -> list[ReportRow]:
        """The newest reports of an incident, newest first."""
        return [_report(row) for row in await self._fetch("read_reports", "of_incident", incident_id, limit)]

    async def first_report(self, incident_id: str) -> ReportRow | None:
        """The report that came first of an incident's."""
        rows = await self._fetch("read_reports", "first_of_incident", incident_id)
        return _report(rows[0]) if rows else None

    async def report(self, report_id: str) -> ReportRow | None:
        """One report."""
        rows = await self._fetch("read_reports", "one", report_id)
        return _report(rows[0]) if rows else None

    async def revisions(self, report_id: str, limit: int) -> list[RevisionRow]:
        """Earlier and late revisions of a report, newest first."""
        rows = await self._fetch("read_reports", "earlier", report_id, limit)
        return [_row(row, RevisionRow, located=_located(row["document"])) for row in rows]

    async def tasks(
        self, wanted: TaskFilter, after: tuple[datetime, str] | None, limit: int, now: datetime
    ) -> list[TaskRow]:
        """A page of tasks, newest first."""
        at, id_ = after or (END, "")
        rows = await self._fetch(
            "read_tasks",
            "page",
            _texts(wanted.status),
            wanted.bureau,
            wanted.incident,
            wanted.role,
            wanted.overdue,
            now,
            wanted.since or BEGINNING,
            at,
            id_,
            limit,
        )
        return await self._with_deadlines(rows)

    async def tasks_of(self, incident_id: str, limit: int) -> list[TaskRow]:
        """The tasks of an incident, in the order in which they were given."""
        return await self._with_deadlines(await self._fetch("read_tasks", "of_incident", incident_id, limit))

    async def task(self, task_id: str) -> TaskRow | None:
        """One task."""
        tasks = await self._with_deadlines(await self._fetch("read_tasks", "one", task_id))
        return tasks[0] if tasks else None

    async def rejects(
        self, wanted: RejectFilter, after: tuple[datetime, UUID, int] | None, limit: int
    ) -> list[RejectRow]:
        """A page of rejects, newest first."""
        at, raw_id, part = after or (END, UUID(int=0), 0)
        rows = await self._fetch(
            "read_rejects",
            "page",
            wanted.feed,
            wanted.reason,
            wanted.since or BEGINNING,
            at,
            raw_id,
            part,
            limit,
        )
        return [_row(row, RejectRow) for row in rows]

    async def rejects_of(self, report_id: str, limit: int) -> list[RejectRow]:
        """The rejects of a source's record, `feed:source_id`, or of a raw message's id, newest first."""
        return [_row(row, RejectRow) for row in await self._fetch("read_rejects", "of", report_id, limit)]

    async def rejected_raw(self, raw_id: UUID) -> RawMessage | None:
        """The raw message behind a reject; None also when it has no reject."""
        rows = await self._fetch("read_rejects", "raw", raw_id)
        return _row(rows[0], RawMessage) if rows else None

    async def feeds(self) -> list[FeedRow]:
        """What each feed has sent so far."""
        return [_row(row, FeedRow) for row in await self._fetch("read_feeds", "counts")]

    async def oldest_waiting(self) -> datetime | None:
        """When the oldest raw message that is not settled came in."""
        rows = await self._fetch("read_feeds", "oldest_waiting")
        return msgspec.convert(rows[0][0], datetime | None)

    async def rulebook(self, version: str) -> dict[str, str] | None:
        """The texts behind a rulebook version; None when no decision was ever made by it here."""
        rows = await self._fetch("read_rulebooks", "texts", version)
        return msgspec.json.decode(rows[0]["files"], type=dict[str, str]) if rows else None

    async def missing_migrations(self) -> list[str]:
        """Migrations the database has not seen; also tells whether it answers at all."""
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection:
            return await missing(connection)

    async def _with_deadlines(self, rows: Sequence[Any]) -> list[TaskRow]:
        if not rows:
            return []
        clocks: dict[str, list[DeadlineRow]] = {row["id"]: [] for row in rows}
        for row in await self._fetch("read_tasks", "deadlines", list(clocks)):
            clock = _row(
                row, DeadlineRow, why=msgspec.json.decode(row["why"], type=Why), supervision=supervision_of(row)
            )
            clocks[clock.task_id].append(clock)
        return [_row(row, TaskRow, why=_whys(row["why"]), deadlines=tuple(clocks[row["id"]])) for row in rows]

    async def _fetch(self, file: str, name: str, *values: object) -> list[Any]:
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection:
            rows: list[Any] = await connection.fetch(statements(file)[name], *values)
        return rows


def _row(record: Any, type_: type[Row], **decoded: object) -> Row:
    return msgspec.convert({**dict(record), **decoded}, type_)


def _report(record: Any) -> ReportRow:
    petitioner = None
    if record["petitioner_name"] is not None:
        petitioner = Petitioner(
            name=record["petitioner_name"], phone=record["petitioner_phone"], secret=record["petitioner_secret"]
        )
    return _row(record, ReportRow, located=_located(record["document"]), petitioner=petitioner)


def _located(document: bytes) -> LocatedReport:
    return msgspec.json.decode(document, type=LocatedReport)


def _whys(document: bytes) -> tuple[Why, ...]:
    return msgspec.json.decode(document, type=tuple[Why, ...])


def _texts(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]
