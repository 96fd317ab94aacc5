"""What the API answers, as outsiders see it. It must never hold a petitioner or a number in the clear."""

from datetime import datetime
from uuid import UUID

import msgspec

from hub.rulebook.book import Name
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.places import Point
from hub.vocabulary.terms import (
    DeadlineBasis,
    DeadlineKind,
    Feed,
    IncidentStatus,
    PlacePrecision,
    Raise,
    RejectReason,
    ReportStatus,
    Severity,
    Stage,
    TaskRole,
    TaskStatus,
    TimelineKind,
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers: every field is always there, null when unknown."""


class WhyAnswer(Answer, frozen=True, kw_only=True):
    """One step of a decision, with its sentence in Chinese and English."""

    stage: Stage
    rule: str
    verdict: str
    #: `int` is left out of the union: to a reader of JSON every number is one.
    facts: dict[str, str | float | bool | None]
    zh: str
    en: str


class MutedAnswer(Answer, frozen=True, kw_only=True):
    """That nobody was sent yet (静默): by which rule, who answers for it, and until when."""

    rule: str
    owner: str
    owner_name: Name | None
    until: datetime


class IncidentAnswer(Answer, frozen=True, kw_only=True):
    """An incident (事件)."""

    id: str
    version: int
    status: IncidentStatus
    category: str
    category_name: Name | None
    family: str
    severity: Severity
    title: str
    address: str
    district: str | None
    district_name: Name | None
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
    lead_bureau_name: Name | None
    due_at: datetime | None
    overdue: bool
    rulebook_version: str
    #: Null: its bureaus have been sent.
    muted: MutedAnswer | None
    #: The gravest that supervision (督办) has raised for any of its tasks.
    raised: Raise | None


class IncidentPage(Answer, frozen=True):
    """A page of incidents. `next_cursor` is null on the last one."""

    items: tuple[IncidentAnswer, ...]
    next_cursor: str | None


class PetitionerAnswer(Answer, frozen=True, kw_only=True):
    """A petitioner (诉求人), masked; nothing but `secret` when they asked to stay unnamed."""

    name: str
    phone: str
    secret: bool


class PlaceAnswer(Answer, frozen=True, kw_only=True):
    """Where a report is."""

    precision: PlacePrecision
    point: Point | None
    district: str | None
    district_name: Name | None
    grid: str | None


class ReportAnswer(Answer, frozen=True, kw_only=True):
    """A report (上报) in its newest revision."""

    report_id: str
    feed: Feed
    source_id: str
    source: str
    revision: int
    raw_id: UUID
    incident_id: str | None
    occurred_at: datetime
    received_at: datetime
    updated_at: datetime | None
    #: By which rulebook it was decided; null: before versions were kept for each report.
    rulebook_version: str | None
    status: ReportStatus
    title: str
    text: str
    address: str
    category: str
    category_name: Name | None
    severity: Severity
    petitioner: PetitionerAnswer | None
    place: PlaceAnswer


class RevisionAnswer(Answer, frozen=True, kw_only=True):
    """A revision that a newer one replaced, or that came too late (`stale`)."""

    revision: int
    raw_id: UUID
    filed_at: datetime
    stale: bool
    rulebook_version: str | None
    occurred_at: datetime
    updated_at: datetime | None
    status: ReportStatus
    title: str
    text: str
    address: str
    category: str


class ReportDetail(ReportAnswer, frozen=True, kw_only=True):
    """A report with what else its source said, why it was understood so, and its earlier revisions."""

    code: CategoryCode | None
    category_names: tuple[str, ...]
    device_id: str | None
    attributes: dict[str, str]
    why: tuple[WhyAnswer, ...]
    revisions: tuple[RevisionAnswer, ...]
    revisions_truncated: bool


class StepOfClock(Answer, frozen=True, kw_only=True):
    """What is raised at a moment before or after a deadline, and to whom; `done`: raised, or left out as moot."""

    rule: str
    at: datetime
    raises: Raise
    to: str
    to_name: Name | None
    done: bool


class DeadlineAnswer(Answer, frozen=True, kw_only=True):
    """A clock (时限): due, and met or fired since."""

    kind: DeadlineKind
    basis: DeadlineBasis
    amount: float
    starts_at: datetime
    due_at: datetime
    met_at: datetime | None
    fired_at: datetime | None
    why: WhyAnswer
    #: What is raised before and after it (督办), in order.
    steps: tuple[StepOfClock, ...]


class TaskAnswer(Answer, frozen=True, kw_only=True):
    """One bureau's share of an incident (任务)."""

    id: str
    incident_id: str
    incident_title: str
    incident_severity: Severity
    incident_district: str | None
    bureau: str
    bureau_name: Name | None
    role: TaskRole
    status: TaskStatus
    offered_at: datetime
    #: The gravest that was raised for it: reminder 催办, supervision 督办, yellow 黄牌, red 红牌, escalate 上报.
    raised: Raise | None
    deadlines: tuple[DeadlineAnswer, ...]
    why: tuple[WhyAnswer, ...]


class TaskPage(Answer, frozen=True):
    """A page of tasks. `next_cursor` is null on the last one."""

    items: tuple[TaskAnswer, ...]
    next_cursor: str | None


class TimelineAnswer(Answer, frozen=True, kw_only=True):
    """One thing that happened to an incident (时间线)."""

    version: int
    n: int
    at: datetime
    kind: TimelineKind
    report_id: str | None
    task_id: str | None
    #: By which rulebook it was decided; null: before versions were kept for each entry.
    rulebook_version: str | None
    why: tuple[WhyAnswer, ...]


class Story(Answer, frozen=True, kw_only=True):
    """An incident with all that belongs to it. The newest 200 reports and 500 timeline entries."""

    incident: IncidentAnswer
    reports: tuple[ReportAnswer, ...]
    reports_truncated: bool
    tasks: tuple[TaskAnswer, ...]
    timeline: tuple[TimelineAnswer, ...]
    timeline_truncated: bool
    why: tuple[WhyAnswer, ...]


class TriedAnswer(Answer, frozen=True, kw_only=True):
    """A rule, or a step of a room, that was tried: the conditions that failed, none when it held."""

    rule: str
    failed: tuple[str, ...]
    #: What its author wrote as the reason, such as the clause of the duty list (职责清单).
    ground: str


class StepAnswer(Answer, frozen=True, kw_only=True):
    """What one room tried, in order, up to what held."""

    stage: Stage
    tried: tuple[TriedAnswer, ...]
    #: Rules before it that are about other categories.
    about_others: int
    why: tuple[WhyAnswer, ...]


class BorderAnswer(Answer, frozen=True, kw_only=True):
    """The outline that placed it; `inside` is false when it only lies near, or the address names the district."""

    district: str
    district_name: Name | None
    inside: bool
    corners: int


class Reasons(Answer, frozen=True, kw_only=True):
    """Why an incident is what it is, in the order in which it was decided."""

    incident_id: str
    rulebook_version: str
    #: All of it as a short text in the language asked for.
    text: str
    why: tuple[WhyAnswer, ...]
    #: Every rule that was tried for its first report; empty when that rulebook's text is not kept.
    steps: tuple[StepAnswer, ...]
    border: BorderAnswer | None


class RejectAnswer(Answer, frozen=True, kw_only=True):
    """A raw message, or a part of it, that could not be understood (退回件)."""

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


class RejectPage(Answer, frozen=True):
    """A page of rejects. `next_cursor` is null on the last one."""

    items: tuple[RejectAnswer, ...]
    next_cursor: str | None


class Accepted(Answer, frozen=True, kw_only=True):
    """Raw messages that are kept and on their way."""

    accepted: int
    ids: tuple[UUID, ...]


class SourceAnswer(Answer, frozen=True, kw_only=True):
    """A system that sends messages (来源)."""

    id: str
    feed: Feed
    name: Name
    silent_after_seconds: int | None


class FeedAnswer(Answer, frozen=True, kw_only=True):
    """How a feed is doing."""

    feed: Feed
    last_received_at: datetime | None
    received: int
    rejected: int
    silent: bool
    sources: tuple[SourceAnswer, ...]


class FeedsAnswer(Answer, frozen=True, kw_only=True):
    """All feeds, and since when the oldest raw message waits to be decided; null when none does."""

    items: tuple[FeedAnswer, ...]
    oldest_waiting_at: datetime | None


class DistrictAnswer(Answer, frozen=True, kw_only=True):
    """A district (区县). `outline` is parts of rings of [lon, lat]."""

    code: str
    name: Name
    outline: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]


class CategoryAnswer(Answer, frozen=True, kw_only=True):
    """A category (类别)."""

    name: Name
    family: str


class BureauAnswer(Answer, frozen=True, kw_only=True):
    """A bureau (承办单位)."""

    name: Name


class CityAnswer(Answer, frozen=True, kw_only=True):
    """What a screen needs to know of the city before it draws."""

    code: str
    name: Name
    bounds: tuple[float, float, float, float]
    timezone: str
    rulebook_version: str
    districts: tuple[DistrictAnswer, ...]
    categories: dict[str, CategoryAnswer]
    bureaus: dict[str, BureauAnswer]
    sources: tuple[SourceAnswer, ...]
    live_url: str


class State(Answer, frozen=True, kw_only=True):
    """Whether the server is up, or ready."""

    status: str
