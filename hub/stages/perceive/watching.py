"""Count, sequence and warning: what one report makes of the patterns it counts for. It must never look at incidents:
what was seen nearby is all it asks for."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import fmean

import shapely
from msgspec.structs import replace
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from hub.rulebook.book import Rulebook
from hub.rulebook.patterns import Counted, Pattern, PatternKind
from hub.stages.perceive.findings import Finding, FindingKind, local_time, named, place_facts, why
from hub.stages.perceive.looking import exact_point, exact_spot, roles_of, spot_of
from hub.stages.perceive.memory import Memory
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.perceptions import Firing, Sighting, WarnedArea
from hub.vocabulary.places import Point, distance_m
from hub.vocabulary.why import Fact, Why

#: Incidents that a firing keeps by name; who comes later is noted no more.
MAX_INCIDENTS = 100
_INSIDE = "inside"


def perceive(located: LocatedReport, incident_id: str, memory: Memory, book: Rulebook) -> Iterator[Finding]:
    """What a report that went to an incident for the first time makes come true."""
    for pattern, role in roles_of(located, book):
        if pattern.kind is PatternKind.WARNING:
            if role == _INSIDE:
                yield from _inside(pattern, located, incident_id, memory, book)
            continue
        spot = spot_of(pattern, located)
        if spot is None or memory.has(pattern.id, located.report.id, role):
            continue
        me = Sighting(
            pattern=pattern.id,
            report_id=located.report.id,
            role=role,
            spot=spot[0],
            point=spot[1],
            at=located.report.occurred_at,
            incident_id=incident_id,
        )
        yield from _going_on(pattern, me, memory) or _coming_true(pattern, me, memory)


def _going_on(pattern: Pattern, me: Sighting, memory: Memory) -> list[Finding]:
    """The firing that a sighting belongs to, when there is one."""
    quiet, within = timedelta(minutes=pattern.quiet_minutes), timedelta(minutes=pattern.within_minutes)
    for firing in memory.firings(pattern.id):
        timely = firing.began_at - within <= me.at <= firing.last_at + max(quiet, within)
        if not timely or not _near(pattern, me, firing.spot, firing.point):
            continue
        fresh = me.incident_id not in firing.incidents and len(firing.incidents) < MAX_INCIDENTS
        firing = replace(
            firing,
            began_at=min(firing.began_at, me.at),
            last_at=max(firing.last_at, me.at),
            incidents=(*firing.incidents, me.incident_id) if fresh else firing.incidents,
        )
        memory.put(firing)
        memory.put(replace(me, firing=firing.id))
        reason = why(pattern, "seen_too", report=me.report_id, incident=me.incident_id, **place_facts(pattern))
        return [
            Finding(
                pattern=pattern,
                kind=FindingKind.WENT_ON,
                why=reason,
                firing=firing,
                incidents=(me.incident_id,) if fresh else (),
                began_at=firing.began_at,
                last_at=firing.last_at,
            )
        ]
    return []


def _coming_true(pattern: Pattern, me: Sighting, memory: Memory) -> list[Finding]:
    """A new firing when enough was seen, else the sighting is kept for the next one."""
    reach = timedelta(minutes=pattern.within_minutes)
    around = [
        seen
        for seen in memory.sightings(pattern.id)
        if abs(seen.at - me.at) <= reach and _near(pattern, me, seen.spot, seen.point)
    ]
    found = _enough(pattern, me, around) if pattern.kind is PatternKind.COUNT else _in_order(pattern, me, around)
    if not found:
        memory.put(me)
        return []
    first = found[0]
    middle = exact_spot(_middle([seen.point for seen in found if seen.point is not None]))
    spot, point = (me.spot, None) if middle is None else middle
    firing = Firing(
        id=f"{pattern.id}:{first.report_id}",
        pattern=pattern.id,
        spot=spot,
        point=point,
        began_at=first.at,
        last_at=found[-1].at,
        incidents=tuple(dict.fromkeys(seen.incident_id for seen in found))[:MAX_INCIDENTS],
    )
    memory.put(firing)
    for seen in found:
        memory.put(replace(seen, firing=firing.id))
    return [
        Finding(
            pattern=pattern,
            kind=FindingKind.FIRED,
            why=_why_fired(pattern, found),
            firing=firing,
            incidents=firing.incidents,
            began_at=firing.began_at,
            last_at=firing.last_at,
        )
    ]


def _enough(pattern: Pattern, me: Sighting, around: Sequence[Sighting]) -> list[Sighting]:
    """The fullest span of time with this sighting in it, when it holds as many as the pattern wants."""
    seen = sorted((*around, me), key=_in_time)
    reach = timedelta(minutes=pattern.within_minutes)
    best: list[Sighting] = []
    for start in range(len(seen)):
        span = [each for each in seen[start:] if each.at - seen[start].at <= reach]
        if me in span and _amount(pattern, span) > _amount(pattern, best):
            best = span
    return best if _amount(pattern, best) >= pattern.at_least else []


def _in_order(pattern: Pattern, me: Sighting, around: Sequence[Sighting]) -> list[Sighting]:
    """First and then, of two incidents, the nearest in time."""
    before = me.role == "then"
    others = [
        seen
        for seen in around
        if seen.role != me.role
        and seen.incident_id != me.incident_id
        and (seen.at <= me.at if before else seen.at >= me.at)
    ]
    if not others:
        return []
    other = min(others, key=lambda seen: (abs(seen.at - me.at), seen.report_id))
    return [other, me] if before else [me, other]


def _inside(
    pattern: Pattern, located: LocatedReport, incident_id: str, memory: Memory, book: Rulebook
) -> Iterator[Finding]:
    """Whether a warning covers a report while it is in force."""
    at = located.report.occurred_at
    for area in memory.areas(pattern.id):
        if area.from_at <= at <= area.until_at and covers(area, located):
            facts = {"warning": area.report_id, "until": local_time(area.until_at, book)}
            reason = why(pattern, "inside_warning", report=located.report.id, **facts)
            yield Finding(
                pattern=pattern,
                kind=FindingKind.WARNED,
                why=reason,
                firing=None,
                incidents=(incident_id,),
                began_at=area.from_at,
                last_at=at,
            )
            return


def covers(area: WarnedArea, located: LocatedReport) -> bool:
    """Whether a warning's area holds a report: by its outline and an exact point, else by its districts."""
    place = located.place
    if area.outline and (exact := exact_point(located)) is not None:
        return bool(shapely.contains_xy(_polygon(area.outline), exact.lon, exact.lat))
    return area.whole_city or (place.district is not None and place.district in area.districts)


