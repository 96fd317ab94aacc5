"""The shipped folder of Yuncheng tells real places and matters apart."""

import time
from typing import Any

import pytest

from hub.edges.rules import load_city
from hub.rulebook.book import UNCLASSIFIED, Rulebook
from hub.settings import shipped
from hub.stages.classify import classify
from hub.stages.fuse import reach_m
from hub.stages.locate import Atlas, locate
from hub.stages.normalise.video import is_device_id
from hub.stages.route import route
from hub.vocabulary.messages import CategoryCode, Reject
from hub.vocabulary.places import Place, SourcePoint
from hub.vocabulary.terms import CategoryKind, CoordinateSystem, Feed, Severity
from tests.builders import a_report, an_incident

COUNTIES = {
    "140802": "盐湖区", "140821": "临猗县", "140822": "万荣县", "140823": "闻喜县", "140824": "稷山县",
    "140825": "新绛县", "140826": "绛县", "140827": "垣曲县", "140828": "夏县", "140829": "平陆县",
    "140830": "芮城县", "140881": "永济市", "140882": "河津市",
}  # fmt: skip


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_city(shipped("rules") / "yuncheng")


@pytest.fixture(scope="module")
def atlas(book: Rulebook) -> Atlas:
    return Atlas(book.city)


def test_it_loads_in_a_second_of_cpu(book: Rulebook) -> None:
    started = time.process_time()
    again = load_city(shipped("rules") / "yuncheng")
    assert time.process_time() - started < 1.0
    assert again.version == book.version


def test_the_thirteen_counties_have_names_borders_and_bureaus(book: Rulebook) -> None:
    assert {district.code: district.name.zh for district in book.city.districts} == COUNTIES
    assert all(district.outline for district in book.city.districts)
    assert sum(len(district.words) for district in book.city.districts) > 161
    assert {bureau.district for bureau in book.city.bureaus if bureau.district} == set(COUNTIES)


def test_every_feed_has_a_source(book: Rulebook) -> None:
    assert {source.feed for source in book.city.sources} == set(Feed)
    assert {source.system for source in book.city.sources} == set(CoordinateSystem)


def test_known_places_and_cameras_lie_in_their_district(book: Rulebook, atlas: Atlas) -> None:
    for place in book.city.places:
        assert atlas.borders.near(place.district, place.point, book.city.margin_m), place.name
    for device in book.city.devices:
        assert is_device_id(device.id), device.id
        assert atlas.borders.district_of(device.point) == device.district, device.name


PERSONAL = ("social-security", "labour", "household-registration", "medical-service", "consumer-dispute", "tax")


@pytest.mark.parametrize("family", PERSONAL)
def test_personal_matters_fuse_with_nothing(book: Rulebook, family: str) -> None:
    assert reach_m(family, book) == 0


def test_every_category_has_a_bureau_that_answers_for_it(book: Rulebook) -> None:
    """In the central urban area; what only falls to the district by default is what nobody thought of."""
    incidents = [
        an_incident(category=key, family=of.family, severity=of.severity) for key, of in book.categories.items()
    ]
    unowned = {incident.category for incident in incidents if route(incident, book).why.rule == "none"}
    assert unowned == {UNCLASSIFIED}


def test_every_family_has_a_fusion_rule_and_every_clock_a_last_rule(book: Rulebook) -> None:
    families = {category.family for category in book.categories.values()} - {UNCLASSIFIED}
    assert all(any(rule.families is None or family in rule.families for rule in book.fusion) for family in families)
    for kind in {rule.kind for rule in book.deadlines}:
        last = [rule for rule in book.deadlines if rule.kind is kind][-1]
        assert (last.categories, last.families, last.severity_at_least) == (None, None, None)


EVENT, COMPONENT = CategoryKind.EVENT, CategoryKind.COMPONENT

