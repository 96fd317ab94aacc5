"""Limits that no calendar can satisfy. It must never count time by itself: it asks the room that sets deadlines."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.rulebook.book import DeadlineRule, Rulebook
from hub.rulebook.positions import Positions
from hub.rulebook.yaml_nodes import RuleError
from hub.stages.deadlines import clocks_of, run_clock
from hub.vocabulary.terms import DeadlineKind, Severity

_FILE = "deadlines.yaml"
#: Mornings looked at: a week has every kind of day.
_DAYS = 7


def impossible_limits(book: Rulebook, at: Positions, today: date) -> tuple[RuleError, ...]:
    """Limits that reach beyond the calendar, and those to accept that run out after those to resolve."""
    return (*_beyond(book, at, today), *_too_late(book, at, today))


def _beyond(book: Rulebook, at: Positions, today: date) -> Iterator[RuleError]:
    """A limit begun on the first day of this year that ends in a year whose holidays nobody knows."""
    first = _opening(book, date(today.year, 1, 1))
    for rule in book.deadlines:
        due_at, why = run_clock(rule, first, book)
        year = why.facts.get("calendar_unknown_year")
        if year is not None:
            said = f"begun on {today.year}-01-01 the limit of `{rule.id}` ends on {due_at:%Y-%m-%d}, and no calendar "
            yield _error(
                rule,
                at,
                f"{said}knows the holidays of {year}",
                "a shorter limit, or the holidays of that year in calendar.yaml",
            )


def _too_late(book: Rulebook, at: Positions, today: date) -> Iterator[RuleError]:
    mornings = [_opening(book, today + timedelta(days=n)) for n in range(_DAYS)]
    for accept, resolve in _pairs(book):
        if all(run_clock(accept, start, book)[0] > run_clock(resolve, start, book)[0] for start in mornings):
            _, line, _ = at.of(accept.id, _FILE)
            yield _error(
                resolve,
                at,
                f"`{resolve.id}` must be resolved in {_said(resolve)}, before it must be accepted "
                f"({_said(accept)}, `{accept.id}`, {_FILE}:{line})",
                "a limit to accept that is no longer than the limit to resolve",
            )


def _pairs(book: Rulebook) -> Iterable[tuple[DeadlineRule, DeadlineRule]]:
    """Each rule to accept with each rule to resolve that one task can have together."""
    found: dict[tuple[str, str], tuple[DeadlineRule, DeadlineRule]] = {}
    clauses = [(duty.category, clause.id) for duty in book.duties.values() for clause in duty.clauses]
    for key, clause in [*((key, "") for key in book.categories), *clauses]:
        category = book.categories[key]
        for level in range(1, category.severity + 1):
            clocks = {rule.kind: rule for rule in clocks_of(key, category.family, Severity(level), book, clause)}
            accept, resolve = clocks.get(DeadlineKind.ACCEPT), clocks.get(DeadlineKind.RESOLVE)
            if accept is not None and resolve is not None:
                found.setdefault((accept.id, resolve.id), (accept, resolve))
    return found.values()


def _opening(book: Rulebook, day: date) -> datetime:
    calendar = book.calendar
    opens = calendar.hours[0][0] if calendar.hours else time(8)
    return datetime.combine(day, opens, ZoneInfo(calendar.timezone)).astimezone(UTC)


def _said(rule: DeadlineRule) -> str:
    return f"{rule.amount:g} {rule.basis}"


def _error(rule: DeadlineRule, at: Positions, message: str, expected: str) -> RuleError:
    file, line, column = at.of(rule.id, _FILE)
    return RuleError(file=file, line=line, column=column, message=message, expected=expected)
