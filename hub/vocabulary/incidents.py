"""Incidents, tasks, deadlines and the decision that changes them. It must never hold how they are stored."""

from datetime import datetime

import msgspec

from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.mutes import Mute
from hub.vocabulary.perceptions import Perceived
from hub.vocabulary.places import Point
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import (
    DeadlineBasis,
    DeadlineKind,
    Feed,
    IncidentStatus,
    Raise,
    Severity,
    TaskRole,
    TaskStatus,
    TimelineKind,
)
from hub.vocabulary.why import Why

#: Words of an incident kept for likeness; enough to tell two matters in one street apart.
MAX_INCIDENT_WORDS = 60


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The real-world happening that one or many reports tell of (事件)."""

    id: str
    #: Counts the changes of this incident; a screen keeps the highest it saw.
    version: int
    status: IncidentStatus
    category: str
    family: str
    severity: Severity
    title: str
    address: str
    address_key: str
    district: str | None
    grid: str | None
    point: Point | None
    cell: int | None
    opened_at: datetime
    #: Earliest `occurred_at` among its reports; with the latest it says how long the incident has been told of.
    first_report_at: datetime
    #: Latest `occurred_at` among its reports; fusion measures time against it.
    last_report_at: datetime
    #: When the hub last changed it.
    updated_at: datetime
    report_count: int
    feeds: tuple[Feed, ...]
    #: Folded words of its reports, for likeness.
    words: tuple[str, ...]
    lead_bureau: str | None
    #: Soonest deadline still running.
    due_at: datetime | None
    overdue: bool
    rulebook_version: str
    #: What holds its dispatch back; None: nothing does.
    mute: Mute | None = None
    #: The gravest that supervision has raised for any of its tasks.
    raised: Raise | None = None


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A clock (时限) of one task."""

    task_id: str
    kind: DeadlineKind
    basis: DeadlineBasis
    amount: float
    starts_at: datetime
    due_at: datetime
    why: Why
    #: What is raised before and after it; None: nothing, or nobody has reckoned it yet.
    supervision: Supervision | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One bureau's share of one incident (任务)."""

    id: str
    incident_id: str
    bureau: str
    role: TaskRole
    status: TaskStatus
    offered_at: datetime
    deadlines: tuple[Deadline, ...]
    why: tuple[Why, ...]


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an incident. `version` is the incident's version that it led to; `n` orders within."""

    incident_id: str
    version: int
    n: int
    at: datetime
    kind: TimelineKind
    report_id: str | None = None
    task_id: str | None = None
    why: tuple[Why, ...] = ()


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a report ended: its incident (None for a test message) and revision."""

    located: LocatedReport
    revision: int
    incident_id: str | None
    #: Digest of the report's content, see `hub.pipeline.digest`.
    digest: bytes
    #: Older than what is stored: goes to the history, the latest stays.
    stale: bool = False

    @property
    def known(self) -> "KnownReport":
        """What is known of the report once this is stored; a stale filing changes nothing of it."""
        report = self.located.report
        return KnownReport(
            report_id=report.id,
            revision=self.revision,
            digest=self.digest,
            updated_at=report.updated_at,
            received_at=report.received_at,
            incident_id=self.incident_id,
        )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """All that one batch changes. Incidents are whole new states, each at most once."""

    filings: tuple[Filing, ...] = ()
    incidents: tuple[Incident, ...] = ()
    tasks: tuple[Task, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    #: Ids of the incidents among these whose mute or highest card changed.
    marked: tuple[str, ...] = ()
    #: What patterns will remember; None where a rulebook has none.
    perceived: Perceived | None = None


class KnownReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the store already has of a report named in the batch."""

    report_id: str
    revision: int
    #: Digest of the stored content, see `hub.pipeline.digest`.
    digest: bytes
    #: `updated_at` of the stored revision, or None when the source does not date its changes.
    updated_at: datetime | None
    #: When the stored revision came in; orders revisions of a source that does not date its changes.
    received_at: datetime
    incident_id: str | None


class Nearby(msgspec.Struct, frozen=True, kw_only=True):
    """The one read of a batch: live incidents near it, and what is already known of its reports."""

    incidents: tuple[Incident, ...] = ()
    known: tuple[KnownReport, ...] = ()
    #: What patterns remember around it.
    perceived: Perceived = Perceived()
