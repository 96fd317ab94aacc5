"""An invented street map of Yuncheng (运城市) for the simulator. Streets, doors and villages must never be taken for
real ones: only the names of districts and townships are."""

import random
from collections.abc import Sequence

import msgspec

from hub.edges.simulate.telling import Spot
from hub.rulebook.book import City, District
from hub.vocabulary.places import Point

#: Share of happenings by district, in hundredths; the central urban district (盐湖区) has half.
DISTRICT_WEIGHTS = {
    "140802": 50, "140821": 6, "140822": 4, "140823": 5, "140824": 4, "140825": 4, "140826": 3,
    "140827": 3, "140828": 4, "140829": 3, "140830": 4, "140881": 5, "140882": 5,
}  # fmt: skip

_METRES_TO_LAT = 1 / 111_200
_METRES_TO_LON = 1 / 91_000  # at 35° N
_SPACING_M = 520.0
_DOORS_M = 18.0


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """The built-up part of one district: where its middle lies, its townships, and its two sets of streets."""

    district: str
    lon: float
    lat: float
    #: (three digits, name): real names; the first ones form the town, the last one stands for the country.
    townships: tuple[tuple[str, str], ...]
    #: Run east–west, south to north.
    streets: tuple[str, ...]
    #: Run north–south, west to east.
    roads: tuple[str, ...]


def _town(district: str, lon: float, lat: float, townships: str, streets: str, roads: str) -> Town:
    pairs = tuple((entry[:3], entry[3:]) for entry in townships.split())
    return Town(
        district=district,
        lon=lon,
        lat=lat,
        townships=pairs,
        streets=tuple(streets.split()),
        roads=tuple(roads.split()),
    )


TOWNS = (
    _town("140802", 111.0070, 35.0280,
          "004南城街道 001中城街道 002东城街道 003西城街道 005北城街道 006安邑街道 100解州镇",
          "盐风街 池神街 关公街 凤舞街 鹾海街 安泰街 澄心街 北相街 圣惠南街 虞乡街 瑞禾街 迎旭街",
          "条山路 涑水路 槐荫路 鸣条路 舜帝路 后稷路 文德路 姚孟路 银湖路 卓里路 东膏腴路 陶村路"),
    _town("140821", 110.7740, 35.1440, "100猗氏镇 101嵋阳镇", "猗顿街 双塔街 果乡街", "丰喜路 郇阳路 涑川路"),
    _town("140822", 110.8380, 35.4150, "100解店镇 101通化镇", "飞云街 后土街 孤峰街", "汾阴路 万泉路 秋风路"),
    _town("140823", 111.2240, 35.3570, "100桐城镇 104东镇镇", "桐乡街 裴公街 涑源街", "宰相路 紫金路 鸣凤路"),
    _town("140824", 110.9830, 35.6040, "100稷峰镇 103翟店镇", "稷王街 汾南街 青龙街", "枣乡路 板枣路 高渠路"),
    _town("140825", 111.2250, 35.6160, "100龙兴镇 101三泉镇", "绛州街 龙兴街 汾河湾街", "鼓乐路 澄泥路 花园路"),
    _town("140826", 111.5680, 35.4910, "100古绛镇 101横水镇", "古绛街 涑源桥街 晋园街", "紫家路 磨里路 续鲁路"),
    _town("140827", 111.6700, 35.2980, "100新城镇 101历山镇", "舜乡街 亳清街 黄河湾街", "铜都路 历山路 王屋路"),
    _town("140828", 111.2200, 35.1410, "100瑶峰镇 103水头镇", "莲湖街 瑶台街 温泉街", "司马路 涂山路 白沙路"),
    _town("140829", 111.2170, 34.8370, "100圣人涧镇 102张店镇", "虞国街 茅津街 天鹅湖街", "傅岩路 大河路 圣人路"),
    _town("140830", 110.6940, 34.6940, "100古魏镇 101风陵渡镇", "古魏街 永乐宫街 洞宾街", "大禹渡路 亚宝路 西侯路"),
    _town("140881", 110.4470, 34.8670, "001城西街道 002城北街道 003城东街道 100虞乡镇",
          "舜都街 鹳雀街 柳园街 普救街", "中条山路 蒲津路 铁牛路 电机路"),
    _town("140882", 110.7120, 35.5960, "001城区街道 002清涧街道 004阳村街道 101僧楼镇",
          "龙门街 泰兴街 耿乡街 紫金台街", "禹门路 新耿路 龙虎路 铝城路"),
)  # fmt: skip

_ESTATES = "锦绣苑 河东花园 盐湖雅居 惠民小区 幸福里 书香名邸 禹王新村 圣惠家园 南风佳苑 阳光水岸".split()
_VILLAGES = "东庄村 西王村 上段村 下郭村 南张村 北李村 柳沟村 槐树坡村 新庄村 寨里村".split()
_CORNERS = ("东北角", "西北角", "东南角", "西南角", "")
_SHOPS = ("农贸市场门口", "第二小学门口", "公交站旁", "中心广场旁", "人民医院门前", "便民超市门前", "步行街入口")


