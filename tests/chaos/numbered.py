"""Numbered messages whose right outcome is known beforehand: which are reports, which rejects, how many happenings."""

import random
from collections.abc import Iterator

import msgspec

from hub.rulebook.book import City
from hub.vocabulary.places import Point, distance_m

#: Happenings lie so far apart that no rule may join two of them.
_APART_M = 1_200.0
_DUPLICATES, _POISON = 0.05, 0.01


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """Bodies in the order they are sent, and what must have become of them."""

    bodies: tuple[bytes, ...]
    #: Ids that must each be one report.
    reports: frozenset[str]
    #: Ids (or, for unreadable bodies, positions) that must each be a reject and no report.
    poisoned: int
    happenings: int


def numbered(city: City, count: int, *, happenings: int, seed: int) -> Numbered:
    """`count` numbered calls about `happenings` burst mains, with duplicates and poison among them."""
    rng = random.Random(seed)
    spots = list(_spots(city, happenings))
    bodies: list[bytes] = []
    reports: set[str] = set()
    poisoned = 0
    for n in range(count):
        spot = spots[n % happenings]
        call = _call(f"m{seed}-{n}", spot, rng)
        if n >= happenings and rng.random() < _POISON:
            poisoned += 1
            bodies.append(_spoilt(call, rng))
            continue
        reports.add(str(call["order_id"]))
        bodies.append(msgspec.json.encode(call))
        if rng.random() < _DUPLICATES:
            bodies.append(bodies[-1])
    return Numbered(bodies=tuple(bodies), reports=frozenset(reports), poisoned=poisoned, happenings=happenings)


def _call(order_id: str, spot: Point, rng: random.Random) -> dict[str, object]:
    return {
        "order_id": order_id,
        "title": "自来水主管道爆裂",
        "content": "来电人反映自来水主管道爆裂，水流不止。",
        "longitude": round(spot.lon + rng.uniform(-2e-4, 2e-4), 6),
        "latitude": round(spot.lat + rng.uniform(-2e-4, 2e-4), 6),
        "crs": "wgs84",
    }


def _spoilt(call: dict[str, object], rng: random.Random) -> bytes:
    kind = rng.randrange(4)
    if kind == 0:
        return msgspec.json.encode({name: value for name, value in call.items() if name not in ("title", "content")})
    if kind == 1:
        return msgspec.json.encode({**call, "longitude": call["latitude"], "latitude": call["longitude"]})
    if kind == 2:
        return msgspec.json.encode({**call, "longitude": "east"})
    return msgspec.json.encode({**call, "called_at": "2099-01-01T00:00:00+08:00"})


def _spots(city: City, count: int) -> Iterator[Point]:
    """Points well inside districts, on a grid."""
    found = 0
    for district in city.districts:
        xs, ys = zip(*district.outline[0][0], strict=True)
        middle = Point(lon=(min(xs) + max(xs)) / 2, lat=(min(ys) + max(ys)) / 2)
        step_lat = _APART_M / distance_m(middle, Point(lon=middle.lon, lat=middle.lat + 1))
        step_lon = _APART_M / distance_m(middle, Point(lon=middle.lon + 1, lat=middle.lat))
        for row in range(-4, 5):
            for column in range(-4, 5):
                yield Point(lon=middle.lon + column * step_lon, lat=middle.lat + row * step_lat)
                found += 1
                if found == count:
                    return
    raise ValueError("the city is too small for so many happenings")
