"""A clock that stands, counts on and gets more time: worked by hand on a calendar, and for any calendar and order."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rulebook.book import Calendar
from hub.stages.deadlines.keeping import grant, limit_after, put_off, renew, run_on, stop, used_by
from hub.stages.deadlines.office import is_workday, work_time_between
from hub.vocabulary.moves import Clock
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Stage
from hub.vocabulary.why import Why
from tests.builders import a_calendar

B = DeadlineBasis
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Offices: 08:00-12:00 and 14:30-18:00, seven and a half hours a day.
YUNCHENG = a_calendar()


def local(text: str) -> datetime:
    """A moment in Yuncheng's time of March 2026: `2 10:00` is Monday the second, ten o'clock."""
    day, _, clock = text.partition(" ")
    hour, minute = clock.split(":")
    return datetime(2026, 3, int(day), int(hour), int(minute), tzinfo=UTC) - 8 * HOUR


def a_clock(basis: DeadlineBasis, amount: float, start: datetime, calendar: Calendar = YUNCHENG) -> Clock:
    return Clock(
        kind=DeadlineKind.RESOLVE,
        basis=basis,
        amount=amount,
        starts_at=start,
        due_at=limit_after(basis, amount, start, calendar),
        counted_from=start,
        why=Why(stage=Stage.DEADLINES, rule="resolve", verdict=basis.value),
    )


@pytest.mark.parametrize(
    ("basis", "amount", "start", "stands", "on", "used_hours", "due"),
    [
        # Two work days from Monday ten; reported on Monday at three (2.5 office hours), sent back on Wednesday at nine:
        # six and a half hours of that day, six of the next.
        (B.WORK_DAY, 2, "2 10:00", "2 15:00", "4 09:00", 2.5, "5 16:30"),
        # Eight office hours from Friday at four; two used; sent back on Monday at nine: six left.
        (B.WORK_HOUR, 8, "6 16:00", "6 18:00", "9 09:00", 2.0, "9 17:30"),
        # Twenty-four hours round the clock, six of them used, counts on after a weekend.
        (B.URGENT_HOUR, 24, "6 16:00", "6 22:00", "9 09:00", 6.0, "10 03:00"),
        (B.NATURAL_DAY, 3, "2 10:00", "3 10:00", "9 10:00", 24.0, "11 10:00"),
        # Stood outside office hours: nothing was used of them.
        (B.WORK_HOUR, 4, "7 10:00", "8 20:00", "9 08:00", 0.0, "9 12:00"),
    ],
)
def test_worked_examples(
    basis: DeadlineBasis, amount: float, start: str, stands: str, on: str, used_hours: float, due: str
) -> None:
    stood, why = stop(a_clock(basis, amount, local(start)), local(stands), YUNCHENG, met=True)
    assert stood.used_seconds / 3600 == used_hours
    assert (stood.met_at, why.verdict) == (local(stands), "met")
    running, why = run_on(stood, local(on), YUNCHENG)
    assert running.due_at == local(due)
    assert (running.met_at, running.fired_at, why.verdict) == (None, None, "runs_on")
    assert why.facts["used_hours"] == used_hours


def test_late_is_late_for_good() -> None:
    clock = a_clock(B.URGENT_HOUR, 2, local("2 10:00"))
    stood, why = stop(clock, local("2 13:00"), YUNCHENG, met=True)
    assert why.verdict == "met_late"
    running, _ = run_on(stood, local("3 09:00"), YUNCHENG)
    assert running.due_at == clock.due_at
    put, _ = put_off(running, 5, local("3 09:00"), YUNCHENG)
    assert put.due_at == clock.due_at


def test_an_extension_moves_the_deadline_and_is_told_again() -> None:
    clock = a_clock(B.WORK_DAY, 1, local("5 10:00"))
    fired = Clock(**{name: getattr(clock, name) for name in clock.__struct_fields__} | {"fired_at": local("6 10:00")})
    longer, why = grant(fired, 2, local("6 11:00"), YUNCHENG)
    assert longer.due_at == local("10 10:00")
    assert longer.fired_at is None
    assert (why.facts["days"], longer.why.facts["extended_days"]) == (2, 2)
    again, _ = grant(longer, 1, local("6 11:00"), YUNCHENG)
    assert again.why.facts["extended_days"] == 3
    late, _ = grant(fired, 1, local("20 11:00"), YUNCHENG)
    assert late.fired_at == fired.fired_at, "still past: nobody is told twice"


def test_put_off_it_counts_on_by_itself_and_earlier_when_somebody_resumes() -> None:
    clock = a_clock(B.WORK_HOUR, 10, local("2 08:00"))
    put, why = put_off(clock, 5, local("2 12:00"), YUNCHENG)
    assert put.counted_from == local("9 14:30")
    assert put.due_at == local("10 10:30")
    assert why.verdict == "put_off"
    assert used_by(put, local("5 12:00"), YUNCHENG) == 4 * HOUR
    early, _ = run_on(put, local("3 08:00"), YUNCHENG)
    assert early.due_at == local("3 16:30")


def test_who_gets_it_next_has_the_whole_limit() -> None:
    old, _ = stop(a_clock(B.WORK_DAY, 2, local("2 10:00")), local("3 11:00"), YUNCHENG, met=False)
    new = renew(old, local("3 11:00"), YUNCHENG)
    assert (new.due_at, new.used_seconds, new.met_at) == (local("5 11:00"), 0.0, None)


days = st.dates(date(2026, 1, 1), date(2026, 12, 1))
calendars = st.builds(
    a_calendar,
    holidays=st.frozensets(days, max_size=5),
    hours=st.sampled_from(
        [((time(8), time(12)), (time(14, 30), time(18))), ((time(0), time(23, 59)),), ((time(9), time(17)),)]
    ),
    base=st.sampled_from(["china", "weekdays"]),
)
moments = st.integers(0, 300 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
gaps = st.lists(
    st.tuples(st.sampled_from(["stop", "run", "grant", "put_off"]), st.timedeltas(timedelta(), 20 * DAY)), max_size=8
)
TICK = timedelta(milliseconds=1)


@given(calendar=calendars, start=moments, basis=st.sampled_from(DeadlineBasis), amount=st.floats(0.1, 60), moves=gaps)
def test_time_used_never_shrinks_and_no_move_gains_time(
    calendar: Calendar, start: datetime, basis: DeadlineBasis, amount: float, moves: list[tuple[str, timedelta]]
) -> None:
    clock, now, used = a_clock(basis, amount, start, calendar), start, timedelta()
    for what, gap in moves:
        now += gap
        used = max(used, used_by(clock, now, calendar))
        if what == "stop":
            clock, _ = stop(clock, now, calendar, met=True)
        elif what == "run":
            clock, _ = run_on(clock, now, calendar)
        elif what == "grant":
            clock, _ = grant(clock, 1.5, now, calendar)
        else:
            clock, _ = put_off(clock, 1.5, now, calendar)
        assert used_by(clock, now, calendar) >= used - TICK
        assert clock.due_at >= start
    if clock.met_at is None and clock.counted_from <= now < clock.due_at:
        # What it counts until it is due is what was allowed, however often it stood.
        whole, _ = stop(clock, clock.due_at, calendar, met=True)
        spent = timedelta(seconds=whole.used_seconds - whole.extra_seconds)
        assert abs(spent - _allowed(basis, amount, calendar)) < timedelta(seconds=1)


def _allowed(basis: DeadlineBasis, amount: float, calendar: Calendar) -> timedelta:
    workday = next(day for day in (date(2026, 6, 1) + n * DAY for n in range(30)) if is_workday(day, calendar))
    midnight = datetime.combine(workday, time(), UTC) - 8 * HOUR
    a_day = work_time_between(midnight, midnight + DAY, calendar)
    units = {B.URGENT_HOUR: HOUR, B.WORK_HOUR: HOUR, B.NATURAL_DAY: DAY, B.WORK_DAY: a_day}
    return amount * units[basis]