#: One matter as its feeds tell it, the category each comes to, and the family they share.
MATTERS: list[tuple[dict[str, Any], str, str]] = [
    # a burst water main
    ({"title": "解放北路自来水管爆裂，水柱三米高"}, "water-main-burst", "water"),
    ({"title": "家里没水了", "category_names": ("城市管理", "公用事业", "停水")}, "water-outage", "water"),
    ({"title": "巡查发现", "text": "路口地下冒水，疑似供水管道破裂"}, "water-main-burst", "water"),
    ({"title": "案件", "code": CategoryCode(kind=EVENT, code="0501")}, "water-main-burst", "water"),
    ({"title": "道路积水", "category_names": ("道路积水", "RoadPonding")}, "road-ponding", "water"),
    # a traffic accident
    ({"title": "事故", "category_names": ("交通事故",)}, "traffic-accident", "traffic"),
    ({"title": "120急救：交通伤（2人）", "category_names": ("急救", "交通伤")}, "traffic-accident", "traffic"),
    ({"title": "机场大道两车追尾，有人受伤"}, "traffic-accident", "traffic"),
    # a fire
    ({"title": "居民楼着火了，冒浓烟"}, "fire", "fire"),
    ({"title": "求助", "text": "隔壁仓库起火，火势很大"}, "fire", "fire"),
    ({"title": "求助", "text": "化工厂着火，里面有易燃易爆物品"}, "fire", "fire"),
    ({"title": "楼道堆放纸箱", "text": "一旦起火后果严重，容易引发火灾"}, "fire-hazard", "fire-hazard"),
    ({"title": "电动车棚违规", "text": "电瓶可能爆炸"}, "fire-hazard", "fire-hazard"),
    ({"title": "烟火", "category_names": ("烟火", "FireOrSmokeDetected")}, "fire", "fire"),
    # gas
    ({"title": "小区楼道有很浓的天然气味"}, "gas-leak", "gas"),
    ({"title": "120急救：一氧化碳中毒", "category_names": ("急救", "一氧化碳中毒")}, "carbon-monoxide", "gas"),
    # warnings
    (
        {
            "title": "运城市气象台发布大风蓝色预警[IV级/一般]",
            "code": CategoryCode(kind=EVENT, code="11B06", standard_ref="GB/T 34283"),
            "category_names": ("自然灾害", "气象灾害", "大风"),
        },
        "wind-warning",
        "weather",
    ),
    (
        {"title": "盐湖区气象台发布暴雨橙色预警", "category_names": ("自然灾害", "气象灾害", "暴雨")},
        "storm-warning",
        "weather",
    ),
    ({"title": "Warning", "category_names": ("Met", "Severe Thunderstorm")}, "storm-warning", "weather"),
    # the street
    ({"title": "井盖不见了，很危险"}, "manhole-cover", "manhole"),
    ({"title": "x", "code": CategoryCode(kind=COMPONENT, code="0101")}, "manhole-cover", "manhole"),
    ({"title": "x", "code": CategoryCode(kind=EVENT, code="0101")}, "illegal-building", "illegal-building"),
    ({"title": "井盖异常", "category_names": ("井盖异常", "wellCoverAbnormal")}, "manhole-cover", "manhole"),
    ({"title": "x", "code": CategoryCode(kind=EVENT, code="06010", standard_ref="GB/T 47678.5-2026")},
     "exposed-garbage", "garbage"),
    ({"title": "垃圾满溢", "category_names": ("垃圾满溢", "GarbageOverflow")}, "garbage-overflow", "garbage"),
    ({"title": "夜间施工噪音太大"}, "construction-noise", "noise"),
    ({"title": "停车", "category_names": ("城市管理", "违章停车")}, "illegal-parking", "parking"),
    ({"title": "路边小贩摆摊占道"}, "street-vendor", "street-order"),
    ({"title": "暖气不热，室温只有14度"}, "no-heating", "heating"),
    ({"title": "大树倒了压住汽车"}, "tree-fallen", "trees"),
    ({"title": "整个村停电"}, "power-outage", "power"),
    ({"title": "120急救：胸痛", "category_names": ("急救", "胸痛")}, "medical-emergency", "medical"),
    ({"title": "老旧房屋倒塌"}, "building-danger", "building"),
    ({"title": "飞机晚点了怎么办"}, UNCLASSIFIED, UNCLASSIFIED),
    # a flooded underpass, told by the traffic police under one of their five kinds
    ({"title": "道路积水严重", "category_names": ("交通灾害", "disaster")}, "road-ponding", "water"),
    ({"title": "K12+300", "category_names": ("交通灾害", "disaster")}, "traffic-disaster", "traffic"),
    ({"title": "车流量大，行驶缓慢", "category_names": ("道路异常",)}, "traffic-jam", "congestion"),
    ({"title": "K3", "category_names": ("道路异常",)}, "road-obstruction", "traffic"),
    # personal and social matters
    ({"title": "咨询社保怎么办理"}, "social-security", "social-security"),
    ({"title": "咨询", "category_names": ("社会保障", "养老保险", "政策咨询")}, "social-security", "social-security"),
    ({"title": "公积金贷款额度怎么算"}, "provident-fund", "provident-fund"),
    ({"title": "小区物业费太高，物业公司不作为"}, "property-management", "property"),
    ({"title": "工地拖欠农民工工资"}, "unpaid-wages", "labour"),
    ({"title": "公交车末班车太早，建议增加班次"}, "public-transport", "public-transport"),
    ({"title": "孩子转学需要哪些入学材料"}, "school-admission", "school-admission"),
    ({"title": "学校强制补课收费"}, "school-conduct", "school"),
    ({"title": "新生儿落户怎么办"}, "household-registration", "household-registration"),
    ({"title": "医保异地就医报销"}, "medical-insurance", "medical-insurance"),
    ({"title": "健身房跑路不退款"}, "consumer-dispute", "consumer-dispute"),
    ({"title": "开发商迟迟不交房"}, "home-sale", "home-sale"),
    ({"title": "单元电梯停运三天"}, "elevator", "elevator"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "category", "family"), MATTERS, ids=[m[0]["title"] + m[1] for m in MATTERS])
