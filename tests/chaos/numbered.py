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


class Caller:
    """Makes numbered calls about `happenings` burst mains, one after another, with duplicates and poison among them."""

    def __init__(self, city: City, *, happenings: int, seed: int) -> None:
        self._rng = random.Random(seed)
        self._seed = seed
        self._spots = list(spots(city, happenings))
        self._made = 0
        self._bodies: list[bytes] = []
        self._reports: set[str] = set()
        self._poisoned = 0

    def next(self, count: int) -> list[bytes]:
        """The bodies of `count` more calls."""
        start = len(self._bodies)
        for n in range(self._made, self._made + count):
            self._make(n)
        self._made += count
        return self._bodies[start:]

    @property
    def made(self) -> Numbered:
        """Every call so far."""
        return Numbered(
            bodies=tuple(self._bodies),
            reports=frozenset(self._reports),
            poisoned=self._poisoned,
            happenings=min(self._made, len(self._spots)),
        )

    def _make(self, n: int) -> None:
        rng = self._rng
        call = _call(f"m{self._seed}-{n}", self._spots[n % len(self._spots)], rng)
        if n >= len(self._spots) and rng.random() < _POISON:
            self._poisoned += 1
            self._bodies.append(_spoilt(call, rng))
            return
        self._reports.add(str(call["order_id"]))
        self._bodies.append(msgspec.json.encode(call))
        if rng.random() < _DUPLICATES:
            self._bodies.append(self._bodies[-1])


def numbered(city: City, count: int, *, happenings: int, seed: int) -> Numbered:
    """`count` numbered calls at once."""
    caller = Caller(city, happenings=happenings, seed=seed)
    caller.next(count)
    return caller.made


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


def spots(city: City, count: int) -> Iterator[Point]:
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
