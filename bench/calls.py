"""Calls that the hub must not join: each at a place of its own inside the city, with a mark that a screen shows."""

import itertools
import random
import string
from collections.abc import Iterator

import msgspec
import shapely

from hub.rulebook.book import City

#: Between two places; no rule joins lamps so far apart.
_STEP_DEGREES = 0.006


class Call(msgspec.Struct, frozen=True):
    """One work order, and the word by which its incident is known on a screen."""

    mark: str
    body: bytes


def separate_calls(city: City, *, seed: int = 1) -> Iterator[Call]:
    """Calls about lamps, one a place, all over the city; after some 39,000 the places come again."""
    rng = random.Random(seed)
    spots = spots_of(city)
    rng.shuffle(spots)
    for lon, lat in itertools.cycle(spots):
        # No digits: a screen masks what looks like a telephone number.
        mark = "".join(rng.choices(string.ascii_lowercase, k=10))
        order = {
            "order_id": mark,
            "title": f"路灯不亮 {mark}",
            "longitude": round(lon, 6),
            "latitude": round(lat, 6),
            "crs": "wgs84",
            "address": f"{mark}号",
        }
        yield Call(mark, msgspec.json.encode(order))


def spots_of(city: City) -> list[tuple[float, float]]:
    """Longitude and latitude of points on a grid all over the city."""
    land = shapely.union_all([_shape(district.outline) for district in city.districts])
    shapely.prepare(land)
    west, south, east, north = land.bounds
    spots = [
        (west + column * _STEP_DEGREES, south + row * _STEP_DEGREES)
        for row in range(int((north - south) / _STEP_DEGREES))
        for column in range(int((east - west) / _STEP_DEGREES))
    ]
    inside = shapely.contains_xy(land, *zip(*spots, strict=True))
    return [spot for spot, is_inside in zip(spots, inside, strict=True) if is_inside]


def _shape(outline: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]) -> shapely.Geometry:
    return shapely.MultiPolygon([(polygon[0], list(polygon[1:])) for polygon in outline]).buffer(0)
