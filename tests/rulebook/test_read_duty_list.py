"""The duty list and the map of feeds: read into routes and deadlines, or refused with every mistake."""

import pytest

from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, DeadlineBasis, DeadlineKind, Feed
from tests.rulebook.city_folder import FOLDER

CITY = (
    FOLDER["city.yaml"]
    .replace(
        "districts:\n",
        """\
local_units:
  office: {zh: 所属街办, en: Office, words: [街办]}
  owner: {zh: 产权单位, en: Owner, assigned: false}
districts:
""",
    )
    .replace("words: [盐湖区, 解州镇]", "words: [盐湖区, 解州镇]\n    local: {office: {解州镇: water}}")
)
LIST = {
    **FOLDER,
    "city.yaml": CITY,
    "categories.yaml": FOLDER["categories.yaml"].replace("[0501, {", "[{"),
    "duties/event.yaml": """\
kind: event
districts: [140802]
classes:
  "05": 突发事件
duties:
  "0501":
    name: 供水管道破裂
    category: burst
    units: [owner, water, office]
    supervisors: [centre]
    clauses:
      - {said: [漏水], basis: urgent_hour, amount: 1}
      - {said: [塌陷], basis: work_day, amount: 5, usual: true}
""",
    "duties/component.yaml": """\
kind: component
standard_ref: 别的清单
duties:
  "0125":
    name: 供水器
    category: burst
    units: [owner]
    clauses:
      - {said: [破损], basis: natural_day, amount: 2}
""",
    "duties/units.yaml": "bureaus:\n  unit-1: {zh: 公交公司, en: Bus Company}\n",
    "feeds.yaml": "video:\n  WaterPipeBurst: burst\nhotline:\n  水管: burst\n",
}


def read(files: dict[str, str]) -> Rulebook:
    book = read_rulebook(files, {})
    assert isinstance(book, Rulebook), [str(error) for error in book]
    return book


def test_a_subclass_is_a_duty_a_route_and_a_deadline_for_each_clause() -> None:
    book = read(LIST)
    duty = book.duties["event-0501"]
    assert duty.code == CategoryCode(kind=CategoryKind.EVENT, code="0501", standard_ref="清单")
    assert (duty.class_name, duty.usual, duty.districts) == ("突发事件", "event-0501.2", {"140802"})
    severe, other, route, by_hand = book.routes
    assert (severe.id, other.id, by_hand.id) == ("severe", "duty-component-0125", "duty-burst")
    assert (route.id, route.duty, route.lead, route.assist) == ("duty-event-0501", "event-0501", "water", ("office",))
    assert (route.supervisors, route.why) == (("centre",), "清单 事件05-01供水管道破裂")
    clause = book.deadlines[-3]
    assert (clause.id, clause.kind, clause.basis) == (
        "clause-event-0501.1",
        DeadlineKind.RESOLVE,
        DeadlineBasis.URGENT_HOUR,
    )
    assert clause.why == "清单 事件05-01供水管道破裂：漏水 1紧急工作时"
    assert book.deadlines[-1].id == "resolve"


def test_an_owner_alone_receives_nothing() -> None:
    route = next(route for route in read(LIST).routes if route.duty == "component-0125")
    assert (route.lead, route.assist, route.supervisors) == ("district", (), ())


def test_codes_and_names_of_the_list_lead_to_the_category() -> None:
    burst = read(LIST).categories["burst"]
    assert {(code.kind, code.code, code.standard_ref) for code in burst.codes} == {
        (CategoryKind.EVENT, "06010", "GB/T 47678.5-2026"),
        (CategoryKind.EVENT, "0501", "清单"),
        (CategoryKind.COMPONENT, "0125", "别的清单"),
    }
    assert burst.names == ("爆管", "供水器", "供水管道破裂")


def test_a_city_without_a_list_needs_none() -> None:
    book = read(FOLDER)
    assert (book.duties, book.feed_names, book.list_bureaus) == ({}, {}, frozenset())