@lru_cache(maxsize=64)
def _polygon(outline: tuple[tuple[float, float], ...]) -> BaseGeometry:
    return shapely.make_valid(Polygon(outline))


def _why_fired(pattern: Pattern, found: Sequence[Sighting]) -> Why:
    reports = named(seen.report_id for seen in found)
    if pattern.kind is PatternKind.SEQUENCE:
        first, then = found
        gap = (then.at - first.at).total_seconds() / 60
        facts: dict[str, Fact] = {"first": first.report_id, "then": then.report_id, "gap_minutes": round(gap, 1)}
        return why(pattern, "in_sequence", **facts, **place_facts(pattern))
    verdict = "many_reports" if pattern.counts is Counted.REPORTS else "many_incidents"
    return why(pattern, verdict, n=_amount(pattern, found), reports=reports, **place_facts(pattern))


def _amount(pattern: Pattern, seen: Sequence[Sighting]) -> int:
    counts_reports = pattern.counts is Counted.REPORTS
    return len({each.report_id if counts_reports else each.incident_id for each in seen})


def _near(pattern: Pattern, me: Sighting, spot: str, point: Point | None) -> bool:
    if me.point is None or point is None or pattern.radius_m is None:
        return me.spot == spot
    return distance_m(me.point, point) <= pattern.radius_m


def _middle(points: Sequence[Point]) -> Point | None:
    if not points:
        return None
    return Point(lon=fmean(point.lon for point in points), lat=fmean(point.lat for point in points))


def _in_time(seen: Sighting) -> tuple[datetime, str]:
    return seen.at, seen.report_id
