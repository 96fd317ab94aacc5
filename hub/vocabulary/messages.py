"""From a source's bytes to an understood report. It must never hold what no source said and no room decided."""

from datetime import datetime
from uuid import UUID

import msgspec

from hub.vocabulary.places import Place, SourcePoint
from hub.vocabulary.terms import CategoryKind, Feed, RejectReason, ReportStatus, Severity
from hub.vocabulary.why import Why

#: Longest source id, title and text kept in a report; the raw message keeps the rest.
MAX_SOURCE_ID = 200
MAX_TITLE = 200
MAX_TEXT = 8_000


class RawMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes a source sent (原始消息), kept as received."""

    id: UUID
    feed: Feed
    #: Id of the source system in `city.yaml`; it declares the coordinate system and time zone.
    source: str
    content_type: str
    body: bytes
    received_at: datetime


class CategoryCode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A category as the source codes it. `code` is the digits of 大类 + 小类 without separators."""

    kind: CategoryKind
    code: str
    #: Code table it belongs to, such as `CJ/T 214` or `GB/T 47678.5-2026`; empty when the source does not say.
    standard_ref: str = ""


class Petitioner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who reported (诉求人). Personal data: masked wherever it leaves the store."""

    name: str = ""
    phone: str = ""
    #: The petitioner asked to stay unnamed (是否保密).
    secret: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One source record, understood (上报). `feed` + `source_id` names it; a new content is a new revision."""

    feed: Feed
    source_id: str
    raw_id: UUID
    #: Position inside the raw message, counted over reports and rejects together.
    part: int
    source: str
    #: When it happened or was told, as the source says.
    occurred_at: datetime
    received_at: datetime
    title: str
    text: str = ""
    #: When the source last changed its record; orders revisions that arrive out of order.
    updated_at: datetime | None = None
    code: CategoryCode | None = None
    #: The source's own names of the category, widest first; matched as words.
    category_names: tuple[str, ...] = ()
    severity: Severity | None = None
    point: SourcePoint | None = None
    address: str = ""
    district: str | None = None
    grid: str | None = None
    #: GB/T 28181 id of the device that told it, 20 digits.
    device_id: str | None = None
    #: Administrative codes a warning covers, 6 to 12 digits.
    area_codes: tuple[str, ...] = ()
    #: Outline a warning covers, in the source's system: (lon, lat) pairs.
    area_outline: tuple[tuple[float, float], ...] = ()
    status: ReportStatus = ReportStatus.ACTIVE
    petitioner: Petitioner | None = None
    #: What else the source said that a person may want to read; names as the source has them.
    attributes: dict[str, str] = {}

    @property
    def id(self) -> str:
        """`feed:source_id`."""
        return f"{self.feed}:{self.source_id}"


class Reject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A raw message, or one part of it, that could not be understood (退回件)."""

    feed: Feed
    raw_id: UUID
    part: int
    reason: RejectReason
    #: Path of the field that is wrong, such as `$.longitude` or `/alert/sent`; empty when the whole is wrong.
    field: str
    #: One sentence for the source's integrator; never the offending bytes.
    message: str
    #: The record's id in its source, when it could be read.
    source_id: str | None = None


class Classification(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is about: the rulebook's category key, its family and severity, and why."""

    category: str
    family: str
    severity: Severity
    why: tuple[Why, ...]
    #: Clause of the duty list (职责清单) that it falls under, such as `event-0501.1`; empty when none is known.
    clause: str = ""


class LocatedReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is ready to be decided on."""

    report: Report
    classification: Classification
    place: Place
