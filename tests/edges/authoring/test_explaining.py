"""`hub rules explain` on a file: every rule tried, what failed, and it never names another winner than the rooms do."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.edges.authoring.explaining import Explanation, explain
from hub.edges.authoring.wording import explained
from hub.edges.rules import load_city
from hub.pipeline import decide
from hub.rulebook.book import DeadlineRule, Route, Rulebook
from hub.settings import SettingsError, shipped
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Nearby
from hub.vocabulary.phrases import Language
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, Severity, Stage
from tests.builders import AT, a_book, a_located
from tests.edges.authoring.conftest import Author

CALL = """{"order_id": "1", "title": "解放路水管爆了", "content": "有人被困", "called_at": "2026-03-03 10:00:00",
 "caller_name": "张三丰", "caller_phone": "13812345678", "longitude": 111.0070, "latitude": 35.0228,
 "district": "140802"}"""


@pytest.fixture
def call(tmp_path: Path) -> str:
    path = tmp_path / "call.json"
    path.write_text(CALL, "utf-8")
    return str(path)


def test_the_text_to_paste(author: Author, call: str) -> None:
    code, said = author.rules("explain", call, "--feed", "hotline")
    version = load_city(author.folder).version
    assert code == 0
    assert (
        said
        == f"""\
上报 hotline:1，运城市规则版本 {version}
【类别】
  ✗ 代码：未提供；名称：未提供
  ✓ 文字中的“水管爆”指向类别“爆管”（得分 6）。
【等级】
  ✓ 类别“爆管”的默认等级为 III 级。
  ✓ 规则“trapped”定为 II 级，依据“被困”。依据：有人被困
【位置】
  ✓ 按来源给出的坐标（GCJ-02）定位。
  ✓ 坐标在盐湖区（140802）边界之内，边界 114 个折点。
【归并】
  ✓ 新立事件：规则“water”的范围和时间内没有同类事件。依据：同一处
【派遣】
  ✓ 按派遣规则“severe”由 指挥中心 牵头。依据：严重的由中心牵头
【时限】
  ✓ 规则“resolve”：处置时限 5 工作日。依据：五个工作日

