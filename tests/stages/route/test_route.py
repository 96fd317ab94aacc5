"""Who leads and who assists: tables, and that there is always exactly one lead however many routes there are."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rulebook.book import District, LocalUnit, Name, Route
from hub.stages.route import Routing, route
from hub.stages.route.table import RouteTable
from hub.vocabulary.terms import Feed, Severity
from tests.builders import a_book, a_city, an_incident


def a_route(route_id: str, **fields: Any) -> Route:
    return Route(id=route_id, why="", **fields)


@dataclass
class Case:
    proves: str
    routes: tuple[Route, ...]
    lead: str
    rule: str
    verdict: str
    assist: tuple[str, ...] = ()
    incident: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case(
        "The first route in order wins, also when a later one is more exact",
        (a_route("first", families=frozenset({"water"}), lead="water"), a_route("second", lead="traffic")),
        "water",
        "first",
        "matched",
    ),
    Case(
        "A route of another category is passed over",
        (a_route("noise", categories=frozenset({"noise"}), lead="water"), a_route("rest", lead="traffic")),
        "traffic",
        "rest",
        "matched",
    ),
    Case(
        "All fields must match: right family, other district",
        (a_route("far", families=frozenset({"water"}), districts=frozenset({"140881"}), lead="water"),),
        "yanhu",
        "none",
        "district_bureau",
    ),
    Case(
        "A severity of at least II takes in I",
        (a_route("bad", severity_at_least=Severity.II, lead="duty"),),
        "duty",
        "bad",
        "matched",
        incident={"severity": Severity.I},
    ),
    Case(
        "A severity of at least II leaves III alone",
        (a_route("bad", severity_at_least=Severity.II, lead="water"),),
        "yanhu",
        "none",
        "district_bureau",
    ),
    Case(
        "Any one of the incident's feeds is enough",
        (a_route("seen", feeds=frozenset({Feed.VIDEO}), lead="traffic"),),
        "traffic",
        "seen",
        "matched",
        incident={"feeds": (Feed.HOTLINE, Feed.VIDEO)},
    ),
    Case(
        "`district` is the bureau of the incident's district",
        (a_route("local", lead="district"),),
        "yongji",
        "local",
        "matched_district",
        incident={"district": "140881"},
    ),
    Case(
        "`district` without a district falls to the bureau of last resort",
        (a_route("local", lead="district"),),
        "duty",
        "local",
        "matched_fallback",
        incident={"district": None},
    ),
    Case(
        "No route and no district: the bureau of last resort",
        (),
        "duty",
        "none",
        "fallback",
        incident={"district": None},
    ),
    Case("A district that nobody knows is like none", (), "duty", "none", "fallback", incident={"district": "999999"}),
    Case(
        "Assistants are named once and never lead as well",
        (a_route("many", lead="water", assist=("traffic", "water", "traffic", "district")),),
        "water",
        "many",
        "matched",
        ("traffic", "yanhu"),
    ),
    Case(
        "An assistant by district is left out when no district is known",
        (a_route("many", lead="water", assist=("district",)),),
        "water",
        "many",
        "matched",
        incident={"district": None},
    ),
    Case(
        "An exact district code that only a route knows still matches",
        (a_route("zone", districts=frozenset({"149999"}), lead="traffic"),),
        "traffic",
        "zone",
        "matched",
        incident={"district": "149999"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.proves)
def test_table(case: Case) -> None:
    routing = route(an_incident(**case.incident), a_book(routes=case.routes))
    assert (routing.lead, routing.assist) == (case.lead, case.assist)
    assert (routing.why.rule, routing.why.verdict) == (case.rule, case.verdict)


LOCAL = a_city(
    local_units=(LocalUnit(id="office", name=Name(zh="所属街办", en="Office")),),
    districts=(
        District(
            code="140802",
            name=Name(zh="盐湖区", en="Yanhu"),
            words=("盐湖区",),
            bureau="yanhu",
            local_by_word={"office": {"姚孟": "water", "姚孟街道": "traffic"}},
        ),
        District(
            code="140881", name=Name(zh="永济市", en="Y"), words=("永济市",), bureau="yongji", local={"office": "duty"}
        ),
        District(code="140821", name=Name(zh="临猗县", en="L"), words=("临猗县",), bureau="yongji"),
    ),
)


@pytest.mark.parametrize(
    ("district", "address", "lead", "assist", "verdict"),
    [
        ("140802", "姚孟街道3号", "traffic", ("yanhu",), "matched_district"),  # the longest word wins
        ("140802", "姚孟村", "water", ("yanhu",), "matched_district"),
        ("140802", "某处", "yanhu", (), "matched_district"),
        ("140881", "姚孟街道3号", "duty", ("yongji",), "matched_district"),
        ("140821", "", "yongji", (), "matched_district"),
        (None, "姚孟街道3号", "duty", (), "matched_fallback"),
    ],
)
def test_a_local_unit_is_what_the_place_says(
    district: str | None, address: str, lead: str, assist: tuple[str, ...], verdict: str
) -> None:
    rule = a_route("local", lead="office", assist=("district",), supervisors=("district", "water"))
    incident = an_incident(district=district, address=address)
    routing = route(incident, a_book(city=LOCAL, routes=(rule,)))
    assert (routing.lead, routing.assist, routing.why.verdict) == (lead, assist, verdict)
    known = {None: (), "140802": ("yanhu",), "140881": ("yongji",), "140821": ("yongji",)}[district]
    assert routing.supervisors == (*known, "water")


def test_a_route_of_a_duty_is_for_its_own_clauses_only() -> None:
    routes = (a_route("listed", duty="event-0501", lead="traffic"), a_route("rest", lead="water"))
    book = a_book(routes=routes)
    led = [route(an_incident(), book, clause).lead for clause in ("event-0501.1", "event-0501.2", "event-0502.1", "")]
    assert led == ["traffic", "traffic", "water", "water"]


CATEGORIES = ("burst_main", "flooding", "noise")
DISTRICTS = ("140802", "140881", "999999")
some = lambda values: st.none() | st.frozensets(st.sampled_from(values), min_size=1)  # noqa: E731
routes = st.lists(
    st.builds(
        a_route,
        st.uuids().map(str),
        categories=some(CATEGORIES),
        families=some(("water", "noise")),
        districts=some(DISTRICTS),
        severity_at_least=st.none() | st.sampled_from(Severity),
        feeds=some(list(Feed)),
        lead=st.sampled_from(("district", "water", "traffic")),
        assist=st.lists(st.sampled_from(("district", "water", "traffic", "yanhu"))).map(tuple),
    ),
    max_size=12,
).map(tuple)
incidents = st.builds(
    an_incident,
    category=st.sampled_from(CATEGORIES),
    family=st.sampled_from(("water", "noise")),
    severity=st.sampled_from(Severity),
    district=st.none() | st.sampled_from(DISTRICTS),
    feeds=st.lists(st.sampled_from(Feed), min_size=1, unique=True).map(tuple),
)


def plainly_first(routes: tuple[Route, ...], incident: Any) -> str:
    """What the table must give, told without any table."""
    for each in routes:
        if (
            (each.categories is None or incident.category in each.categories)
            and (each.families is None or incident.family in each.families)
            and (each.districts is None or incident.district in each.districts)
            and (each.severity_at_least is None or incident.severity <= each.severity_at_least)
            and (each.feeds is None or each.feeds & set(incident.feeds))
        ):
            return each.id
    return "none"


@given(routes, st.lists(incidents, min_size=1, max_size=5))
def test_always_one_lead_and_the_first_match(routes: tuple[Route, ...], incidents: list[Any]) -> None:
    book = a_book(routes=routes)
    for incident in incidents:
        routing: Routing = route(incident, book)
        assert routing.lead in {bureau.id for bureau in a_city().bureaus}
        assert len({routing.lead, *routing.assist}) == 1 + len(routing.assist)
        assert routing.why.rule == plainly_first(routes, incident)


def test_the_number_of_routes_costs_nothing_once_the_table_is_warm() -> None:
    many = tuple(a_route(f"r{n}", categories=frozenset({f"c{n}"}), lead="water") for n in range(5_000))
    seen: list[str] = []

    class Watched(tuple[Route, ...]):
        def __iter__(self) -> Any:
            seen.append("walked")
            return super().__iter__()

    table = RouteTable(a_book(routes=Watched((*many, a_route("last", lead="traffic")))))
    seen.clear()
    for _ in range(100):
        found = table.match(an_incident(), lambda condition: True).leading
        assert found is not None
        assert found.id == "last"
    assert seen == []
