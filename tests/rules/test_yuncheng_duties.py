"""The whole duty list of Yuncheng decides: subclass, condition and place lead to bureau, supervisor and deadline."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.edges.rules import load_city
from hub.rulebook.book import UNCLASSIFIED, Rulebook
from hub.settings import shipped
from hub.stages.classify import classify
from hub.stages.deadlines import set_deadlines
from hub.stages.route import route
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, DeadlineBasis, DeadlineKind, Feed
from tests.builders import a_report, an_incident

YANHU, YONGJI = "140802", "140881"
#: A Tuesday, 10:00 in Yuncheng: offices are open.
TUESDAY = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
URGENT, HOUR, DAY, NATURAL = (
    DeadlineBasis.URGENT_HOUR, DeadlineBasis.WORK_HOUR, DeadlineBasis.WORK_DAY, DeadlineBasis.NATURAL_DAY,
)  # fmt: skip
C, E = CategoryKind.COMPONENT, CategoryKind.EVENT


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_city(shipped("rules") / "yuncheng")


def test_all_of_the_list_is_there(book: Rulebook) -> None:
    duties = book.duties.values()
    kinds = [duty.code.kind for duty in duties]
    assert (len(duties), kinds.count(C), kinds.count(E)) == (190, 92, 98)
    assert sum(len(duty.clauses) for duty in duties) == 519
    assert sum(len(duty.clauses) for duty in duties if duty.code.kind is C) == 375
    assert {duty.code.standard_ref for duty in duties} == {"运城市立案处置结案标准"}
    assert {duty.districts for duty in duties} == {frozenset({YANHU})}
    assert all(duty.supervisors and duty.class_name and duty.name for duty in duties)


def test_no_subclass_is_left_without_a_category_of_its_own(book: Rulebook) -> None:
    assert [duty.key for duty in book.duties.values() if duty.category == UNCLASSIFIED] == []


def test_conditions_are_short_words_of_our_own(book: Rulebook) -> None:
    words = {word for duty in book.duties.values() for clause in duty.clauses for word in clause.said}
    assert max(map(len, words)) <= 8
    assert all(clause.said for duty in book.duties.values() for clause in duty.clauses)


def test_every_unit_has_one_name(book: Rulebook) -> None:
    assert book.list_bureaus == frozenset()
    names = [unit.name.zh for unit in (*book.city.bureaus, *book.city.local_units)]
    assert len(set(names)) == len(names)


#: Code, what is said, place → clause, lead, assisting, supervising, basis, amount.
CASES: list[tuple[Any, ...]] = [
    # every basis
    (C, "0102", "井盖缺失", YANHU, "component-0102.1", "drainage-centre", (),
     ("urban-management", "yanhu-government", "development-zone"), URGENT, 2),
    (C, "0102", "井盖破损", YANHU, "component-0102.2", "drainage-centre", (),
     ("urban-management", "yanhu-government", "development-zone"), HOUR, 4),
    (C, "0137", "一盏灯不亮", YANHU, "component-0137.3", "municipal-works", (),
     ("urban-management", "yanhu-government", "development-zone"), DAY, 2),
    (E, "0101", "正在建设", YANHU, "event-0101.1", "yanhu-government", (),
     ("yanhu-government", "development-zone"), NATURAL, 2),
    (E, "0101", "已建成", YANHU, "event-0101.2", "yanhu-government", (),
     ("yanhu-government", "development-zone"), DAY, 15),
    (E, "0122", "有人砍树", YANHU, "event-0122.1", "parks-centre", ("yanhu-government",),
     ("urban-management", "yanhu-government", "development-zone"), URGENT, 1),
    # several units, spelled in several ways
    (E, "0506", "路面积水", YANHU, "event-0506.1", "drainage-centre",
     ("municipal-works", "sanitation-centre", "yanhu-government"),
     ("urban-management", "yanhu-government", "development-zone"), URGENT, 2),
    (E, "0501", "管道漏水", YANHU, "event-0501.1", "water-saving-centre", ("yanhu-government",),
     ("urban-management", "yanhu-government", "development-zone"), URGENT, 1),
    (E, "0501", "路面塌陷", YANHU, "event-0501.2", "water-saving-centre", ("yanhu-government",),
     ("urban-management", "yanhu-government", "development-zone"), DAY, 5),
    (C, "0131", "立杆倾斜", YANHU, "component-0131.1", "industry-bureau", (),
     ("china-unicom", "china-mobile", "china-telecom", "broadcast-network"), URGENT, 4),
    (C, "0284", "地砖松动", YANHU, "component-0284.3", "municipal-works", (), ("urban-management",), DAY, 7),
    # only those who own it are named: whoever supervises begins
    (C, "0140", "亭身锈蚀", YANHU, "component-0140.1", "postal-administration", (), ("postal-administration",), DAY, 2),
    # the county's own government elsewhere, by the same limits
    (C, "0102", "井盖缺失", YONGJI, "component-0102.1", "yongji-government", (), (), URGENT, 2),
    (E, "0506", "路面积水", YONGJI, "event-0506.1", "yongji-government", (), (), URGENT, 2),
    # nobody knows where
    (E, "0506", "路面积水", None, "event-0506.1", "smart-city-centre", (), (), URGENT, 2),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}-{case[2]}-{case[3]}")
def test_subclass_condition_and_place_decide(case: Any, book: Rulebook) -> None:
    kind, digits, said, district, clause, lead, assist, supervisors, basis, amount = case
    found = classify(a_report(title=said, code=CategoryCode(kind=kind, code=digits)), book)
    assert found.clause == clause
    incident = an_incident(
        category=found.category, family=found.family, severity=found.severity, district=district, address=""
    )
    routing = route(incident, book, found.clause)
    assert (routing.lead, routing.assist, routing.supervisors) == (lead, assist, supervisors)
    deadline = next(
        deadline
        for deadline in set_deadlines("T-1", incident, TUESDAY, book, found.clause)
        if deadline.kind is DeadlineKind.RESOLVE
    )
    assert (deadline.basis, deadline.amount, deadline.why.rule) == (basis, amount, f"clause-{clause}")


def test_the_address_says_which_sub_district_it_is(book: Rulebook) -> None:
    here = {"category": "street-vendor", "family": "street-order", "district": YANHU}
    named = route(an_incident(address="盐湖区姚孟街道工农东街", **here), book, "event-0401.1")
    assert (named.lead, named.assist) == ("yaomeng-office", ("yanhu-government",))
    assert named.why.verdict == "matched_district"
    unnamed = route(an_incident(address="工农东街", **here), book, "event-0401.1")
    assert (unnamed.lead, unnamed.assist) == ("yanhu-government", ())


def test_every_duty_has_a_lead_in_the_city_and_in_a_county(book: Rulebook) -> None:
    bureaus = {bureau.id for bureau in book.city.bureaus}
    for duty in book.duties.values():
        for district, rule in ((YANHU, f"duty-{duty.key}"), (YONGJI, None)):
            category = book.categories[duty.category]
            incident = an_incident(category=duty.category, family=category.family, district=district, address="")
            routing = route(incident, book, duty.usual)
            assert {routing.lead, *routing.assist, *routing.supervisors} <= bureaus
            # Only what is dangerous goes before the list.
            assert district == YONGJI or routing.why.rule in {rule, "gas-danger", "power"}, (duty.key, routing.why)


#: One happening as several feeds name it.
TOLD = [
    ("water", [(Feed.HOTLINE, "供水管网爆裂"), (Feed.VIDEO, "WaterPipeBurst"), (Feed.GRID, "自来水管破裂"),
               (Feed.CITY, "供水管道破裂"), (Feed.TRAFFIC, "路面积水"), (Feed.EMERGENCY, "供水突发事件")]),
    ("traffic", [(Feed.TRAFFIC, "多车事故"), (Feed.MEDICAL, "交通伤"), (Feed.VIDEO, "TrafficAccident"),
                 (Feed.EMERGENCY, "道路交通事故灾难")]),
    ("manhole", [(Feed.HOTLINE, "井盖丢失"), (Feed.VIDEO, "wellCoverAbnormal"), (Feed.CITY, "污水井盖")]),
    ("gas", [(Feed.HOTLINE, "燃气管网泄漏"), (Feed.EMERGENCY, "燃气事故"), (Feed.MEDICAL, "煤气中毒")]),
    ("garbage", [(Feed.HOTLINE, "垃圾未清运"), (Feed.VIDEO, "GarbageExposed"), (Feed.CITY, "垃圾箱")]),
    ("trees", [(Feed.HOTLINE, "树木折断"), (Feed.TRAFFIC, "树木倒伏"), (Feed.VIDEO, "TreeFallen")]),
]  # fmt: skip


@pytest.mark.parametrize(("family", "tellings"), TOLD, ids=[family for family, _ in TOLD])
def test_several_feeds_tell_of_one_thing(family: str, tellings: list[tuple[Feed, str]], book: Rulebook) -> None:
    for feed, name in tellings:
        found = classify(a_report(title="x", category_names=(name,), feed=feed), book)
        assert found.family == family, (feed, name, found.category)


def test_the_map_names_categories_that_exist_for_every_feed_but_open311(book: Rulebook) -> None:
    assert set(book.feed_names) == set(Feed) - {Feed.OPEN311}
    assert {key for names in book.feed_names.values() for key in names.values()} <= set(book.categories)
