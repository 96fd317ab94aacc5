"""Messages for the figures: hotline orders all over the city, one in four about a place told of before."""

import random
from collections.abc import Iterator

import msgspec

from hub.rulebook.book import City

_TITLES = ("自来水爆管漏水", "路灯不亮", "暴露垃圾无人清理", "道路坑洼破损", "井盖丢失", "店外经营占道")
_AGAIN = 0.25


def hotline_orders(city: City, count: int, *, seed: int = 1, prefix: str = "b") -> Iterator[bytes]:
    """`count` orders of about 700 bytes, at points inside the city's first district."""
    rng = random.Random(seed)
    xs, ys = zip(*city.districts[0].outline[0][0], strict=True)
    spots: list[tuple[float, float, str]] = []
    for n in range(count):
        if not spots or rng.random() > _AGAIN:
            spots.append((_between(rng, xs), _between(rng, ys), rng.choice(_TITLES)))
        lon, lat, title = rng.choice(spots[-2000:])
        yield msgspec.json.encode(
            {
                "order_id": f"{prefix}{seed}-{n}",
                "title": title,
                "content": f"来电人反映，{title}，影响周边居民出行和日常生活，已经持续两天无人处理，希望尽快安排解决。"
                * 2,
                "question_class": "城市管理->市政设施",
                "longitude": round(lon, 6),
                "latitude": round(lat, 6),
                "crs": "wgs84",
                "address": f"盐湖区人民路{rng.randrange(2000)}号",
                "caller_name": "测试",
                "caller_phone": "13800000000",
            }
        )


def _between(rng: random.Random, values: tuple[float, ...]) -> float:
    middle, half = (min(values) + max(values)) / 2, (max(values) - min(values)) / 8
    return rng.uniform(middle - half, middle + half)