"""
    )


def test_it_fits_a_dispute_and_names_nobody(author: Author, call: str) -> None:
    folder = shipped("rules") / "yuncheng"
    author.folder = folder
    for language in ("zh", "en"):
        _, said = author.rules("explain", call, "--feed", "hotline", "--language", language)
        assert len(said.splitlines()) <= 30
        assert "张三" not in said
        assert "13812345678" not in said
        assert "duty-event-0501" in said
        assert "清单 事件05-01" in said


def test_in_english_with_what_failed(author: Author, call: str) -> None:
    text = Path(call).read_text("utf-8").replace("有人被困", "一直冒水").replace("111.0070", "110.9")
    Path(call).write_text(text.replace('"longitude": 110.9, "latitude": 35.0228,', ""), "utf-8")
    _, said = author.rules("explain", call, "--feed", "hotline", "--language", "en")
    assert "  ✗ code: not given; name: not given\n  ✓ The words “水管爆” speak for category “Burst”" in said
    assert "  ✗ trapped: none of its words" in said
    assert "  ✗ point: not given; device: not given; known place: not given; area outline: not given;" in said
    assert "district code" not in said.split("✓ Only the district is known")[1]
    assert "  ✗ severe: not severe enough\n  ✓ By route “duty-burst”, Water leads, assisted by Centre. Ground" in said


def test_json_and_records_that_open_nothing(author: Author, call: str) -> None:
    many = (
        f'[{CALL}, {{"order_id": "2"}}, {CALL.replace("1", "3", 1).replace("解放路", "演练")[:-1]}, "status": "test"}}]'
    )
    Path(call).write_text(many, "utf-8")
    code, said = author.rules("explain", call, "--feed", "hotline", "--json")
    assert code == 1, "one of them is no report"
    first, second, third = (msgspec.json.decode(line) for line in said.splitlines())
    assert [step["stage"] for step in first["steps"]][:5] == ["classify", "severity", "locate", "fuse", "route"]
    assert first["border"]["inside"]
    assert second["reject"] == "missing_field"
    assert third["status"] == "test"
    _, said = author.rules("explain", call, "--feed", "hotline")
    assert "退回件，不是上报\n  原因：missing_field\n  字段：$" in said
    assert "不立件 no incident" in said


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("call.json", '{"order_id": ', "bad_json"),
        ("call.txt", "order_id: 1", "bad_json"),
        ("call.xml", "  <alert", "unknown_format"),
        ("call.csv", "工单编号,标题\n", "bad_csv"),
    ],
)
def test_a_broken_file_is_named_for_what_it_was_meant_to_be(
    author: Author, tmp_path: Path, file: str, text: str, reason: str
) -> None:
    path = tmp_path / file
    path.write_text(text, "utf-8")
    code, said = author.rules("explain", str(path), "--feed", "hotline", "--json")
    assert (code, msgspec.json.decode(said)["reject"]) == (1, reason)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "neither a file nor the id of a report"),
        (["FILE"], "--feed: which feed"),
        (["FILE", "--feed", "grid"], "sources of the feed grid in this city are none"),
        (["FILE", "--feed", "hotline", "--source", "x"], "in this city are hotline"),
    ],
)
def test_what_is_missing_is_said(author: Author, call: str, arguments: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        author.rules("explain", *(call if argument == "FILE" else argument for argument in arguments))


CATEGORIES = ("burst_main", "flooding", "noise")
SOME = st.none() | st.frozensets(st.sampled_from(CATEGORIES), min_size=1)
FAMILIES = st.none() | st.frozensets(st.sampled_from(["water", "noise"]), min_size=1)
LEVELS = st.none() | st.sampled_from(Severity)
ROUTES = st.lists(
    st.builds(
        dict,
        categories=SOME,
        families=FAMILIES,
        districts=st.none() | st.frozensets(st.sampled_from(["140802", "140881"]), min_size=1),
        severity_at_least=LEVELS,
        feeds=st.none() | st.frozensets(st.sampled_from(Feed), min_size=1),
    ),
    max_size=8,
)
DEADLINES = st.lists(
    st.builds(
        dict,
        kind=st.sampled_from(DeadlineKind),
        categories=SOME,
        families=FAMILIES,
        severity_at_least=LEVELS,
    ),
    max_size=8,
)


def book_of(routes: list[dict[str, object]], deadlines: list[dict[str, object]]) -> Rulebook:
    return a_book(
        routes=tuple(Route(id=f"r{n}", why="", lead="water", **route) for n, route in enumerate(routes)),
        deadlines=tuple(
            DeadlineRule(id=f"d{n}", why="", basis=DeadlineBasis.URGENT_HOUR, amount=1, **rule)
            for n, rule in enumerate(deadlines)
        ),
    )


def explanation_of(book: Rulebook, category: str, severity: Severity, feed: Feed) -> Explanation:
    family = book.categories[category].family
    located = a_located("1", category=category, family=family, severity=severity, feed=feed)
    decision = decide((located,), Nearby(), book, AT + timedelta(minutes=1))
    whys = [why for entry in decision.timeline for why in entry.why]
    whys += [deadline.why for task in decision.tasks for deadline in task.deadlines]
    return explain(located, whys, book, Atlas(book.city))


@settings(deadline=None, max_examples=150)
@given(
    routes=ROUTES,
    deadlines=DEADLINES,
    category=st.sampled_from(CATEGORIES),
    severity=st.sampled_from(Severity),
    feed=st.sampled_from(Feed),
)
def test_the_conditions_told_are_those_of_the_rooms(
    routes: list[dict[str, object]],
    deadlines: list[dict[str, object]],
    category: str,
    severity: Severity,
    feed: Feed,
) -> None:
    """Whatever stands before the rule that held has a condition that failed; nothing is left unexplained."""
    book = book_of(routes, deadlines)
    explanation = explanation_of(book, category, severity, feed)
    assert all(explained(explanation, book, language) for language in get_args(Language))
    for step in explanation.steps:
        if step.stage not in (Stage.ROUTE, Stage.DEADLINES):
            continue
        assert all("other" not in tried.failed for tried in step.tried)
        held = [tried.rule for tried in step.tried if not tried.failed]
        won = {why.rule for why in step.why} - {"none"}
        assert set(held) == won
        assert not held or step.tried[-1].rule == held[0]


def test_a_rule_with_a_condition_of_another_kind_is_not_said_to_hold() -> None:
    """As when a stored decision was made by what the explanation cannot see."""
    book = book_of([{}, {}], [])
    located = a_located("1")
    decision = decide((located,), Nearby(), book_of([], []), AT + timedelta(minutes=1))
    explanation = explain(located, [why for entry in decision.timeline for why in entry.why], book, Atlas(book.city))
    step = next(step for step in explanation.steps if step.stage is Stage.ROUTE)
    assert [tried.failed for tried in step.tried] == [("other",), ("other",)]


BY_THE_HOUR = """\
routes:
  - {id: night, why: 夜间值班, when: hour >= 22, lead: centre}
  - {id: broken, why: 坏的条件, when: 1 / (hour - hour) > 0, lead: centre}
  - id: water
    why: 供水归水务
    families: [water]
    lead: water
    continue: true
    routes:
      - {id: worst, why: 特别严重的, severity_at_least: I, assist: [centre]}
  - {id: more, why: 属地协办, assist: [district]}
