"""Office hours and work days counted back from a moment. It must never guess a holiday it does not know."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rulebook.book import Calendar
from hub.rulebook.workdays import is_workday
from hub.stages.deadlines.office import hours_a_day

_DAY = timedelta(days=1)


def work_hours_before(end: datetime, hours: float, calendar: Calendar) -> datetime:
    """The latest moment from which `hours` of office time are left until `end`."""
    left = timedelta(hours=hours)
    for opens, closes in _office_spans_back(end, calendar):
        finishes = min(end, closes)
        if finishes - left >= opens:
            return finishes - left
        left -= finishes - opens
    # Without office hours all time counts.
    return end - left


def work_days_before(end: datetime, days: float, calendar: Calendar) -> datetime:
    """The same clock time that many work days earlier; outside office hours the count starts at the last closing.

    A fraction of a day counts as that share of a day's office hours.
    """
    finishes = next((min(end, closes) for opens, closes in _office_spans_back(end, calendar)), end)
    zone = ZoneInfo(calendar.timezone)
    local = finishes.astimezone(zone)
    day = local.date()
    for _ in range(int(days)):
        day -= _DAY
        while not is_workday(day, calendar):
            day -= _DAY
    at = datetime.combine(day, local.time(), zone).astimezone(UTC)
    part = days - int(days)
    return work_hours_before(at, part * hours_a_day(calendar), calendar) if part else at


def _office_spans_back(end: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Office hours that begin at or before `end`, latest first and without end, in UTC."""
    if not calendar.hours:
        return
    zone = ZoneInfo(calendar.timezone)
    day = end.astimezone(zone).date()
    while True:
        if is_workday(day, calendar):
            for opens, closes in reversed(calendar.hours):
                begins = datetime.combine(day, opens, zone).astimezone(UTC)
                if begins <= end:
                    last = day if closes > opens else day + _DAY
                    yield begins, datetime.combine(last, closes, zone).astimezone(UTC)
        day -= _DAY
