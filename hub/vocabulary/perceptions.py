"""What perception patterns (感知规则) remember between batches. It must never hold what no pattern asks for."""

from datetime import datetime

import msgspec

from hub.vocabulary.places import Point


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when one report may meet what a pattern remembers: what a batch locks and reads."""

    pattern: str
    #: Coarse cells, or one district; empty for warnings, which lie wherever they lie.
    spots: tuple[str, ...]
    since: datetime
    until: datetime


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A report that counts for a pattern (一次迹象). Each report counts once in each role."""

    pattern: str
    report_id: str
    #: What of the pattern it is: `of`, or of a sequence `first` or `then`.
    role: str
    spot: str
    point: Point | None
    at: datetime
    incident_id: str
    #: The firing that used it up; a report never counts for two.
    firing: str | None = None


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern that came true at one place and time (一次触发), and goes on while more is seen there."""

    id: str
    pattern: str
    spot: str
    point: Point | None
    began_at: datetime
    last_at: datetime
    #: Incidents told of it, the first of them by name.
    incidents: tuple[str, ...] = ()
    #: The incident that it opened of its own.
    opened: str | None = None


class WarnedArea(msgspec.Struct, frozen=True, kw_only=True):
    """A warning (预警) in force for a pattern, and what it covers."""

    pattern: str
    report_id: str
    from_at: datetime
    until_at: datetime
    districts: tuple[str, ...] = ()
    whole_city: bool = False
    #: Corners (lon, lat) in CGCS2000.
    outline: tuple[tuple[float, float], ...] = ()


class Perceived(msgspec.Struct, frozen=True, kw_only=True):
    """What patterns remember: read for a batch, or to be kept after it."""

    sightings: tuple[Sighting, ...] = ()
    firings: tuple[Firing, ...] = ()
    areas: tuple[WarnedArea, ...] = ()
    #: Reports that were taken back and count no more; only to be kept.
    withdrawn: tuple[str, ...] = ()
