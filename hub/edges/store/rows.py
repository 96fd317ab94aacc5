"""Rows as the API reads them. They must never be written back: decisions are stored by `settling` alone."""

from datetime import datetime
from uuid import UUID

import msgspec

from hub.vocabulary.messages import LocatedReport, Petitioner
from hub.vocabulary.mutes import Mute
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import (
    DeadlineBasis,
    DeadlineKind,
    Feed,
    IncidentStatus,
    Raise,
    RejectReason,
    Severity,
    TaskRole,
    TaskStatus,
    TimelineKind,
)
from hub.vocabulary.why import Why


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An incident without the words it is compared by."""

    id: str
    version: int
    status: IncidentStatus
    category: str
    family: str
    severity: Severity
    title: str
    address: str
    district: str | None
    grid: str | None
    lon: float | None
    lat: float | None
    opened_at: datetime
    last_report_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    report_count: int
    feeds: tuple[Feed, ...]
    lead_bureau: str | None
    due_at: datetime | None
    overdue: bool
    rulebook_version: str
    mute: Mute | None = None
    raised: Raise | None = None


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """The newest revision of a report, with the petitioner in the clear."""

    report_id: str
    feed: Feed
    source_id: str
    revision: int
    raw_id: UUID
    incident_id: str | None
    occurred_at: datetime
    received_at: datetime
    updated_at: datetime | None
    rulebook_version: str | None
    located: LocatedReport
    petitioner: Petitioner | None


class RevisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A revision that a newer one replaced, or that came too late."""

    revision: int
    raw_id: UUID
    filed_at: datetime
    stale: bool
    rulebook_version: str | None
    located: LocatedReport


class DeadlineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of a task and what became of it."""

    task_id: str
    kind: DeadlineKind
    basis: DeadlineBasis
    amount: float
    starts_at: datetime
    due_at: datetime
    met_at: datetime | None
    fired_at: datetime | None
    why: Why
    supervision: Supervision | None = None


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task with a line of its incident."""

    id: str
    incident_id: str
    bureau: str
    role: TaskRole
    status: TaskStatus
    offered_at: datetime
    why: tuple[Why, ...]
    incident_title: str
    incident_severity: Severity
    incident_district: str | None
    raised: Raise | None = None
    deadlines: tuple[DeadlineRow, ...] = ()


class TimelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an incident."""

    version: int
    n: int
    at: datetime
    kind: TimelineKind
    report_id: str | None
    task_id: str | None
    rulebook_version: str | None
    why: tuple[Why, ...]


class RejectRow(msgspec.Struct, frozen=True, kw_only=True):
    """A reject with a line of its raw message."""

    raw_id: UUID
    part: int
    feed: Feed
    reason: RejectReason
    field: str
    message: str
    source_id: str | None
    rejected_at: datetime
    replayed_at: datetime | None
    source: str | None
    content_type: str | None
    size_bytes: int | None


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed has sent so far."""

    feed: Feed
    last_received_at: datetime | None
    received: int
    rejected: int