def test_matters(book: Rulebook, fields: dict[str, Any], category: str, family: str) -> None:
    found = classify(a_report(**fields), book)
    assert (found.category, found.family) == (category, family), found.why


SEVERE = [
    ({"title": "居民楼着火，有人被困"}, Severity.II),
    ({"title": "化工厂发生爆炸"}, Severity.I),
    ({"title": "两车追尾，一辆油罐车"}, Severity.II),
    ({"title": "小学门口井盖没了"}, Severity.III),
    ({"title": "井盖响"}, Severity.IV),
]


@pytest.mark.parametrize(("fields", "severity"), SEVERE)
def test_severities(book: Rulebook, fields: dict[str, Any], severity: Severity) -> None:
    assert classify(a_report(**fields), book).severity is severity


ADDRESSES = [
    ("山西省运城市临猗县猗氏镇双塔路9号", "140821"),
    ("猗氏镇某村", "140821"),
    ("新绛县龙兴镇", "140825"),
    ("绛县横水镇", "140826"),
    ("运城市盐湖区禹都大道", "140802"),
    ("夏县泗交镇", "140828"),
    ("风陵渡大桥", "140830"),
    ("永济市蒲州镇鹳雀楼", "140881"),
    ("铝基地清涧街道", "140882"),
    ("解州关帝庙", "140802"),
    ("某小区", None),
]


@pytest.mark.parametrize(("address", "district"), ADDRESSES)
def test_addresses(atlas: Atlas, address: str, district: str | None) -> None:
    found = locate(a_report(address=address), atlas)
    assert isinstance(found, Place)
    assert found.district == district


POINTS = [
    ((111.0070, 35.0228), "140802"),
    ((110.7707, 35.1416), "140821"),
    ((111.2203, 35.1410), "140828"),
    ((110.4476, 34.8671), "140881"),
    ((110.7121, 35.5963), "140882"),
    ((110.466, 35.361), "140822"),  # 后土祠 on the Yellow River, outside of the coarse border
    ((110.05, 34.60), None),  # 渭南, across the river
    ((112.45, 34.62), None),  # 洛阳
]


@pytest.mark.parametrize(("point", "district"), POINTS)
def test_points(atlas: Atlas, point: tuple[float, float], district: str | None) -> None:
    given = SourcePoint(lon=point[0], lat=point[1], system=CoordinateSystem.WGS84, field="$.lon")
    found = locate(a_report(point=given), atlas)
    assert isinstance(found, Reject) if district is None else isinstance(found, Place) and found.district == district
