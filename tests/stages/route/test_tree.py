"""The routing tree: what a route inherits, who wins, who adds; the flat table against a plain walk through the tree."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import CONDITION_FAILED
from hub.rulebook.read import read_rulebook
from hub.stages.route import Routing, route
from hub.vocabulary.terms import Feed, Severity, Stage
from tests.builders import an_incident
from tests.rulebook.city_folder import FOLDER

CITY = FOLDER["city.yaml"].replace(
    "districts:\n", "".join(f"  {key}: {{zh: {key}, en: {key}}}\n" for key in "abcdefg") + "districts:\n", 1
)


def a_tree(routes: str) -> Rulebook:
    book = read_rulebook({**FOLDER, "city.yaml": CITY, "routing.yaml": routes, "duties.yaml": "duties: {}\n"}, {})
    assert isinstance(book, Rulebook), [str(error) for error in book]
    return book


def routed(book: Rulebook, **fields: Any) -> Routing:
    given = {"category": "burst", "severity": Severity.III, "feeds": (Feed.HOTLINE,), "district": "140802"}
    return route(an_incident(**{**given, **fields}), book)


INHERITED = a_tree("""\
routes:
  - id: central
    why: 中心城区
    districts: [140802]
    routes:
      - id: water
        why: 供排水
        families: [water]
        lead: a
        assist: [b, c]
        routes:
          - {id: night, why: 夜间值班, when: hour >= 22 || hour < 6, lead: d}
          - {id: severe, why: 严重的加派, severity_at_least: II, assist: [e]}
          - {id: alone, why: 网格自办, feeds: [grid], assist: []}
          - {id: assistant-leads, why: 协办变牵头, feeds: [video], lead: b}
""")

NIGHT = {"first_report_at": datetime(2026, 3, 3, 15, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("fields", "rule", "lead", "assist"),
    [
        ({}, "water", "a", ("b", "c")),
        (NIGHT, "night", "d", ("b", "c")),
        ({"severity": Severity.I}, "severe", "a", ("e",)),
        ({"severity": Severity.I, **NIGHT}, "night", "d", ("b", "c")),
        ({"feeds": (Feed.GRID,)}, "alone", "a", ()),
        ({"feeds": (Feed.VIDEO,)}, "assistant-leads", "b", ("c",)),
        ({"district": "140821"}, "none", "centre", ()),
        ({"family": "noise"}, "none", "centre", ()),
    ],
)
def test_a_route_inherits_what_it_does_not_say(
    fields: dict[str, Any], rule: str, lead: str, assist: tuple[str, ...]
) -> None:
    found = routed(INHERITED, **fields)
    assert (found.why.rule, found.lead, found.assist) == (rule, lead, assist)


def test_a_group_without_a_lead_leaves_the_rest_to_those_behind_it() -> None:
    book = a_tree("""\
routes:
  - id: group
    why: 只是分组
    families: [water]
    routes:
      - {id: inside, why: 严重的, severity_at_least: I, lead: a}
  - {id: behind, why: 其余, lead: b}
""")
    assert routed(book, severity=Severity.I).lead == "a"
    assert routed(book).lead == "b"
    assert [found.id for found in book.routes] == ["inside", "behind"]


GOING_ON = a_tree("""\
routes:
  - {id: first, why: 先, severity_at_least: II, lead: a, continue: true}
  - id: group
    why: 分组
    routes:
      - {id: cameras, why: 视频的加派, feeds: [video], lead: b, assist: [c]}
  - {id: hidden, why: 前面一条到此为止, feeds: [video], assist: [g]}
  - {id: third, why: 再加派, severity_at_least: I, lead: a, assist: [d], continue: true}
  - {id: fourth, why: 最后一条, families: [water], lead: e}
  - {id: never, why: 轮不到, lead: f}
""")


@pytest.mark.parametrize(
    ("fields", "lead", "assist", "added"),
    [
        ({}, "e", (), []),
        ({"severity": Severity.II}, "a", ("e",), ["fourth"]),
        ({"severity": Severity.I}, "a", ("d", "e"), ["third", "fourth"]),
        ({"severity": Severity.I, "feeds": (Feed.VIDEO,)}, "a", ("b", "c"), ["cameras"]),
        ({"feeds": (Feed.VIDEO,)}, "b", ("c",), []),
    ],
)
def test_a_route_that_goes_on_lets_those_behind_it_assist(
    fields: dict[str, Any], lead: str, assist: tuple[str, ...], added: list[str]
) -> None:
    found = routed(GOING_ON, **fields)
    assert (found.lead, found.assist) == (lead, assist)
    assert [why.rule for why in found.also if why.verdict == "added"] == added


def test_who_only_assists_leaves_it_to_the_next_to_lead() -> None:
    book = a_tree("""\
