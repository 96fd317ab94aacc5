"""Outlines and codes of the areas a warning covers. It must never need a geometry library or the city's borders."""

import math
import re
from collections.abc import Iterable, Sequence

from hub.stages.normalise.decode import BadInput
from hub.stages.normalise.values import number_of
from hub.vocabulary.terms import RejectReason

Ring = tuple[tuple[float, float], ...]

#: Most corners of an outline kept; a longer one is replaced by its convex hull.
MAX_OUTLINE_POINTS = 1_000
#: A circle up to this radius names a place; a wider one only an area.
MAX_POINT_RADIUS_KM = 5.0
#: Most area codes kept.
MAX_AREA_CODES = 500

_KM_PER_DEGREE = 111.2
_CIRCLE_CORNERS = 24
#: 省, 市, 区县 (6), 乡镇 (9) and 村 (12) codes of GB/T 2260 and GB/T 10114: the first two digits are a province.
_ADMINISTRATIVE = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])(?:\d{4}|\d{7}|\d{10})", re.ASCII)


def ring_of(text: str, path: str) -> Ring:
    """The corners of a CAP polygon, `lat,lon lat,lon …`, as (lon, lat)."""
    corners = tuple(_pair(pair, path) for pair in text.split())
    if len(corners) < 3:
        raise BadInput(RejectReason.BAD_VALUE, path, "A polygon needs three corners or more.")
    return corners


def circle_of(text: str, path: str) -> tuple[tuple[float, float], float]:
    """Centre (lon, lat) and radius in km of a CAP circle, `lat,lon radius`."""
    parts = text.split()
    if len(parts) != 2:
        raise BadInput(RejectReason.BAD_VALUE, path, "A circle is written as latitude,longitude and a radius in km.")
    radius = number_of(parts[1], path)
    if not 0 <= radius <= 20_000:
        raise BadInput(RejectReason.BAD_VALUE, path, "The radius of a circle lies between 0 and 20,000 km.")
    return _pair(parts[0], path), radius


def ring_around(centre: tuple[float, float], radius_km: float) -> Ring:
    """A polygon in place of a circle."""
    lon, lat = centre
    high = radius_km / _KM_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    angles = (2 * math.pi * n / _CIRCLE_CORNERS for n in range(_CIRCLE_CORNERS))
    corners = tuple((round(lon + wide * math.cos(a), 6), round(lat + high * math.sin(a), 6)) for a in angles)
    return (*corners, corners[0])


def outline_of(rings: Sequence[Ring]) -> Ring:
    """One outline for all rings: the only one as it is, the convex hull of several. Too wide rather than too narrow."""
    if not rings:
        return ()
    if len(rings) == 1 and len(rings[0]) <= MAX_OUTLINE_POINTS:
        return rings[0]
    return _hull(sorted({corner for ring in rings for corner in ring}))


def administrative_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """The Chinese administrative codes among the texts, each once, in order; other countries' codes are left out."""
    found = dict.fromkeys(text for text in texts if _ADMINISTRATIVE.fullmatch(text))
    return tuple(found)[:MAX_AREA_CODES]


def _pair(text: str, path: str) -> tuple[float, float]:
    latitude, comma, longitude = text.partition(",")
    if not comma:
        raise BadInput(RejectReason.BAD_VALUE, path, "A position is written as latitude,longitude.")
    lat, lon = number_of(latitude, path), number_of(longitude, path)
    if abs(lon) <= 90 < abs(lat) <= 180:
        raise BadInput(RejectReason.COORDINATES_SWAPPED, path, "Latitude comes first; the two stand swapped here.")
    if abs(lat) > 90 or abs(lon) > 180:
        raise BadInput(RejectReason.BAD_VALUE, path, "A position lies beyond 90 or 180 degrees.")
    return lon, lat


def _hull(corners: Sequence[tuple[float, float]]) -> Ring:
    """Convex hull (monotone chain) of sorted corners, closed."""
    if len(corners) < 3:
        return tuple(corners)
    lower = _half_hull(corners)
    upper = _half_hull(corners[::-1])
    return (*lower, *upper[1:])


def _half_hull(corners: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    half: list[tuple[float, float]] = []
    for x, y in corners:
        while len(half) > 1:
            (ax, ay), (bx, by) = half[-2], half[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            half.pop()
        half.append((x, y))
    return half