"""


def test_conditions_and_trees_are_explained(author: Author, call: str) -> None:
    author.write("routing.yaml", BY_THE_HOUR)
    severity = author.folder / "severity.yaml"
    severity.write_text(
        severity.read_text("utf-8") + "  - {id: late, why: 夜间, severity: I, when: hour >= 22}\n", "utf-8"
    )
    _, said = author.rules("explain", call, "--feed", "hotline")
    assert "  ✗ late：条件（when）不成立\n" in said
    dispatch = said.partition("【派遣】\n")[2].partition("【时限】")[0]
    assert (
        dispatch
        == """\
  ✗ night：条件（when）不成立
  ✗ worst：等级未达到
  ✓ 按派遣规则“water”由 节约用水中心 牵头。依据：供水归水务
  ✓ 派遣规则“more”加派 指挥中心 协办。依据：属地协办
  ✗ 派遣规则“broken”的条件（routing.yaml:3）无法判定：divide by zero；该规则未适用，请修改规则。
"""
    )


def test_a_rule_that_could_not_be_decided_had_no_part(author: Author) -> None:
    author.write("routing.yaml", BY_THE_HOUR)
    author.write(
        "cases/a.yaml",
        """\
cases:
  - id: by-day
    why: 白天
    reports: {one: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆, point: [111.0070, 35.0228]}}
    expect:
      - {of: [one], lead: water, assist: [centre], rules: [water, more], not: {rules: [broken, night]}}
""",
    )
    code, said = author.rules("test", "--coverage")
    assert code == 0, said
    assert "routing.yaml, duties.yaml: 2 of 6 touched" in said
    assert [line.split()[-1] for line in said.splitlines() if "routing.yaml:" in line and "untouched" in line] == [
        *("night", "broken", "worst")
    ]
    assert "routing.yaml:10  worst" in said


PATTERNS = """\
patterns:
  - {id: many, why: 一片多处, kind: count, of: {categories: [burst]}, at_least: 2, radius_m: 500, within_minutes: 30}
  - id: by-hand
    why: 网格员
    kind: count
    of: {families: [water], feeds: [grid]}
    at_least: 2
    radius_m: 9
    within_minutes: 5
  - id: other
    why: 未分类的
    kind: count
    of: {categories: [unclassified]}
    at_least: 2
    same_district: true
    within_minutes: 30
"""


def test_patterns_are_told_with_what_stood_in_their_way(author: Author, call: str) -> None:
    author.write("patterns.yaml", PATTERNS)
    _, said = author.rules("explain", call, "--feed", "hotline")
    assert said.rstrip().endswith(
        """\
【感知】
  ✗ many：所见不够
  ✗ by-hand：来源渠道不符
  · 之前有 1 条与此类别无关"""
    )


def test_conditions_of_mutes_and_supervision_are_explained(author: Author, call: str) -> None:
    step = "steps: [{after: {amount: 0, basis: work_day}, raise: red, to: lead}]"
    mute = "why: 演练, owner: water, until: 2099-01-01 00:00, families: [water], severity_at_most: II"
    author.write(
        "mutes.yaml",
        f"mutes:\n  - {{id: night, {mute}, when: hour >= 22}}\n  - {{id: bad, {mute}, when: 1 / (hour - hour) > 0}}\n",
    )
    author.write(
        "escalation.yaml",
        "escalation:\n"
        f"  - {{id: late, why: 夜间, clock: resolve, when: hour >= 22, {step}}}\n"
        f"  - {{id: bad-step, why: 坏, clock: resolve, when: 1 / (hour - hour) > 0, {step}}}\n"
        f"  - {{id: all, why: 其余, clock: resolve, {step}}}\n",
    )
    _, said = author.rules("explain", call, "--feed", "hotline")
    assert "  ✗ night：条件（when）不成立\n" in said, said
    assert "  ✗ 静默规则“bad”的条件（mutes.yaml:3）无法判定：divide by zero；该规则未适用，请修改规则。\n" in said
    supervised = said.partition("【督办】\n")[2]
    assert "  ✗ late：条件（when）不成立\n" in supervised
    assert "督办规则“bad-step”的条件（escalation.yaml:3）无法判定" in supervised
