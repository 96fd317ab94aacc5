"""Office hours and work days, worked by hand. Yuncheng's offices: 08:00-12:00, 14:30-18:00, 7.5 hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.deadlines.office import add_work_days, add_work_hours, is_workday, unknown_year
from tests.builders import a_calendar

LOCAL = ZoneInfo("Asia/Shanghai")
CHINA = a_calendar()


def at(text: str) -> datetime:
    """A local time of Yuncheng, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        # Within one span.
        ("2026-03-03 09:00", 2, "2026-03-03 11:00"),
        # Over the noon break.
        ("2026-03-03 11:00", 2, "2026-03-03 15:30"),
        # Used up exactly at closing time: due then, not at the next opening.
        ("2026-03-03 10:00", 2, "2026-03-03 12:00"),
        # Before opening, in the noon break and after closing the count waits.
        ("2026-03-03 06:00", 2, "2026-03-03 10:00"),
        ("2026-03-03 13:00", 1, "2026-03-03 15:30"),
        ("2026-03-03 18:00", 1, "2026-03-04 09:00"),
        # Four hours from Friday afternoon end on Monday.
        ("2026-03-06 16:00", 4, "2026-03-09 10:00"),
        # A whole office day and a half hour.
        ("2026-03-03 08:00", 8, "2026-03-04 08:30"),
        # Spring Festival 2026: off from Sunday 15 to Monday 23 February, Saturday the 14th is a make-up day (调休).
        ("2026-02-14 17:00", 2, "2026-02-24 09:00"),
        ("2026-02-13 17:00", 2, "2026-02-14 09:00"),
        # Nothing to count: now, or the next opening.
        ("2026-03-03 09:00", 0, "2026-03-03 09:00"),
        ("2026-03-03 19:00", 0, "2026-03-04 08:00"),
        # Parts of an hour.
        ("2026-03-03 11:50", 0.5, "2026-03-03 14:50"),
    ],
)
def test_work_hours(start: str, hours: float, due: str) -> None:
    assert add_work_hours(at(start), hours, CHINA) == at(due)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # The same clock time on the next work day.
        ("2026-03-03 09:00", 1, "2026-03-04 09:00"),
        # Friday plus two is Tuesday.
        ("2026-03-06 16:00", 2, "2026-03-10 16:00"),
        # Outside office hours it counts from the next opening.
        ("2026-03-03 19:00", 1, "2026-03-05 08:00"),
        ("2026-03-03 12:30", 1, "2026-03-04 14:30"),
        ("2026-03-07 10:00", 1, "2026-03-10 08:00"),
        # At closing time the office is closed.
        ("2026-03-03 18:00", 1, "2026-03-05 08:00"),
        # Over Spring Festival: the make-up Saturday counts, the nine days off do not.
        ("2026-02-13 10:00", 2, "2026-02-24 10:00"),
        # Half a day is half of seven and a half office hours.
        ("2026-03-03 08:00", 1.5, "2026-03-04 11:45"),
    ],
)
def test_work_days(start: str, days: float, due: str) -> None:
    assert add_work_days(at(start), days, CHINA) == at(due)


def test_the_city_corrects_the_package() -> None:
    calendar = a_calendar(holidays=frozenset({date(2026, 3, 4)}), workdays=frozenset({date(2026, 3, 7)}))
    assert add_work_days(at("2026-03-03 09:00"), 1, calendar) == at("2026-03-05 09:00")
    assert add_work_days(at("2026-03-06 09:00"), 1, calendar) == at("2026-03-07 09:00")


def test_weekdays_base_knows_no_holidays() -> None:
    assert is_workday(date(2026, 10, 1), a_calendar(base="weekdays"))
    assert not is_workday(date(2026, 10, 1), CHINA)


def test_an_unknown_year_counts_monday_to_friday_and_is_told() -> None:
    start, end = at("2045-05-01 09:00"), at("2045-05-03 09:00")
    assert is_workday(date(2045, 5, 1), CHINA)
    assert unknown_year(start, end, CHINA) == 2045
    # A calendar that lists the year, or needs no list, has nothing to tell.
    assert unknown_year(start, end, a_calendar(holidays=frozenset({date(2045, 5, 1)}))) is None
    assert unknown_year(start, end, a_calendar(base="weekdays")) is None
    # The year in which the count ends matters as well.
    assert unknown_year(at("2026-12-31 09:00"), at("2040-01-04 09:00"), CHINA) is not None


def test_offices_without_hours_count_round_the_clock() -> None:
    assert add_work_hours(at("2026-03-03 23:00"), 2, a_calendar(hours=())) == at("2026-03-04 01:00")


def test_a_span_past_midnight_belongs_to_the_day_it_opens() -> None:
    night = a_calendar(hours=((time(22), time(6)),))
    assert add_work_hours(at("2026-03-04 05:00"), 2, night) == at("2026-03-04 23:00")


def test_hours_are_real_hours_when_the_clocks_change() -> None:
    boston = a_calendar(timezone="America/New_York", base="weekdays", hours=((time(0), time(8)),))
    # Monday after the change of 8 March 2026: an hour counted is an hour passed.
    start = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
    assert add_work_hours(start, 2, boston) == datetime(2026, 3, 9, 5, 0, tzinfo=UTC)


moments = st.integers(0, 1000 * 24 * 60).map(lambda minutes: at("2024-01-01 00:00") + timedelta(minutes=minutes))
quarters = st.integers(0, 200).map(lambda n: n / 4)


@given(moments, quarters)
def test_due_is_never_outside_office_hours(start: datetime, hours: float) -> None:
    due = add_work_hours(start, hours, CHINA)
    local = due.astimezone(LOCAL)
    assert due >= start
    assert is_workday(local.date(), CHINA)
    assert any(opens <= local.time() <= closes for opens, closes in CHINA.hours)


@given(moments, quarters, quarters)
def test_work_hours_add_up(start: datetime, first: float, second: float) -> None:
    at_once = add_work_hours(start, first + second, CHINA)
    in_turn = add_work_hours(add_work_hours(start, first, CHINA), second, CHINA)
    # A count used up at closing time may also be said to start at the next opening: no office time lies between.
    assert add_work_hours(at_once, 0.25, CHINA) == add_work_hours(in_turn, 0.25, CHINA)


@given(moments, st.integers(0, 20), st.integers(0, 20))
def test_work_days_add_up(start: datetime, first: int, second: int) -> None:
    in_turn = add_work_days(add_work_days(start, first, CHINA), second, CHINA)
    assert add_work_days(start, first + second, CHINA) == in_turn


@given(moments, st.timedeltas(timedelta(), timedelta(days=9)), quarters, st.integers(0, 20))
def test_starting_later_is_never_due_sooner(start: datetime, delay: timedelta, hours: float, days: int) -> None:
    assert add_work_hours(start, hours, CHINA) <= add_work_hours(start + delay, hours, CHINA)
    assert add_work_days(start, days, CHINA) <= add_work_days(start + delay, days, CHINA)


@given(moments, quarters, quarters)
def test_more_time_is_never_due_sooner(start: datetime, hours: float, more: float) -> None:
    assert add_work_hours(start, hours, CHINA) <= add_work_hours(start, hours + more, CHINA)
