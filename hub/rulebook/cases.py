"""Cases of a rule author: given these reports at these times, this is what must come of them. It must never run one."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.places import Point
from hub.vocabulary.terms import Feed, Raise, ReportStatus, Severity


class Becomes(StrEnum):
    """What a report becomes."""

    INCIDENT = "incident"
    NOTHING = "nothing"  # a test, or something that was over before we heard of it
    REJECT = "reject"


class GivenReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a case: either its fields in the hub's words, or the source's own `message`."""

    name: str
    source: str
    feed: Feed
    at: datetime
    message: Any = None
    title: str = ""
    text: str = ""
    code: CategoryCode | None = None
    names: tuple[str, ...] = ()
    severity: Severity | None = None
    point: Point | None = None
    address: str = ""
    district: str | None = None
    grid: str | None = None
    device: str | None = None
    area_codes: tuple[str, ...] = ()
    status: ReportStatus = ReportStatus.ACTIVE


class ExpectedStep(msgspec.Struct, frozen=True, kw_only=True):
    """What supervision must raise; what is left out is not looked at."""

    raises: Raise
    at: datetime | None = None
    #: Bureau or role.
    to: str | None = None


class Unwanted(msgspec.Struct, frozen=True, kw_only=True):
    """What must not come of it."""

    category: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()
    #: Neither leading nor assisting.
    bureaus: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What must come of some reports; a field left out is not looked at."""

    line: int
    #: These reports and no others form one incident, or none of them does.
    of: tuple[str, ...]
    becomes: Becomes = Becomes.INCIDENT
    category: str | None = None
    severity: Severity | None = None
    district: str | None = None
    lead: str | None = None
    assist: tuple[str, ...] | None = None
    #: When the time to accept and to resolve runs out; "none": there is no such clock.
    accept: datetime | str | None = None
    resolve: datetime | str | None = None
    overdue: bool | None = None
    #: Id of the mute that holds it back at the end; "false": nothing does.
    muted: str | None = None
    #: What was raised for the leading bureau by then, in order: exactly these.
    escalations: tuple[ExpectedStep, ...] | None = None
    #: A report with whose incident it may be one; only suggested to the operator.
    suggested_with: str | None = None
    #: Rules that must have had a part in it.
    rules: tuple[str, ...] = ()
    #: Exactly these patterns had a part in it.
    patterns: tuple[str, ...] | None = None
    #: The incident that this pattern opened; `of` are then the reports it was seen in.
    opened_by: str | None = None
    unwanted: Unwanted = Unwanted()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case."""

    file: str
    line: int
    id: str
    why: str
    reports: tuple[GivenReport, ...]
    expect: tuple[Expected, ...]
    #: The clock runs on to here: what is due by then is overdue.
    until: datetime | None = None


#: Rule ids by the file that holds them, for what a case may name and for coverage.
RulesByFile = Mapping[str, tuple[str, ...]]