routes:
  - {id: night, why: 夜间值班室协办, when: hour >= 22, assist: [g]}
  - {id: severe, why: 严重的, severity_at_least: II, lead: a, assist: [b]}
""")
    assert (routed(book, severity=Severity.I, **NIGHT).lead, routed(book, severity=Severity.I, **NIGHT).assist) == (
        "a",
        ("b", "g"),
    )
    by_district = routed(book, **NIGHT)
    assert (by_district.lead, by_district.assist, by_district.why.verdict) == ("centre", ("g",), "district_bureau")
    assert by_district.also[0].facts == {"assist": "g"}


def test_one_that_goes_on_at_the_top_does_not_reach_into_the_duties() -> None:
    folder = {**FOLDER, "routing.yaml": "routes:\n  - {id: x, why: 续配, lead: centre, continue: true}\n"}
    book = read_rulebook(folder, {})
    assert isinstance(book, Rulebook)
    assert routed(book).assist == ()


def test_a_condition_that_cannot_be_decided_is_told_and_the_next_route_is_tried() -> None:
    book = a_tree("""\
routes:
  - {id: broken, why: 坏的, when: 1 / (hour - hour) > 0, lead: a}
  - {id: next, why: 好的, lead: b}
""")
    found = routed(book)
    assert (found.lead, found.why.rule) == ("b", "next")
    (why,) = found.also
    assert (why.stage, why.rule, why.verdict) == (Stage.ROUTE, "broken", CONDITION_FAILED)
    assert why.facts == {"message": "divide by zero", "where": "routing.yaml:2"}


# A tree as plain values, and the walk through it that the docs describe.

LEVELS = st.sampled_from(["I", "II", "III"])
WHENS = st.sampled_from(["hour < 12", "hour >= 12", "report_count > 3"])
FEEDS = st.lists(st.sampled_from(["hotline", "grid"]), min_size=1, max_size=1)


def nodes(levels: int) -> Any:
    conditions = {"feeds": FEEDS, "when": WHENS, "continue": st.booleans(), "lead": st.sampled_from("abcdefg")}
    more = {"routes": st.lists(nodes(levels - 1), min_size=1, max_size=3)} if levels > 1 else {}
    return st.fixed_dictionaries({}, optional={**conditions, **more})


def mended(tree: list[Any], prefix: str = "r", feeds: tuple[str, ...] = (), lead: str = "") -> list[dict[str, Any]]:
    """The same tree with ids, a lead for every leaf, and feeds only where the route around has them."""
    found = []
    for n, given_node in enumerate(tree):
        node = {**given_node, "id": f"{prefix}-{n}", "why": "随机"}
        if feeds and not set(node.get("feeds", feeds)) <= set(feeds):
            del node["feeds"]
        if "routes" not in node and not node.get("lead", lead):
            node["lead"] = "a"
        if "routes" in node:
            own = tuple(node.get("feeds", feeds))
            node["routes"] = mended(node["routes"], node["id"], own, node.get("lead", lead))
        found.append(node)
    return found


def walk(tree: list[dict[str, Any]], hour: int, feed: str, lead: str = "", feeds: tuple[str, ...] = ()) -> list[str]:
    """The routes that match, by the words of the docs: innermost first, and on behind a route only when it goes on."""
    matched: list[str] = []
    for node in tree:
        own = tuple(node.get("feeds", feeds))
        if own and feed not in own:
            continue
        holds = {"hour < 12": hour < 12, "hour >= 12": hour >= 12, "report_count > 3": False}
        if not holds.get(node.get("when", ""), True):
            continue
        leads = node.get("lead", lead)
        inside = walk(node.get("routes", []), hour, feed, leads, own)
        if inside or leads:
            matched += inside or [node["id"]]
            if not node.get("continue", False):
                return matched
    return matched


@settings(max_examples=60)
@given(
    st.lists(nodes(3), min_size=1, max_size=4),
    st.sampled_from([3, 9]),
    st.sampled_from(["hotline", "grid"]),
)
def test_the_flat_table_decides_as_a_walk_through_the_tree(tree: list[Any], utc_hour: int, feed: str) -> None:
    tree = mended(tree)
    book = a_tree(msgspec.json.encode({"routes": tree}).decode())
    at = an_incident().first_report_at.replace(hour=utc_hour)
    found = routed(book, feeds=(Feed(feed),), first_report_at=at)
    expected = walk(tree, utc_hour + 8, feed)
    assert [found.why.rule, *(why.rule for why in found.also)] == (expected or ["none"])
