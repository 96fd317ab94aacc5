"""When a report joins, is suggested, or opens its own incident; each row begins with what it proves."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rulebook.book import UNCLASSIFIED
from hub.stages.fuse import Fusion, Neighbourhood, fuse, grown, reach_m, words_of
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.places import Point
from hub.vocabulary.terms import IncidentStatus, PlacePrecision
from tests.builders import (
    AT,
    HERE,
    a_book,
    a_fusion_rule,
    a_located,
    a_place,
    an_incident,
    north_of,
)


def fused(located: LocatedReport, *incidents: Incident, **rule: Any) -> Fusion:
    book = a_book(fusion=(a_fusion_rule(**rule),))
    return fuse(located, words_of(located.report), Neighbourhood(incidents, [located]), book)


@dataclass
class Case:
    proves: str
    verdict: str
    report: dict[str, Any] = field(default_factory=dict)
    incident: dict[str, Any] = field(default_factory=dict)
    rule: dict[str, Any] = field(default_factory=dict)


ROAD = {"address_key": "盐湖区解放路12号"}
CASES = [
    Case("Same place, time, words and category join", "joined"),
    Case("A late report joins: the gap counts in both directions", "joined", {"occurred_at": AT - timedelta(hours=1)}),
    Case("Beyond the window nothing joins", "opened_alone", {"occurred_at": AT + timedelta(hours=6, minutes=1)}),
    Case("Nor beyond it in the past", "opened_alone", {"occurred_at": AT - timedelta(hours=6, minutes=1)}),
    Case("Beyond the radius nothing joins", "opened_alone", {"point": north_of(HERE, 201)}),
    Case("Within the radius it may, also in the next cell", "joined", {"point": north_of(HERE, -190)}),
    Case("Another family never joins", "opened_alone", {"category": "noise", "family": "noise"}),
    Case("Another category of the family joins when the words agree", "joined", {"category": "flooding"}),
    Case(
        "Other words in another category of the family are only suggested",
        "suggested",
        {"category": "flooding", "title": "下水井盖丢失", "point": north_of(HERE, 50)},
    ),
    Case(
        "Other words, far away and late: its own incident",
        "opened_unlike",
        {
            "category": "flooding",
            "title": "井盖丢失",
            "point": north_of(HERE, 190),
            "occurred_at": AT + timedelta(hours=5),
        },
    ),
    Case("Unclassified fuses with nothing", "opened_unclassified", {"category": UNCLASSIFIED, "family": UNCLASSIFIED}),
    Case("A family without a rule opens", "opened_no_rule", rule={"families": frozenset({"noise"})}),
    Case("Without point and address there is nowhere to look", "opened_nowhere", {"point": None}),
    Case("One address joins without points", "joined", {"point": None, **ROAD}, {"point": None, **ROAD}),
    Case("One address joins when only one side has a point", "joined", {"point": None, **ROAD}, ROAD),
    Case(
        "One address joins far from its middle, within the radius",
        "joined",
        {"point": north_of(HERE, 190), **ROAD},
        ROAD,
    ),
    Case(
        "Two points that are apart outweigh one address", "opened_alone", {"point": north_of(HERE, 900), **ROAD}, ROAD
    ),
    Case(
        "Two addresses that name different spots are held closer than points without one",
        "opened_alone",
        {"point": north_of(HERE, 60), "address_key": "盐湖区解放路40号"},
        ROAD,
        {"other_address_m": 40.0},
    ),
    Case(
        "Different addresses within that distance join",
        "joined",
        {"point": north_of(HERE, 30), "address_key": "盐湖区解放路40号"},
        ROAD,
        {"other_address_m": 40.0},
    ),
    Case(
        "The same address joins beyond it",
        "joined",
        {"point": north_of(HERE, 60), **ROAD},
        ROAD,
        {"other_address_m": 40.0},
    ),
    Case(
        "One side without an address is measured by the radius",
        "joined",
        {"point": north_of(HERE, 60)},
        ROAD,
        {"other_address_m": 40.0},
    ),
    Case(
        "Beyond the longest span nothing joins, however lately it was told of",
        "opened_alone",
        {"occurred_at": AT + timedelta(hours=3)},
        {"first_report_at": AT - timedelta(hours=2), "last_report_at": AT + timedelta(hours=2)},
        {"longest_minutes": 299.0},
    ),
    Case(
        "Within the longest span it joins",
        "joined",
        {"occurred_at": AT + timedelta(hours=3)},
        {"first_report_at": AT - timedelta(hours=2), "last_report_at": AT + timedelta(hours=2)},
        {"longest_minutes": 300.0},
    ),
    Case(
        "A late report counts the span to the last one",
        "opened_alone",
        {"occurred_at": AT - timedelta(hours=3)},
        {"last_report_at": AT + timedelta(hours=2)},
        {"longest_minutes": 299.0},
    ),
    Case("What is a matter of its own never joins", "opened_apart", rule={"fuses": False}),
    Case("A closed incident takes nothing", "opened_alone", incident={"status": IncidentStatus.CLOSED}),
    Case("A merged incident takes nothing", "opened_alone", incident={"status": IncidentStatus.MERGED}),
    Case("An incident in check still takes reports", "joined", incident={"status": IncidentStatus.VERIFYING}),
    Case("An incident without words is judged by the rest", "joined", incident={"words": ()}),
    Case("The threshold itself joins", "joined", rule={"join_at": 1.0}),
    Case("Just under it is suggested", "suggested", {"point": north_of(HERE, 2)}, rule={"join_at": 1.0}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.proves)
def test_table(case: Case) -> None:
    fusion = fused(a_located("2", **case.report), an_incident("140800-A", **case.incident), **case.rule)
    assert fusion.why.verdict == case.verdict, fusion.why.facts
    assert fusion.joins == ("140800-A" if case.verdict == "joined" else None)
    assert fusion.suggests == ("140800-A" if case.verdict == "suggested" else None)


def test_the_why_has_every_part() -> None:
    facts = fused(
        a_located("2", point=north_of(HERE, 100), occurred_at=AT + timedelta(minutes=90)), an_incident()
    ).why.facts
    assert facts == {
        "incident": "140800-A",
        "likeness": pytest.approx(0.88, abs=0.01),
        "place": 0.75,
        "time": 0.88,
        "words": 1.0,
        "category": 1.0,
        "distance_m": pytest.approx(100, abs=0.5),
        "gap_minutes": 90.0,
        "join_at": 0.75,
        "suggest_at": 0.6,
    }


def test_the_middle_of_an_area_is_no_place() -> None:
    """A warning for a whole district must not swallow what happens at the district's centre."""
    area = a_located("2", place=a_place(HERE, precision=PlacePrecision.AREA))
    assert fused(area, an_incident()).why.verdict == "opened_nowhere"
    assert fused(a_located("2"), an_incident(cell=None)).why.verdict == "opened_alone"


