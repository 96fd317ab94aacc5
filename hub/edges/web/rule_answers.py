"""What the rules page is told. It must never hold a petitioner or a number in the clear."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from hub.edges.authoring.outlining import Entry, Field
from hub.edges.web.answers import Answer, BorderAnswer, StepAnswer
from hub.rulebook.book import Name
from hub.vocabulary.terms import (
    CategoryKind,
    DeadlineBasis,
    DeadlineKind,
    Feed,
    IncidentStatus,
    PlacePrecision,
    Severity,
    TaskRole,
)

Short = Annotated[str, msgspec.Meta(max_length=300)]
By = Annotated[str, msgspec.Meta(max_length=60, description="Who does it. With API keys the name of the key is added.")]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what the rules page sends: a misspelt field is an error."""


class RuleFile(Answer, frozen=True, kw_only=True):
    """A file of the folder."""

    file: str
    lines: int


class RuleList(Answer, frozen=True, kw_only=True):
    """Rules of the active rulebook or of a draft, in the order of the folder; those named by a query come first."""

    version: str
    draft: UUID | None
    files: tuple[RuleFile, ...]
    items: tuple[Entry, ...]
    #: How many there are, also when not all are told.
    total: int


class FileText(Answer, frozen=True, kw_only=True):
    """A file of the active rulebook, or of a draft."""

    file: str
    text: str | None
    #: As the draft was begun from it.
    base: str | None
    revision: int
    changed_by: str
    changed_at: datetime | None


class WordingAnswer(Answer, frozen=True, kw_only=True):
    """How a rule was written from one version on; null when it was not there."""

    version: str
    since: datetime
    text: str | None


class DecidedIncident(Answer, frozen=True, kw_only=True):
    """An incident that a rule had a part in, and when it last had."""

    id: str
    title: str
    status: IncidentStatus
    severity: Severity
    at: datetime


class DecidedAnswer(Answer, frozen=True, kw_only=True):
    """What a rule decided lately, among the incidents that changed last: `looked_at` of them, back to `since`."""

    incidents: tuple[DecidedIncident, ...]
    last_24h: int
    looked_at: int
    since: datetime | None


class RuleDetail(Answer, frozen=True, kw_only=True):
    """A rule: what it says, how it was written before, and what it decided lately."""

    rule: Entry
    text: str
    fields: tuple[Field, ...]
    #: Newest first; none when no stored rulebook has it.
    wordings: tuple[WordingAnswer, ...]
    #: Null for what decides nothing, such as the name of a bureau.
    decided: DecidedAnswer | None


class TryReport(Asked, frozen=True, kw_only=True):
    """A report to try. A point is longitude and latitude in CGCS2000."""

    feed: Feed
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""
    text: Annotated[str, msgspec.Meta(max_length=8000)] = ""
    address: Short = ""
    district: Annotated[str, msgspec.Meta(max_length=12)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    category_name: Short = ""
    code: Annotated[str, msgspec.Meta(max_length=30)] = ""
    code_kind: CategoryKind = CategoryKind.EVENT
    severity: Severity | None = None
    #: Now when left out.
    at: datetime | None = None
    #: Try it on this draft; on the active rulebook when left out.
    draft: UUID | None = None


class TriedReject(Answer, frozen=True, kw_only=True):
    """Why it would be a reject (退回件)."""

    reason: str
    field: str
    message: str


class TriedDeadline(Answer, frozen=True, kw_only=True):
    """A clock that would run."""

    kind: DeadlineKind
    basis: DeadlineBasis
    amount: float
    due_at: datetime
    rule: str


class TriedTask(Answer, frozen=True, kw_only=True):
    """A bureau that would get a task."""

    bureau: str
    bureau_name: Name | None
    role: TaskRole
    deadlines: tuple[TriedDeadline, ...]


class TriedIncident(Answer, frozen=True, kw_only=True):
    """The incident it would open."""

    category: str
    category_name: Name | None
    severity: Severity
    district: str | None
    district_name: Name | None
    precision: PlacePrecision
    tasks: tuple[TriedTask, ...]
    #: Departments that watch over it (主管部门).
    supervisors: tuple[Name, ...]


class Tried(Answer, frozen=True, kw_only=True):
    """What a report would become by itself, nothing else being near: an incident or a reject, and why."""

    rulebook_version: str
    incident: TriedIncident | None
    reject: TriedReject | None
    steps: tuple[StepAnswer, ...]
    border: BorderAnswer | None
    #: All of it in Chinese and in English, to paste.
    zh: str
    en: str
