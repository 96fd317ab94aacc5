"""When the steps of supervision fall: counted back and on in every basis, over nights, weekends and holidays."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.rulebook.conditions import CONDITION_FAILED, Condition
from hub.rulebook.escalation_rules import EscalationRule
from hub.stages.deadlines import undecided_clocks
from hub.stages.deadlines.backwards import work_days_before, work_hours_before
from hub.stages.deadlines.office import add_work_days, work_time_between
from hub.stages.deadlines.steps import moment_of, plan, plan_again
from hub.vocabulary.phrases import phrase
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, Raise, Severity, Side, Stage
from tests.builders import AT, a_book, a_calendar, an_incident
from tests.supervising import a_step, an_escalation

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("side", "amount", "basis", "due", "falls"),
    [
        (Side.BEFORE, 2, "urgent_hour", "2026-03-07 01:00", "2026-03-06 23:00"),
        (Side.BEFORE, 1, "natural_day", "2026-03-08 10:00", "2026-03-07 10:00"),
        # 2026-03-06 is a Friday; offices are open 08:00-12:00 and 14:30-18:00.
        (Side.BEFORE, 1, "work_hour", "2026-03-06 15:00", "2026-03-06 11:30"),
        (Side.BEFORE, 1, "work_hour", "2026-03-09 08:30", "2026-03-06 17:30"),
        (Side.BEFORE, 1, "work_hour", "2026-03-08 12:00", "2026-03-06 17:00"),
        (Side.BEFORE, 1, "work_day", "2026-03-06 10:00", "2026-03-05 10:00"),
        (Side.BEFORE, 1, "work_day", "2026-03-09 10:00", "2026-03-06 10:00"),
        (Side.BEFORE, 1, "work_day", "2026-03-09 08:00", "2026-03-06 08:00"),
        # From a Saturday the count goes back from Friday's closing time.
        (Side.BEFORE, 1, "work_day", "2026-03-07 10:00", "2026-03-05 18:00"),
        (Side.BEFORE, 0.5, "work_day", "2026-03-06 18:00", "2026-03-06 11:45"),
        # Over 国庆节 2026: off from 1 to 7 October, at work on Saturday 10 October.
        (Side.BEFORE, 1, "work_day", "2026-10-08 10:00", "2026-09-30 10:00"),
        (Side.AFTER, 0, "work_day", "2026-03-07 10:00", "2026-03-07 10:00"),
        (Side.AFTER, 1, "work_day", "2026-03-06 10:00", "2026-03-09 10:00"),
        (Side.AFTER, 2, "work_hour", "2026-03-06 17:00", "2026-03-09 09:00"),
        (Side.AFTER, 2, "urgent_hour", "2026-03-06 23:00", "2026-03-07 01:00"),
    ],
)
def test_a_step_falls_by_its_own_basis(side: Side, amount: float, basis: str, due: str, falls: str) -> None:
    assert moment_of(side, amount, DeadlineBasis(basis), at(due), a_calendar()) == at(falls)


#: Any minute of 2026 but its first and last days, which would need the calendars of other years.
MOMENTS = st.integers(-57 * 1440, 270 * 1440).map(lambda minutes: AT + timedelta(minutes=minutes))


@given(MOMENTS, st.floats(0.25, 60))
def test_exactly_so_many_office_hours_lie_between(end: datetime, hours: float) -> None:
    start = work_hours_before(end, hours, a_calendar())
    assert abs(work_time_between(start, end, a_calendar()) - hours * HOUR) < timedelta(milliseconds=1)


@given(MOMENTS, st.integers(0, 12))
def test_so_many_days_back_and_on_again_never_run_past_the_deadline(end: datetime, days: int) -> None:
    calendar = a_calendar()
    back = work_days_before(end, days, calendar)
    assert back <= end
    assert add_work_days(back, days, calendar) <= end or work_time_between(end, back, calendar) == timedelta()


def test_without_office_hours_all_time_counts() -> None:
    calendar = a_calendar(hours=())
    assert work_hours_before(AT, 3, calendar) == AT - 3 * HOUR
    assert work_days_before(at("2026-03-04 10:00"), 1, calendar) == at("2026-03-03 10:00")


def a_plan(*rules: EscalationRule, hours: float = 4.0, **incident: Any) -> Supervision | None:
    book = a_book(escalation=rules)
    due_at = AT + hours * HOUR
    basis = DeadlineBasis.URGENT_HOUR
    return plan(DeadlineKind.RESOLVE, basis, hours, AT, due_at, an_incident(**incident), book)


def test_the_steps_come_in_the_order_of_their_moments() -> None:
    found = a_plan(an_escalation(steps=tuple(reversed(an_escalation().steps))))
    assert found is not None
    assert [(step.raises, step.at) for step in found.steps] == [
        (Raise.REMINDER, AT + 3 * HOUR),
        (Raise.YELLOW, AT + 3.5 * HOUR),
        (Raise.RED, AT + 4 * HOUR),
        (Raise.ESCALATE, AT + 6 * HOUR),
    ]
    assert (found.rule, found.due_at, found.next_at) == ("watch", AT + 4 * HOUR, AT + 3 * HOUR)


def test_what_would_fall_before_the_start_is_left_out() -> None:
    found = a_plan(an_escalation(), hours=1.0)
    assert found is not None
    assert [step.raises for step in found.steps] == [Raise.YELLOW, Raise.RED, Raise.ESCALATE]
    assert a_plan(an_escalation(steps=(a_step(Raise.REMINDER, Side.BEFORE, 5.0),))) is None


@pytest.mark.parametrize(
    ("condition", "incident"),
    [
        ({"clock": DeadlineKind.ACCEPT}, {}),
        ({"categories": frozenset({"noise"})}, {}),
        ({"families": frozenset({"noise"})}, {}),
        ({"districts": frozenset({"140881"})}, {}),
        ({"severity_at_least": Severity.II}, {}),
        ({"feeds": frozenset({Feed.GRID})}, {}),
        ({"limit_within_hours": 3.0}, {}),
        ({"when": Condition(text="report_count > 1", file="escalation.yaml", line=2)}, {}),
        ({"when": Condition(text="lat > 35.0", file="escalation.yaml", line=2)}, {"point": None}),
    ],
)
def test_the_first_rule_that_fits_is_used(condition: dict[str, Any], incident: dict[str, Any]) -> None:
    found = a_plan(an_escalation("other", **condition), an_escalation("first"), an_escalation("second"), **incident)
    assert found is not None
    assert found.rule == "first"


def test_a_limit_in_days_is_not_short() -> None:
    book = a_book(escalation=(an_escalation(limit_within_hours=100.0),))
    due_at = AT + timedelta(days=1)
    assert plan(DeadlineKind.RESOLVE, DeadlineBasis.NATURAL_DAY, 1, AT, due_at, an_incident(), book) is None


def test_a_deadline_that_moves_takes_its_steps_along() -> None:
    found = a_plan(an_escalation())
    assert found is not None
    now = AT + 4.5 * HOUR
    raised = replace(
        found,
        steps=tuple(replace(step, done=step.at <= now) for step in found.steps),
    )
    moved = plan_again(raised, AT + 24 * HOUR, now, a_calendar())
    # All of it lies ahead again, so all of it may be raised again.
    assert [(step.at, step.done) for step in moved.steps] == [
        (AT + 23 * HOUR, False),
        (AT + 23.5 * HOUR, False),
        (AT + 24 * HOUR, False),
        (AT + 26 * HOUR, False),
    ]
    same = plan_again(raised, found.due_at, now, a_calendar())
    assert same == raised


def test_a_leap_to_a_holiday_is_counted_by_the_citys_calendar() -> None:
    calendar = a_calendar(holidays=frozenset({date(2026, 3, 5)}))
    assert moment_of(Side.BEFORE, 1, DeadlineBasis.WORK_DAY, at("2026-03-06 10:00"), calendar) == at("2026-03-04 10:00")


def test_a_condition_that_holds_is_no_hindrance() -> None:
    many = Condition(text="report_count > 1", file="escalation.yaml", line=2)
    found = a_plan(an_escalation("many", when=many), an_escalation("rest"), report_count=2)
    assert found is not None
    assert found.rule == "many"


def test_a_condition_that_cannot_be_decided_is_told() -> None:
    """Of a rule whose plain fields fit, for each clock that it could have watched."""
    north = Condition(text="lat > 35.0", file="escalation.yaml", line=2)
    rules = (
        an_escalation("north", when=north),
        an_escalation("noise", when=north, families=frozenset({"noise"})),
        an_escalation("rest"),
        an_escalation("behind", when=north),
    )
    (why,) = undecided_clocks(an_incident(point=None), a_book(escalation=rules))
    assert (why.stage, why.rule, why.verdict) == (Stage.SUPERVISE, "north", CONDITION_FAILED)
    assert phrase(why, "zh") == (
        "督办规则“north”的条件（escalation.yaml:2）无法判定：`lat` is not known；该规则未适用，请修改规则。"
    )
    assert undecided_clocks(an_incident(), a_book(escalation=rules)) == ()
