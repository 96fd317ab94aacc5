"""Outlines and codes of the areas a warning covers. It must never need a geometry library or the city's borders."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from lxml import etree

from hub.stages.normalise import xml
from hub.stages.normalise.decode import BadInput
from hub.stages.normalise.values import number_of
from hub.vocabulary.terms import RejectReason

Ring = tuple[tuple[float, float], ...]
T = TypeVar("T")


class Circle(NamedTuple):
    """A place and how far around it."""

    lon: float
    lat: float
    radius_km: float


#: Most corners of an outline kept; a longer one is replaced by its convex hull.
MAX_OUTLINE_POINTS = 1_000
#: A circle up to this radius names a place; a wider one only an area.
MAX_POINT_RADIUS_KM = 5.0
#: Widest circle read: half-way round the Earth.
MAX_RADIUS_KM = 20_000
#: Most area codes kept.
MAX_AREA_CODES = 500

_KM_PER_DEGREE = 111.2
_CIRCLE_CORNERS = 24
#: 省, 市, 区县 (6), 乡镇 (9) and 村 (12) codes of GB/T 2260 and GB/T 10114: the first two digits are a province.
_ADMINISTRATIVE = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])(?:\d{4}|\d{7}|\d{10})", re.ASCII)


def rings_in(holders: Iterable[etree._Element]) -> list[Ring]:
    """The corners of every CAP `polygon`, `lat,lon lat,lon …`, as (lon, lat)."""
    return [_at(shape, _ring) for holder in holders for shape in xml.filled(holder, "polygon")]


def circles_in(holders: Iterable[etree._Element]) -> dict[Circle, etree._Element]:
    """Every CAP `circle`, `lat,lon radius_km`, with the first element that holds it."""
    shapes = [shape for holder in holders for shape in xml.filled(holder, "circle")]
    return {_at(shape, _circle): shape for shape in reversed(shapes)}


def ring_around(circle: Circle) -> Ring:
    """A polygon in place of a circle."""
    lon, lat, radius_km = circle
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
    # Rounded to a centimetre, below which the products that tell a turn vanish.
    return _hull(sorted({(round(lon, 7), round(lat, 7)) for ring in rings for lon, lat in ring}))


def administrative_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """The Chinese administrative codes among the texts, each once, in order; other countries' codes are left out."""
    found = dict.fromkeys(text for text in texts if _ADMINISTRATIVE.fullmatch(text))
    return tuple(found)[:MAX_AREA_CODES]


def _at(shape: etree._Element, read: Callable[[str], T]) -> T:
    """What a shape holds. Its path is looked up only when it is wrong: an alert may have thousands of shapes."""
    try:
        return read(xml.text_of(shape))
    except BadInput as bad:
        raise BadInput(bad.reason, xml.path_of(shape), bad.message) from None


def _ring(text: str) -> Ring:
    corners = tuple(_pair(pair) for pair in text.split())
    if len(corners) < 3:
        raise BadInput(RejectReason.BAD_VALUE, "", "A polygon needs three corners or more.")
    return corners


def _circle(text: str) -> Circle:
    parts = text.split()
    if len(parts) != 2:
        raise BadInput(RejectReason.BAD_VALUE, "", "A circle is written as latitude,longitude and a radius in km.")
    radius_km = number_of(parts[1], "")
    if not 0 <= radius_km <= MAX_RADIUS_KM:
        raise BadInput(RejectReason.BAD_VALUE, "", f"The radius of a circle lies between 0 and {MAX_RADIUS_KM} km.")
    return Circle(*_pair(parts[0]), radius_km)


def _pair(text: str) -> tuple[float, float]:
    latitude, comma, longitude = text.partition(",")
    if not comma:
        raise BadInput(RejectReason.BAD_VALUE, "", "A position is written as latitude,longitude.")
    lat, lon = number_of(latitude, ""), number_of(longitude, "")
    if abs(lon) <= 90 < abs(lat) <= 180:
        raise BadInput(RejectReason.COORDINATES_SWAPPED, "", "Latitude comes first; the two stand swapped here.")
    if abs(lat) > 90 or abs(lon) > 180:
        raise BadInput(RejectReason.BAD_VALUE, "", "A position lies beyond 90 or 180 degrees.")
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