def test_the_likest_wins_and_a_tie_goes_to_the_smaller_id() -> None:
    far, near = an_incident("140800-A", point=north_of(HERE, 120)), an_incident("140800-Z", point=north_of(HERE, 20))
    assert fused(a_located("2"), far, near).joins == "140800-Z"
    twins = [an_incident(f"140800-{letter}") for letter in "CAB"]
    assert fused(a_located("2"), *twins).joins == "140800-A"


def test_a_rule_wider_than_a_cell_is_held_to_the_cells() -> None:
    far = an_incident(point=north_of(HERE, 460))
    assert fused(a_located("2"), far, radius_m=9_000.0, join_at=0.1, suggest_at=0.1).joins is None


def test_only_neighbours_are_looked_at() -> None:
    """The cost of a report must not grow with what was read for others."""
    others = [an_incident(f"140800-{n}", point=Point(lon=110.2 + n / 50, lat=35.5)) for n in range(60)]
    noise = [an_incident(f"140800-N{n}", family="noise", category="noise") for n in range(60)]
    located = a_located("2")
    around = Neighbourhood([*others, *noise, an_incident()], [located])
    found = list(around.candidates("water", located.place.cell, ""))
    assert [incident.id for incident in found] == ["140800-A"]


def test_the_neighbourhood_follows_changes() -> None:
    around = Neighbourhood([an_incident(point=None, address_key="k")], [a_located(address_key="k")])
    assert [i.id for i in around.candidates("water", None, "k")] == ["140800-A"]
    cell = a_located().place.cell
    assert list(around.candidates("water", cell, "")) == []
    around.put(an_incident(address_key="k"))
    around.put(an_incident(address_key="k", version=3))
    assert [i.version for i in around.candidates("water", cell, "k")] == [3]
    assert around.get("140800-A") == an_incident(address_key="k", version=3)


def test_what_never_fuses_reads_no_neighbours() -> None:
    assert reach_m("water", a_book(fusion=(a_fusion_rule(fuses=False),))) == 0
    assert reach_m("water", a_book(fusion=(a_fusion_rule(),))) > 0


def test_an_incident_spans_its_reports_in_whatever_order_they_come() -> None:
    late, early = (a_located(str(n), occurred_at=AT + timedelta(hours=hours)) for n, hours in ((2, 1), (3, -2)))
    incident = grown(grown(an_incident(), late, ()), early, ())
    assert incident.first_report_at == AT - timedelta(hours=2)
    assert incident.last_report_at == AT + timedelta(hours=1)


offsets = st.floats(-400, 400)
minutes = st.integers(-500, 500)
titles = st.sampled_from(("自来水管爆裂", "路面积水严重", "井盖丢失", "water main burst", ""))


@given(st.lists(st.tuples(offsets, minutes, titles), max_size=8), offsets, st.randoms(use_true_random=False))
def test_the_order_of_reading_changes_nothing(rows: list[Any], offset: float, random: Any) -> None:
    incidents = [
        an_incident(
            f"140800-{n}",
            point=north_of(HERE, metres),
            last_report_at=AT + timedelta(minutes=gap),
            words=words_of(a_located(title=title).report),
        )
        for n, (metres, gap, title) in enumerate(rows)
    ]
    located = a_located("2", point=north_of(HERE, offset))
    first = fused(located, *incidents)
    random.shuffle(incidents)
    assert fused(located, *incidents) == first
    assert 0.0 <= first.why.facts.get("likeness", 0.0) <= 1.0
