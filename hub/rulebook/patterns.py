"""Perception patterns (感知规则) as the rooms read them. It must never evaluate one."""

from enum import StrEnum

import msgspec

from hub.rulebook.conditions import Condition as When
from hub.vocabulary.terms import Feed, Severity

#: Lock and index cells are about two kilometres wide; a wider pattern would hold up the whole city for each report.
MAX_PATTERN_RADIUS_M = 2_000.0
#: What was seen is kept this long and a day; a pattern looks back no further.
MAX_PATTERN_MINUTES = 7 * 24 * 60.0


class PatternKind(StrEnum):
    """What a pattern waits for."""

    COUNT = "count"  # 多发
    SEQUENCE = "sequence"  # 先后
    SILENCE = "silence"  # 静默
    WARNING = "warning"  # 预警覆盖


class Counted(StrEnum):
    """What a count counts."""

    REPORTS = "reports"  # 上报
    INCIDENTS = "incidents"  # 事件


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports count; everything that is named must be met."""

    categories: frozenset[str] | None = None
    families: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    feeds: frozenset[Feed] | None = None
    severity_at_least: Severity | None = None
    #: Asked last, of a report that meets all the others; one that cannot be decided is not met.
    when: When | None = None


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of patterns.yaml. Which fields say something depends on its kind."""

    id: str
    why: str
    kind: PatternKind
    #: By role: `of` of a count, `first` and `then` of a sequence, `warning` and `inside` of a warning.
    roles: tuple[tuple[str, Condition], ...] = ()
    #: A count: so many of these.
    at_least: int = 2
    counts: Counted = Counted.REPORTS
    #: Count and sequence: within so far of each other; None: in one district.
    radius_m: float | None = None
    within_minutes: float = 0.0
    #: After so long without another one it is over, and may come true anew.
    quiet_minutes: float = 0.0
    #: A silence: of these feeds, each by itself, for longer than so many minutes, of office time only or of any.
    feeds: tuple[Feed, ...] = ()
    longer_than_minutes: float = 0.0
    office_hours: bool = False
    #: A warning that does not say until when it holds, holds so long.
    valid_minutes: float = 0.0
    #: The incidents concerned are at least this severe.
    raises_to: Severity | None = None
    #: Category of the one incident that it opens of its own.
    opens: str | None = None
