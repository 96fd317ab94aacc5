"""Messages for the figures: hotline orders all over the city, no two alike, one in four about a place known already."""

import random
from collections.abc import Iterator

import msgspec

from hub.edges.simulate.gazetteer import TOWNS, moved
from hub.edges.simulate.kinds import KINDS, Kind
from hub.rulebook.book import City
from hub.stages.locate import Atlas
from hub.vocabulary.places import Point
from hub.vocabulary.terms import CoordinateSystem, Feed

#: One sigma around each of the thirteen towns: together the built-up land of a city of twenty million, 1,500 km².
SIGMA_M = 3_000.0
_AGAIN = 0.25
#: A street for the hottest place: doors on 300 m.
_DOORS = 60
_STREET_M = 300.0
#: What callers say beside the matter; drawn anew each time, so that no text is ever seen twice.
_ASIDES = (
    "已经持续{n}天无人处理",
    "影响周边{n}户居民出行",
    "此前拨打过{n}次电话未解决",
    "现场约有{n}米路段受影响",
    "希望{n}小时内给予答复",
)
#: By city; one takes as long to make as thousands of orders.
_ATLASES: dict[str, Atlas] = {}
_ORDERS = tuple(kind for kind in KINDS.values() if Feed.HOTLINE in kind.feeds)


class _Spot(msgspec.Struct, frozen=True):
    kind: Kind
    point: Point
    address: str


def hotline_orders(city: City, count: int, *, seed: int = 1, prefix: str = "b", hot: bool = False) -> Iterator[bytes]:
    """`count` orders of about 600 bytes; `hot`: every one in the same street."""
    rng = random.Random(seed)
    inside = _atlas(city)
    spots: list[_Spot] = []
    for n in range(count):
        if not spots or rng.random() > _AGAIN:
            spots.append(_in_one_street(rng) if hot else _anywhere(rng, inside))
            del spots[:-2000]
        yield _order(rng, f"{prefix}{seed}-{n}", rng.choice(spots))


def _atlas(city: City) -> Atlas:
    if city.code not in _ATLASES:
        _ATLASES[city.code] = Atlas(city)
    return _ATLASES[city.code]


def _order(rng: random.Random, order_id: str, spot: _Spot) -> bytes:
    asides = "，".join(aside.format(n=rng.randrange(1, 900)) for aside in rng.sample(_ASIDES, len(_ASIDES)))
    text = rng.choice(spot.kind.texts).format(address=spot.address, district="本地")
    return msgspec.json.encode(
        {
            "order_id": order_id,
            "title": rng.choice(spot.kind.titles),
            "content": f"来电人反映，{text}{asides}，希望尽快安排解决。",
            "question_class": "->".join(spot.kind.path[:2]),
            "longitude": round(spot.point.lon, 6),
            "latitude": round(spot.point.lat, 6),
            "crs": "wgs84",
            "address": spot.address,
            "caller_name": "测试",
            "caller_phone": "13800000000",
        }
    )


def _anywhere(rng: random.Random, inside: Atlas) -> _Spot:
    while True:
        town = rng.choice(TOWNS)
        point = moved(Point(lon=town.lon, lat=town.lat), rng.gauss(0, SIGMA_M), rng.gauss(0, SIGMA_M))
        if inside.inside(point.lon, point.lat, CoordinateSystem.WGS84) is not None:
            break
    address = f"{rng.choice(town.streets)}{rng.randrange(1, 2000)}号"
    return _Spot(kind=rng.choice(_ORDERS), point=point, address=address)


def _in_one_street(rng: random.Random) -> _Spot:
    town, door = TOWNS[0], rng.randrange(_DOORS)
    point = moved(Point(lon=town.lon, lat=town.lat), door * _STREET_M / _DOORS, 0.0)
    return _Spot(kind=rng.choice(_ORDERS), point=point, address=f"{town.streets[0]}{door + 1}号")
