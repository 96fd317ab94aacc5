"""Office hours and work days (工作时, 工作日) over a calendar. It must never guess a holiday it does not know.

A year is known when the city's calendar lists any holiday or make-up day of it, or when the package knows it (base
`china`), or when the base is `weekdays`. Days of an unknown year count as Monday to Friday, and `unknown_year` tells
which year that was, so that the administrator sees it and completes `calendar.yaml`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rulebook.book import Calendar
from hub.rulebook.workdays import china_works, is_workday

__all__ = ["add_work_days", "add_work_hours", "is_workday", "unknown_year"]

_DAY = timedelta(days=1)


def add_work_hours(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """The moment by which `hours` of office time have passed; outside office hours the count waits for an opening.

    A count that is used up exactly at closing time ends there, not at the next opening.
    """
    left = timedelta(hours=hours)
    for opens, closes in _office_spans(start, calendar):
        begins = max(start, opens)
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    # Without office hours there is nothing to wait for.
    return start + left


def add_work_days(start: datetime, days: float, calendar: Calendar) -> datetime:
    """The same clock time that many work days later; outside office hours the count starts at the next opening.

    A fraction of a day counts as that share of a day's office hours.
    """
    begins = next((max(start, opens) for opens, closes in _office_spans(start, calendar) if closes > start), start)
    zone = ZoneInfo(calendar.timezone)
    local = begins.astimezone(zone)
    day = local.date()
    for _ in range(int(days)):
        day += _DAY
        while not is_workday(day, calendar):
            day += _DAY
    due = datetime.combine(day, local.time(), zone).astimezone(UTC)
    part = days - int(days)
    return add_work_hours(due, part * hours_a_day(calendar), calendar) if part else due


def work_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """The office time between two moments; nothing when the second comes first."""
    if not calendar.hours:
        return max(end - start, timedelta())
    total = timedelta()
    for opens, closes in _office_spans(start, calendar):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta())
    return total


def hours_a_day(calendar: Calendar) -> float:
    """Hours that an office is open on a work day; around the clock without office hours."""
    noon = date(2000, 1, 1)
    total = timedelta()
    for opens, closes in calendar.hours:
        span = datetime.combine(noon, closes) - datetime.combine(noon, opens)
        total += span if span > timedelta() else span + _DAY
    return total / timedelta(hours=1) or 24.0


def unknown_year(start: datetime, end: datetime, calendar: Calendar) -> int | None:
    """The first year between two moments whose holidays nobody told us, or None."""
    if calendar.base != "china":
        return None
    zone = ZoneInfo(calendar.timezone)
    listed = {day.year for day in calendar.holidays | calendar.workdays}
    for year in range(start.astimezone(zone).year, end.astimezone(zone).year + 1):
        if year not in listed and china_works(date(year, 1, 1)) is None:
            return year
    return None


def _office_spans(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Office hours that end at or after `start`, in order and without end, in UTC."""
    if not calendar.hours:
        return
    zone = ZoneInfo(calendar.timezone)
    # One day back, for a span that runs past midnight.
    day = start.astimezone(zone).date() - _DAY
    while True:
        if is_workday(day, calendar):
            for opens, closes in calendar.hours:
                last = day if closes > opens else day + _DAY
                ends = datetime.combine(last, closes, zone).astimezone(UTC)
                if ends >= start:
                    yield datetime.combine(day, opens, zone).astimezone(UTC), ends
        day += _DAY
