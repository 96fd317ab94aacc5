"""Which days are worked, by a city's calendar. It must never guess a holiday: unknown years are Monday to Friday."""

from datetime import date
from functools import lru_cache

import chinese_calendar

from hub.rulebook.book import Calendar

_SATURDAY = 5


def is_workday(day: date, calendar: Calendar) -> bool:
    """Whether offices work on a day: the city's calendar first, then its base, then Monday to Friday."""
    if day in calendar.workdays:
        return True
    if day in calendar.holidays:
        return False
    known = china_works(day) if calendar.base == "china" else None
    return day.weekday() < _SATURDAY if known is None else known


@lru_cache(maxsize=4096)
def china_works(day: date) -> bool | None:
    """What the package says of a day, make-up days (调休) included; None for a year it does not know."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
