"""Which clocks a task gets, and when they run out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.stages.deadlines import set_deadlines
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Severity
from tests.builders import AT, a_book, a_calendar, a_deadline_rule, an_incident

NIGHT = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)  # Friday, 22:00 in Yuncheng


@pytest.mark.parametrize(
    ("basis", "amount", "due"),
    [
        # Round the clock, off duty as well.
        (DeadlineBasis.URGENT_HOUR, 2, datetime(2026, 3, 6, 16, 0, tzinfo=UTC)),
        # A natural day is 24 hours, a weekend counts.
        (DeadlineBasis.NATURAL_DAY, 1, datetime(2026, 3, 7, 14, 0, tzinfo=UTC)),
        # Monday 08:00 and two hours on.
        (DeadlineBasis.WORK_HOUR, 2, datetime(2026, 3, 9, 2, 0, tzinfo=UTC)),
        # From Monday 08:00 to Tuesday 08:00.
        (DeadlineBasis.WORK_DAY, 1, datetime(2026, 3, 10, 0, 0, tzinfo=UTC)),
    ],
)
def test_bases(basis: DeadlineBasis, amount: float, due: datetime) -> None:
    book = a_book(deadlines=(a_deadline_rule("limit", basis=basis, amount=amount),))
    (deadline,) = set_deadlines("T-1", an_incident(), NIGHT, book)
    assert (deadline.task_id, deadline.starts_at, deadline.due_at) == ("T-1", NIGHT, due)
    assert (deadline.why.rule, deadline.why.verdict) == ("limit", basis.value)
    assert deadline.why.facts == {"kind": "resolve", "amount": amount}


def rules_for(**incident: Any) -> list[tuple[DeadlineKind, str]]:
    rules = (
        a_deadline_rule("burst-bad", categories=frozenset({"burst_main"}), severity_at_least=Severity.II),
        a_deadline_rule("burst", categories=frozenset({"burst_main"})),
        a_deadline_rule("water", families=frozenset({"water"})),
        a_deadline_rule("accept", kind=DeadlineKind.ACCEPT, amount=0.5),
    )
    found = set_deadlines("T-1", an_incident(**incident), AT, a_book(deadlines=rules))
    return [(deadline.kind, deadline.why.rule) for deadline in found]


def test_one_clock_a_kind_from_the_first_rule_that_matches() -> None:
    accept = (DeadlineKind.ACCEPT, "accept")
    assert rules_for() == [accept, (DeadlineKind.RESOLVE, "burst")]
    assert rules_for(severity=Severity.I) == [accept, (DeadlineKind.RESOLVE, "burst-bad")]
    assert rules_for(category="flooding") == [accept, (DeadlineKind.RESOLVE, "water")]
    assert rules_for(category="noise", family="noise") == [accept]


def test_without_a_rule_there_is_no_clock() -> None:
    assert set_deadlines("T-1", an_incident(), AT, a_book(deadlines=())) == ()


def test_an_unknown_year_is_in_the_why_of_a_clock_that_counts_it() -> None:
    rule = a_deadline_rule("days", basis=DeadlineBasis.WORK_DAY, amount=3)
    start = datetime(2045, 5, 2, 2, 0, tzinfo=UTC)
    (deadline,) = set_deadlines("T-1", an_incident(), start, a_book(deadlines=(rule,)))
    assert deadline.due_at == start + timedelta(days=3)
    assert deadline.why.facts["calendar_unknown_year"] == 2045
    listed = a_book(deadlines=(rule,), calendar=a_calendar(holidays=frozenset({date(2045, 5, 4)})))
    (deadline,) = set_deadlines("T-1", an_incident(), start, listed)
    assert deadline.due_at == start + timedelta(days=6)
    assert "calendar_unknown_year" not in deadline.why.facts


def test_the_sums_kept_are_not_mixed_up() -> None:
    book = a_book(deadlines=(a_deadline_rule("a", amount=1), a_deadline_rule("b", kind=DeadlineKind.ACCEPT, amount=2)))
    for minutes in range(600):
        start = AT + timedelta(minutes=minutes)
        accept, resolve = set_deadlines("T-1", an_incident(), start, book)
        assert accept.due_at - start == timedelta(hours=2)
        assert resolve.due_at - start == timedelta(hours=1)


def rules_of_clause(clause: str) -> list[str]:
    rules = (
        a_deadline_rule("hour", clause="event-0501.1", amount=1),
        a_deadline_rule("days", clause="event-0501.2", amount=1, basis=DeadlineBasis.WORK_DAY),
        a_deadline_rule("short", kind=DeadlineKind.ACCEPT, amount=0.5, resolve_within_hours=2),
        a_deadline_rule("accept", kind=DeadlineKind.ACCEPT, amount=4),
        a_deadline_rule("resolve", amount=3),
    )
    found = set_deadlines("T-1", an_incident(), AT, a_book(deadlines=rules), clause)
    return [deadline.why.rule for deadline in found]


def test_a_clause_goes_before_all_rules_and_a_short_limit_is_accepted_sooner() -> None:
    assert rules_of_clause("event-0501.1") == ["short", "hour"]
    # A limit in days is never a short one, whatever its number.
    assert rules_of_clause("event-0501.2") == ["accept", "days"]
    assert rules_of_clause("") == ["accept", "resolve"]
    assert rules_of_clause("event-0501.9") == ["accept", "resolve"]
