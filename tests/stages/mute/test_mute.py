"""What a mute covers, and what it never does."""

from datetime import timedelta
from typing import Any

import pytest

from hub.rulebook.conditions import CONDITION_FAILED, Condition
from hub.rulebook.mute_rules import MuteRule
from hub.stages.mute import mute_of, undecided_mutes, why_let_go, why_muted
from hub.vocabulary.mutes import Mute
from hub.vocabulary.phrases import phrase
from hub.vocabulary.terms import Feed, Severity
from tests.builders import AT, HERE, a_book, an_incident, north_of
from tests.muting import ENDS, a_mute

FEW = Condition(text="report_count <= 2", file="mutes.yaml", line=2)
#: Only known of what has a point.
NORTH = Condition(text="lat > 35.0", file="mutes.yaml", line=2)


def muted_by(rule: MuteRule, minutes: float = 0, **incident: Any) -> str | None:
    mute = mute_of(an_incident(**incident), "", a_book(mutes=(rule,)), AT + timedelta(minutes=minutes))
    return None if mute is None else mute.rule


@pytest.mark.parametrize(
    ("rule", "incident"),
    [
        ({}, {}),
        ({}, {"severity": Severity.IV}),
        ({"severity_at_most": Severity.II}, {"severity": Severity.II}),
        ({"categories": frozenset({"burst_main"})}, {}),
        ({"districts": frozenset({"140802"})}, {}),
        ({"feeds": frozenset({Feed.HOTLINE, Feed.VIDEO})}, {}),
        ({"near": HERE, "within_m": 300.0}, {"point": north_of(HERE, 290)}),
    ],
)
def test_what_meets_every_condition_is_covered(rule: dict[str, Any], incident: dict[str, Any]) -> None:
    assert muted_by(a_mute(**rule), **incident) == "drill"


@pytest.mark.parametrize(
    ("rule", "incident"),
    [
        # The severe are never muted unless the rule says so, and severity I is not even then.
        ({}, {"severity": Severity.II}),
        ({}, {"severity": Severity.I}),
        ({"severity_at_most": Severity.IV}, {}),
        ({"severity_at_most": Severity.II}, {"severity": Severity.I}),
        ({"categories": frozenset({"flooding"})}, {}),
        ({"families": frozenset({"noise"})}, {}),
        ({"districts": frozenset({"140881"})}, {}),
        ({"districts": frozenset({"140802"})}, {"district": None}),
        # A citizen told of what the cameras were muted for.
        ({"feeds": frozenset({Feed.VIDEO})}, {"feeds": (Feed.VIDEO, Feed.HOTLINE)}),
        ({"near": HERE, "within_m": 300.0}, {"point": north_of(HERE, 310)}),
        ({"near": HERE, "within_m": 300.0}, {"point": None}),
    ],
)
def test_what_fails_one_condition_is_not(rule: dict[str, Any], incident: dict[str, Any]) -> None:
    assert muted_by(a_mute(**rule), **incident) is None


@pytest.mark.parametrize(
    ("since", "minutes", "muted"), [(None, 0, True), (0, 0, True), (1, 0, False), (1, 1, True), (0, 120, False)]
)
def test_it_runs_from_its_beginning_up_to_its_end(since: int | None, minutes: int, muted: bool) -> None:
    rule = a_mute(since=None if since is None else AT + timedelta(minutes=since))
    assert (muted_by(rule, minutes) is not None) is muted


def test_the_first_that_covers_it_holds() -> None:
    book = a_book(mutes=(a_mute("other", families=frozenset({"noise"})), a_mute("first"), a_mute("second")))
    mute = mute_of(an_incident(), "event-0501.1", book, AT)
    assert mute == Mute(rule="first", owner="duty", until=ENDS, clause="event-0501.1", rulebook_version="test")


@pytest.mark.parametrize(
    ("rules", "minutes", "incident", "verdict"),
    [
        ((a_mute(),), 120, {}, "mute_ended"),
        ((), 120, {}, "mute_ended"),
        ((), 5, {}, "mute_removed"),
        ((a_mute(since=ENDS - timedelta(minutes=1)),), 5, {}, "mute_removed"),
        ((a_mute(),), 5, {"severity": Severity.II}, "mute_outgrown"),
        ((a_mute(when=FEW),), 5, {"report_count": 3}, "mute_outgrown"),
    ],
)
def test_what_lets_it_go_is_told(
    rules: tuple[MuteRule, ...], minutes: int, incident: dict[str, Any], verdict: str
) -> None:
    held = mute_of(an_incident(), "", a_book(mutes=(a_mute(),)), AT)
    assert held is not None
    why = why_let_go(held, an_incident(**incident), a_book(mutes=rules), AT + timedelta(minutes=minutes))
    assert (why.rule, why.verdict, why.facts["owner"]) == ("drill", verdict, "duty")
    assert "时限从此刻起算" in phrase(why, "zh")


def test_its_end_is_told_in_the_citys_own_time() -> None:
    book = a_book(mutes=(a_mute(),))
    held = mute_of(an_incident(), "", book, AT)
    assert held is not None
    told = phrase(why_muted(held, book), "zh", {"duty": "指挥中心"})
    assert told == "静默规则“drill”（指挥中心 负责）至 2026-03-03 12:00 为止，暂不派遣。"


def test_its_condition_has_the_last_word() -> None:
    assert muted_by(a_mute(when=FEW), report_count=2) == "drill"
    assert muted_by(a_mute(when=FEW), report_count=3) is None
    assert muted_by(a_mute(when=FEW), minutes=120, report_count=2) is None


def test_what_cannot_be_decided_mutes_nothing_and_says_so() -> None:
    book = a_book(mutes=(a_mute("north", when=NORTH), a_mute("late", since=ENDS, when=NORTH)))
    somewhere, nowhere = an_incident(point=north_of(HERE, 0)), an_incident(point=None)
    assert mute_of(somewhere, "", book, AT) is not None
    assert undecided_mutes(somewhere, book, AT) == ()
    assert mute_of(nowhere, "", book, AT) is None
    (why,) = undecided_mutes(nowhere, book, AT)
    assert (why.rule, why.verdict) == ("north", CONDITION_FAILED)
    assert phrase(why, "zh") == (
        "静默规则“north”的条件（mutes.yaml:2）无法判定：`lat` is not known；该规则未适用，请修改规则。"
    )
    # Whoever it held back while it could be decided is let go.
    held = mute_of(somewhere, "", book, AT)
    assert held is not None
    assert why_let_go(held, nowhere, book, AT).facts["failed"] == "when"
