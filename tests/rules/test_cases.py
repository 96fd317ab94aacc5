"""The cases of Yuncheng hold, and cover every top class of the duty list, every basis and the fallbacks."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.edges.authoring.running import Ran, run_case
from hub.edges.authoring.testing import cases_of
from hub.edges.rules import load_city
from hub.rulebook.book import UNCLASSIFIED, Rulebook
from hub.settings import shipped
from hub.stages.locate import Atlas
from hub.vocabulary.terms import Feed, Stage

FOLDER = shipped("rules") / "yuncheng"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_city(FOLDER)


@pytest.fixture(scope="module")
def ran(book: Rulebook) -> list[Ran]:
    atlas = Atlas(book.city)
    return [run_case(case, book, atlas) for case in cases_of(FOLDER, book)]


def test_every_case_holds(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["rules", "test", "--city", str(FOLDER)])
    assert result.exit_code == 0, result.output
    assert " 0 failed" in result.stdout


def test_every_top_class_of_the_duty_list_has_a_case(book: Rulebook, ran: list[Ran]) -> None:
    classes = {
        (code.kind, code.code[:2])
        for category in book.categories.values()
        for code in category.codes
        if code.standard_ref == book.standard_ref
    }
    seen = {
        (code.kind, code.code[:2])
        for one in ran
        for outcome in one.outcomes
        for code in book.categories[outcome.incident.category].codes
    }
    assert len(classes) >= 9
    assert sorted(classes - seen) == []


def test_every_basis_that_the_rules_use_has_a_case(book: Rulebook, ran: list[Ran]) -> None:
    bases = {rule.basis for rule in book.deadlines}
    seen = {
        deadline.basis
        for one in ran
        for outcome in one.outcomes
        for task in outcome.tasks
        for deadline in task.deadlines
    }
    assert len(bases) >= 3
    assert seen == bases


def test_the_fallbacks_have_cases(ran: list[Ran]) -> None:
    outcomes = [outcome for one in ran for outcome in one.outcomes]
    verdicts = {why.verdict for outcome in outcomes for why in outcome.whys if why.stage is Stage.ROUTE}
    assert {"district_bureau", "fallback", "matched"} <= verdicts
    assert UNCLASSIFIED in {outcome.incident.category for outcome in outcomes}
    assert any(one.rejects for one in ran)
    assert any(one.nothing for one in ran)
    assert any(len(outcome.reports) > 1 for outcome in outcomes)


def test_most_feeds_have_cases(book: Rulebook) -> None:
    feeds = {report.feed for case in cases_of(FOLDER, book) for report in case.reports}
    assert feeds >= set(Feed) - {Feed.OPEN311}