class Gazetteer:
    """Draws spots of the districts that the city has."""

    def __init__(self, city: City) -> None:
        self._districts = {district.code: district for district in city.districts}
        self._towns = tuple(town for town in TOWNS if town.district in self._districts)
        if not self._towns:
            raise ValueError(f"the simulated day is one of Yuncheng (140800); {city.code} has none of its districts")
        self._weights = [DISTRICT_WEIGHTS[town.district] for town in self._towns]

    def anywhere(self, rng: random.Random) -> Spot:
        """A spot somewhere in the city, most often in the central district."""
        town = rng.choices(self._towns, self._weights)[0]
        if len(self._towns) > 1 and rng.random() < 0.12 and town.district != "140802":
            return self._village(rng, town)
        return self.in_town(rng, town)

    def central(self, rng: random.Random) -> Spot:
        """A spot in the first town, the central district (盐湖区)."""
        return self.in_town(rng, self._towns[0])

    def in_town(self, rng: random.Random, town: Town) -> Spot:
        """A spot on a street of the town: a crossing, a door, an estate or a known corner."""
        row = rng.randrange(len(town.streets))
        column = rng.randrange(len(town.roads))
        street, road = town.streets[row], town.roads[column]
        along = rng.randrange(1, int(_SPACING_M / _DOORS_M) - 1)
        draw = rng.random()
        if draw < 0.4:
            return self._spot(town, row, column, 0.0, f"{street}与{road}交叉口{rng.choice(_CORNERS)}")
        if draw < 0.7:
            number = column * 60 + along * 2 + rng.randrange(2)
            return self._spot(town, row, column, along * _DOORS_M, f"{street}{number}号")
        if draw < 0.88:
            estate = _ESTATES[(row * len(town.roads) + column) % len(_ESTATES)]
            return self._spot(town, row, column, 6 * _DOORS_M, f"{street}{estate}{rng.randrange(1, 19)}号楼")
        return self._spot(town, row, column, 0.0, f"{road}{rng.choice(_SHOPS)}")

    def crossing(self, row: int, column: int) -> Spot:
        """A given crossing of the central district, for scenes that need neighbouring streets."""
        town = self._towns[0]
        row, column = row % len(town.streets), column % len(town.roads)
        return self._spot(town, row, column, 0.0, f"{town.streets[row]}与{town.roads[column]}交叉口")

    def near(self, point: Point, district: str) -> Spot:
        """A spot at a given point, named after the nearest crossing of that district's town."""
        town = next(town for town in self._towns if town.district == district)
        column = round((point.lon - town.lon) / _METRES_TO_LON / _SPACING_M + (len(town.roads) - 1) / 2)
        row = round((point.lat - town.lat) / _METRES_TO_LAT / _SPACING_M + (len(town.streets) - 1) / 2)
        row, column = min(max(row, 0), len(town.streets) - 1), min(max(column, 0), len(town.roads) - 1)
        spot = self._spot(town, row, column, 0.0, f"{town.streets[row]}与{town.roads[column]}交叉口附近")
        return msgspec.structs.replace(spot, point=point)

    def district_spot(self, code: str) -> Spot:
        """The middle of a district's town; what a warning for the whole district stands on."""
        town = next(town for town in self._towns if town.district == code)
        return self._spot(town, len(town.streets) // 2, len(town.roads) // 2, 0.0, "")

    @property
    def district_codes(self) -> tuple[str, ...]:
        """Districts on this map, the central one first."""
        return tuple(town.district for town in self._towns)

    def _spot(self, town: Town, row: int, column: int, east_m: float, road: str) -> Spot:
        east = (column - (len(town.roads) - 1) / 2) * _SPACING_M + east_m
        north = (row - (len(town.streets) - 1) / 2) * _SPACING_M
        inner = town.townships[:-1]
        code, township = inner[(row * len(town.roads) + column) * len(inner) // (len(town.streets) * len(town.roads))]
        return Spot(
            district=town.district,
            district_name=self._districts[town.district].name.zh,
            township=township,
            township_code=town.district + code,
            road=road,
            point=moved(Point(lon=town.lon, lat=town.lat), east, north),
        )

    def _village(self, rng: random.Random, town: Town) -> Spot:
        district = self._districts[town.district]
        code, township = town.townships[-1]
        return Spot(
            district=district.code,
            district_name=district.name.zh,
            township=township,
            township_code=district.code + code,
            road=rng.choice(_VILLAGES) + rng.choice(("村口", "村委会旁", "主街", "")),
            point=_inside(rng, district, Point(lon=town.lon, lat=town.lat)),
        )


def moved(point: Point, east_m: float, north_m: float) -> Point:
    """A point shifted by metres."""
    return Point(lon=point.lon + east_m * _METRES_TO_LON, lat=point.lat + north_m * _METRES_TO_LAT)


def jittered(rng: random.Random, point: Point, sigma_m: float) -> Point:
    """A point with a source's error: normal, cut at two sigma."""
    east, north = (max(-2 * sigma_m, min(2 * sigma_m, rng.gauss(0, sigma_m))) for _ in range(2))
    return moved(point, east, north)


def _inside(rng: random.Random, district: District, fallback: Point) -> Point:
    """A point inside the district's border, well away from its edge where twenty draws find one."""
    rings = [part[0] for part in district.outline if part]
    if not rings:
        return jittered(rng, fallback, 1_500)
    ring = max(rings, key=len)
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    for _ in range(20):
        lon, lat = rng.uniform(min(lons), max(lons)), rng.uniform(min(lats), max(lats))
        if all(_covers(ring, lon + dx, lat + dy) for dx in (-0.02, 0.02) for dy in (-0.02, 0.02)):
            return Point(lon=lon, lat=lat)
    return fallback


def _covers(ring: Sequence[tuple[float, float]], lon: float, lat: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