def test_feeds_and_local_units() -> None:
    book = read(LIST)
    assert book.feed_names == {Feed.VIDEO: {"WaterPipeBurst": "burst"}, Feed.HOTLINE: {"水管": "burst"}}
    assert book.city.districts[0].local_by_word == {"office": {"解州镇": "water"}}
    assert [unit.assigned for unit in book.city.local_units] == [True, False]
    assert book.list_bureaus == {"unit-1"}


EVENT, COMPONENT = "duties/event.yaml", "duties/component.yaml"
WRONG = [
    (EVENT, "category: burst", "category: brust", "event.yaml:8:15: no category `brust`; did you mean `burst`?"),
    (EVENT, "owner, water", "owner, watr", "no unit `watr`; did you mean `water`?"),
    (EVENT, "supervisors: [centre]", "supervisors: [nobody]", "event.yaml:10:19: no unit `nobody`"),
    (EVENT, "districts: [140802]", "districts: [140899]", "no district `140899`"),
    (EVENT, "kind: event", "kind: evnt", "`evnt` is none of component, event, service"),
    (EVENT, "basis: urgent_hour", "basis: urgent", "is none of urgent_hour"),
    (EVENT, "amount: 1}", "amount: 0}", "0 is out of range"),
    (EVENT, "[漏水]", "[漏]", "`漏` is too short"),
    (EVENT, "    name: 供水管道破裂\n", "", "`name` is missing"),
    (EVENT, "amount: 1}", "amount: 1, usual: true}", "another clause of this duty is the usual one already"),
    (EVENT, '"0501"', '"05"', "`05` is no code"),
    (EVENT, '"0501"', '"05-01"', "`05-01` is no code"),
    (EVENT, "    units:", "    unit: x\n    units:", "unknown key `unit`; did you mean `units`?"),
    (
        COMPONENT,
        "      - {said: [破损], basis: natural_day, amount: 2}\n",
        "      []\n",
        "a duty has at least one clause",
    ),
    ("feeds.yaml", "水管: burst", "水管: brust", "feeds.yaml:4:7: no category `brust`"),
    ("feeds.yaml", "video:", "vidio:", "unknown key `vidio`; did you mean `video`?"),
    ("feeds.yaml", "水管: burst", "水管: burst\n  水 管: burst", "given twice"),
    ("city.yaml", "local: {office:", "local: {offices:", "no local unit `offices`; did you mean `office`?"),
    ("city.yaml", "解州镇: water}}", "解州镇: watr}}", "no bureau `watr`; did you mean `water`?"),
    ("city.yaml", "  office:", "  water:", "`water` is a bureau already"),
    ("duties/units.yaml", "unit-1", "unit 1", "`unit 1` cannot be a key"),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), WRONG, ids=[f"{w[0]}-{n}" for n, w in enumerate(WRONG)])
def test_each_mistake_is_named(file: str, old: str, new: str, expected: str) -> None:
    assert old in LIST[file]
    found = read_rulebook({**LIST, file: LIST[file].replace(old, new, 1)}, {})
    assert not isinstance(found, Rulebook)
    assert any(expected in str(error) for error in found), [str(error) for error in found]


def errors_of(**changed: tuple[str, str]) -> list[str]:
    files = dict(LIST)
    for name, (old, new) in changed.items():
        file = {"component": COMPONENT, "event": EVENT, "categories": "categories.yaml"}[name]
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    found = read_rulebook(files, {})
    assert not isinstance(found, Rulebook)
    return [str(error) for error in found]


def test_a_subclass_stands_in_one_file() -> None:
    (error, *_) = errors_of(
        component=('kind: component\nstandard_ref: 别的清单\nduties:\n  "0125"', 'kind: event\nduties:\n  "0501"')
    )
    assert "`event-0501` stands in another file of the duty list already" in error


OTHER = "  unclassified: {kind: event, name: {zh: 未分类, en: Unclassified}, family: unclassified, severity: IV"


def test_a_code_or_name_of_another_category_is_refused() -> None:
    coded = errors_of(categories=(OTHER, OTHER + ", codes: [0501]"))
    assert coded == ["duties/event.yaml:7:5: its code leads to the category `unclassified` in categories.yaml"]
    named = errors_of(categories=(OTHER, OTHER + ", names: [供水 器]"))
    assert named == ["duties/component.yaml:5:5: its name `供水器` names the category `unclassified`"]
