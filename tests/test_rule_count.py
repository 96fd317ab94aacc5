"""What one report costs does not grow with the rules of a city: 100 or 10,000, in one run, by CPU time."""

import time
from collections.abc import Callable

import pytest
from msgspec import structs

from hub.pipeline import decide, understand_report
from hub.rulebook.book import Category, DeadlineRule, FusionRule, Name, Route, Rulebook, SeverityRule
from hub.rulebook.conditions import Condition
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Nearby
from hub.vocabulary.messages import LocatedReport, Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CategoryKind, CoordinateSystem, DeadlineBasis, DeadlineKind, Severity
from tests.builders import AT, HERE, a_book, a_report, north_of

CATEGORIES = 2_000
REPORTS = 400
ROUNDS = 7
MOST = 1.2


@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "with conditions"])
def test_ten_thousand_rules_cost_a_report_no_more_than_a_hundred(conditional: bool) -> None:
    few, many = _deciding(100, conditional), _deciding(10_000, conditional)
    few(), many()  # what is laid out once a rulebook is not what a report costs
    ratios = [min(many() for _ in range(2)) / min(few() for _ in range(2)) for _ in range(ROUNDS)]
    assert min(ratios) < MOST, ratios


def _deciding(rules: int, conditional: bool) -> Callable[[], float]:
    """Decides the same reports by a rulebook of so many rules, and tells the CPU seconds."""
    book = _book(rules, conditional)
    atlas = Atlas(book.city)
    reports = [_report(n) for n in range(REPORTS)]

    def decide_all() -> float:
        started = time.process_time()
        for report in reports:
            located = understand_report(report, book, atlas)
            assert isinstance(located, LocatedReport)
            decision = decide((located,), Nearby(), book, AT)
            assert decision.tasks[0].bureau == "water"
            assert decision.tasks[0].deadlines
        return time.process_time() - started

    return decide_all


def _report(n: int) -> Report:
    place = north_of(HERE, n % 50)
    point = SourcePoint(lon=place.lon, lat=place.lat, system=CoordinateSystem.WGS84, field="point")
    return a_report(str(n), title="路面有情况", category_names=(f"名称{n % 20}",), point=point)


def _book(rules: int, conditional: bool) -> Rulebook:
    """As many rules of each kind, spread over the categories; the reports are about the first twenty, one rule each.

    Each condition is another text, and is met, but for those of severity, which are asked and not met.
    """
    categories = {f"c{n}": _category(n) for n in range(CATEGORIES)} | dict(a_book().categories)
    each = range(rules // 4)
    return a_book(
        categories=categories,
        routes=tuple(_route(n, conditional) for n in each),
        severity=tuple(_severity(n, conditional) for n in each),
        deadlines=tuple(_deadline(n, conditional) for n in each),
        fusion=tuple(_fusion(n, conditional) for n in each),
    )


def _own(n: int) -> frozenset[str]:
    return frozenset({f"c{n if n < CATEGORIES else n - CATEGORIES // 2}"})


def _when(text: str) -> Condition:
    return Condition(text=text, file="test.yaml", line=1)


def _route(n: int, conditional: bool) -> Route:
    when = (_when(f"hour < 22 && title != '{n}'"),) if conditional else ()
    return Route(id=f"r{n}", why="", categories=_own(n), when=when, lead="water")


def _severity(n: int, conditional: bool) -> SeverityRule:
    rule = SeverityRule(id=f"s{n}", why="", severity=Severity.II, categories=_own(n))
    if conditional:
        return structs.replace(rule, when=_when(f"title.contains('危险{n}')"))
    return structs.replace(rule, words=(f"危险{n}",))


def _deadline(n: int, conditional: bool) -> DeadlineRule:
    return DeadlineRule(
        id=f"d{n}",
        why="",
        kind=DeadlineKind.RESOLVE,
        basis=DeadlineBasis.WORK_HOUR,
        amount=4,
        categories=_own(n),
        when=_when(f"weekday < 6 && title != '{n}'") if conditional else None,
    )


def _fusion(n: int, conditional: bool) -> FusionRule:
    when = _when(f"severity > I && title != '{n}'") if conditional else None
    return FusionRule(id=f"f{n}", why="", families=frozenset({f"g{n % CATEGORIES}"}), fuses=False, when=when)


def _category(n: int) -> Category:
    return Category(
        key=f"c{n}",
        kind=CategoryKind.EVENT,
        name=Name(zh=f"类{n}", en=f"C{n}"),
        family=f"g{n}",
        severity=Severity.III,
        names=(f"名称{n}",),
        words={f"词语{n}": 3.0},
    )
