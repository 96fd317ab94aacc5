"""Steps of supervision that no clock can ever raise. It must never count time itself: it asks the deadlines room."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.rulebook.book import DeadlineRule, Rulebook
from hub.rulebook.escalation_rules import EscalationRule, EscalationStep
from hub.rulebook.positions import Positions
from hub.rulebook.read import ESCALATION_FILE
from hub.rulebook.yaml_nodes import RuleError
from hub.stages.deadlines import run_clock
from hub.stages.deadlines.office import unknown_year
from hub.stages.deadlines.steps import moment_of, short_enough
from hub.vocabulary.terms import Side

#: Mornings looked at: a week has every kind of day.
_DAYS = 7


def idle_steps(book: Rulebook, at: Positions, today: date) -> tuple[RuleError, ...]:
    """Rules without a clock to watch, steps before every clock's start, and steps beyond every calendar."""
    return tuple(finding for rule in book.escalation for finding in _of_rule(rule, book, at, today))


def _of_rule(rule: EscalationRule, book: Rulebook, at: Positions, today: date) -> Iterator[RuleError]:
    watched = (clock for clock in book.deadlines if clock.kind is rule.clock and _may_watch(rule, clock, book))
    # Hundreds of clauses share some twenty limits.
    clocks = list({(clock.basis, clock.amount): clock for clock in watched}.values())
    if not clocks:
        yield _error(
            rule,
            at,
            f"the escalation rule `{rule.id}` watches nothing: no limit to {rule.clock} is like that",
            "conditions that a rule of deadlines.yaml or the duty list meets as well",
        )
        return
    mornings = [_opening(book, today + timedelta(days=n)) for n in range(_DAYS)]
    for n, step in enumerate(rule.steps, start=1):
        if all(_before_start(step, clock, start, book) for clock in clocks for start in mornings):
            longest = max(clocks, key=lambda clock: run_clock(clock, mornings[0], book)[0])
            yield _error(
                rule,
                at,
                f"step {n} of `{rule.id}` ({_said(step)}) would come before every clock it watches has begun; the "
                f"longest is {longest.amount:g} {longest.basis} (`{longest.id}`)",
                "less time before the deadline, or no such step",
            )
            continue
        year = _unknown_year(step, clocks, book, today)
        if year is not None:
            yield _error(
                rule,
                at,
                f"step {n} of `{rule.id}` ({_said(step)}) reaches into {year}, and no calendar knows its holidays",
                "less time after the deadline, or the holidays of that year in calendar.yaml",
            )


def _may_watch(rule: EscalationRule, clock: DeadlineRule, book: Rulebook) -> bool:
    """Whether an incident can have this limit and meet the rule; where it cannot be told, it may."""
    keys = [key for key in book.categories if _covers(rule, key, book) and _covers(clock, key, book)]
    return bool(keys) and short_enough(rule, clock.basis, clock.amount)


def _covers(rule: EscalationRule | DeadlineRule, key: str, book: Rulebook) -> bool:
    return (rule.categories is None or key in rule.categories) and (
        rule.families is None or book.categories[key].family in rule.families
    )


def _before_start(step: EscalationStep, clock: DeadlineRule, start: datetime, book: Rulebook) -> bool:
    return step.side is Side.BEFORE and _moment(step, clock, start, book) <= start


def _unknown_year(step: EscalationStep, clocks: list[DeadlineRule], book: Rulebook, today: date) -> int | None:
    """The year in which the step falls when begun on the first day of this one, for a clock that itself ends before."""
    first = _opening(book, date(today.year, 1, 1))
    for clock in clocks:
        due_at, why = run_clock(clock, first, book)
        if step.side is Side.AFTER and "calendar_unknown_year" not in why.facts:
            year = unknown_year(first, _moment(step, clock, first, book), book.calendar)
            if year is not None and year >= due_at.year:
                return year
    return None


def _moment(step: EscalationStep, clock: DeadlineRule, start: datetime, book: Rulebook) -> datetime:
    return moment_of(step.side, step.amount, step.basis, run_clock(clock, start, book)[0], book.calendar)


def _opening(book: Rulebook, day: date) -> datetime:
    opens = book.calendar.hours[0][0] if book.calendar.hours else time(8)
    return datetime.combine(day, opens, ZoneInfo(book.calendar.timezone)).astimezone(UTC)


def _said(step: EscalationStep) -> str:
    return f"{step.raises}, {step.side} {step.amount:g} {step.basis}"


def _error(rule: EscalationRule, at: Positions, message: str, expected: str) -> RuleError:
    file, line, column = at.of(rule.id, ESCALATION_FILE)
    return RuleError(file=file, line=line, column=column, message=message, expected=expected)
