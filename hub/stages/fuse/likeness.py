"""How alike a report and an incident are, as a number with its parts. It must never decide what follows from it."""

import math
from datetime import timedelta

import msgspec
from rapidfuzz import fuzz

from hub.rulebook.book import FusionRule
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.places import MAX_FUSION_RADIUS_M, Point, distance_m
from hub.vocabulary.terms import LIVE_STATUSES, PlacePrecision
from hub.vocabulary.why import Fact

#: What each part can add to a likeness; together 1.
PLACE_SHARE = 0.4
WORDS_SHARE = 0.3
TIME_SHARE = 0.15
CATEGORY_SHARE = 0.15

#: What is left of place and time at the edge of the radius and of the window.
_AT_THE_EDGE = 0.5
#: Words say nothing when one side has none.
_SILENT = 0.5
#: Two categories of one family, such as a burst main and a flooded street.
_SAME_FAMILY = 0.4
#: Decimals of a likeness: thresholds are compared with what the operator is shown.
_DECIMALS = 4

#: One degree of latitude, and how much wider than the radius the first, coarse look is.
_METRES_A_DEGREE = 111_000.0
_SLACK = 1.01

#: Places exact enough to measure a distance from.
EXACT = frozenset({PlacePrecision.POINT, PlacePrecision.DEVICE, PlacePrecision.GRID, PlacePrecision.ADDRESS})


class Nearness(msgspec.Struct, frozen=True, kw_only=True):
    """All parts of a likeness but the words, which cost the most to compare."""

    incident: Incident
    place: float
    time: float
    category: float
    distance_m: float | None
    gap_minutes: float

    def likeness(self, words: float) -> float:
        """The likeness that a score of the words leads to."""
        return round(
            PLACE_SHARE * self.place + TIME_SHARE * self.time + CATEGORY_SHARE * self.category + WORDS_SHARE * words,
            _DECIMALS,
        )

    def facts(self, words: float, rule: FusionRule) -> dict[str, Fact]:
        """What the operator may want to check."""
        return {
            "incident": self.incident.id,
            "likeness": self.likeness(words),
            "place": round(self.place, 2),
            "time": round(self.time, 2),
            "words": round(words, 2),
            "category": round(self.category, 2),
            "distance_m": None if self.distance_m is None else round(self.distance_m, 1),
            "gap_minutes": round(self.gap_minutes, 1),
            "join_at": rule.join_at,
            "suggest_at": rule.suggest_at,
        }


def exact_point(located: LocatedReport) -> Point | None:
    """The report's point, unless it only stands for an area or a district."""
    return located.place.point if located.place.precision in EXACT else None


class Reach:
    """What a report can be near to under a rule; made once a report, so that far candidates cost next to nothing."""

    def __init__(self, located: LocatedReport, rule: FusionRule) -> None:
        self._rule = rule
        self._category = located.classification.category
        self._occurred_at = located.report.occurred_at
        self._address_key = located.place.address_key
        self._point = exact_point(located)
        self._radius_m = min(rule.radius_m, MAX_FUSION_RADIUS_M)
        self._apart_m = self._radius_m if rule.other_address_m is None else rule.other_address_m
        longest = rule.longest_minutes
        self._longest = None if longest is None else timedelta(minutes=longest)
        self._lat_reach = self._lon_reach = 0.0
        if self._point is not None:
            # A box a little wider than the radius: what lies outside of it needs no exact distance.
            self._lat_reach = self._radius_m / _METRES_A_DEGREE * _SLACK
            self._lon_reach = self._lat_reach / max(math.cos(math.radians(self._point.lat)), _SLACK - 1) * _SLACK

    def not_far(self, candidates: list[Incident]) -> list[Incident]:
        """The candidates without most of those that are out of the radius; a coarse look at many."""
        here, lat_reach, lon_reach = self._point, self._lat_reach, self._lon_reach
        if here is None:
            return candidates
        lon, lat = here.lon, here.lat
        return [
            incident
            for incident in candidates
            if (there := incident.point) is None
            or (abs(lat - there.lat) <= lat_reach and abs(lon - there.lon) <= lon_reach)
            or incident.cell is None
        ]

    def nearness(self, incident: Incident) -> Nearness | None:
        """Place, time and category of a likeness; None when out of the rule's reach, or not live."""
        here = self._point
        # An incident has a cell only when its point is exact.
        there = incident.point if incident.cell is not None else None
        same_address = bool(self._address_key) and self._address_key == incident.address_key
        metres, place = None, 1.0
        if here is not None and there is not None:
            # Two exact points that are apart outweigh one address text: a long road has one name.
            metres = distance_m(here, there)
            if metres > self._radius_m:
                return None
            if not same_address:
                # Each names one spot, and not the same one: near is not near enough.
                if metres > self._apart_m and self._address_key and incident.address_key:
                    return None
                place = _fading(metres, self._radius_m)
        elif not same_address:
            return None
        # Reports arrive late and out of order, so the gap counts in both directions.
        gap_minutes = abs((self._occurred_at - incident.last_report_at).total_seconds()) / 60
        if gap_minutes > self._rule.window_minutes or incident.status not in LIVE_STATUSES:
            return None
        if self._longest is not None and self._span(incident) > self._longest:
            return None
        return Nearness(
            incident=incident,
            place=place,
            time=_fading(gap_minutes, self._rule.window_minutes),
            category=1.0 if self._category == incident.category else _SAME_FAMILY,
            distance_m=metres,
            gap_minutes=gap_minutes,
        )

    def _span(self, incident: Incident) -> timedelta:
        """From the first to the last report of an incident, with this one."""
        first, last = incident.first_report_at, incident.last_report_at
        return max(last, self._occurred_at) - min(first, self._occurred_at)


def words_alike(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    """How far two sets of words agree, 0..1, spelling mistakes forgiven."""
    if not words or not others:
        return _SILENT
    return fuzz.token_set_ratio(" ".join(words), " ".join(others)) / 100


def _fading(amount: float, limit: float) -> float:
    return 1.0 - (1.0 - _AT_THE_EDGE) * amount / limit if limit > 0 else 1.0
