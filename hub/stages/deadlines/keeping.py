"""What happens to a clock after it was set: it stands, counts on, gets more time. It must never forget time used.

Every function takes a clock and gives the clock after it, with the reason. Time used is kept as the clock counts it:
office time for 工作时 and 工作日, all time for 紧急工作时 and 自然日. So a clock that stood for a week and counts on
has exactly what it had left.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.rulebook.book import Calendar
from hub.stages.deadlines.office import add_work_days, add_work_hours, hours_a_day, work_time_between
from hub.vocabulary.moves import Clock
from hub.vocabulary.terms import DeadlineBasis, Stage
from hub.vocabulary.why import Fact, Why

_CONTINUOUS = {
    DeadlineBasis.URGENT_HOUR: timedelta(hours=1),
    DeadlineBasis.NATURAL_DAY: timedelta(days=1),
}

Kept = tuple[Clock, Why]


def used_by(clock: Clock, now: datetime, calendar: Calendar) -> timedelta:
    """The time a clock has counted by a moment."""
    counted = timedelta()
    if clock.met_at is None:
        counted = _counted(clock.basis, clock.counted_from, now, calendar)
    return timedelta(seconds=clock.used_seconds) + counted


def stop(clock: Clock, now: datetime, calendar: Calendar, *, met: bool) -> Kept:
    """The clock stands from now on. `met`: because what it measures has happened."""
    if clock.met_at is not None:
        return clock, _why(clock, "stands", now, calendar)
    used = used_by(clock, now, calendar)
    stood = replace(clock, used_seconds=used.total_seconds(), counted_from=now, met_at=now)
    verdict = ("met" if now <= clock.due_at else "met_late") if met else "stands"
    return stood, _why(stood, verdict, now, calendar)


def run_on(clock: Clock, now: datetime, calendar: Calendar) -> Kept:
    """The clock counts on from now with what is left of its time; what had run out before stays so."""
    used = used_by(clock, now, calendar)
    running = replace(clock, used_seconds=used.total_seconds(), counted_from=now, met_at=None)
    running = _due_again(running, now, calendar)
    return running, _why(running, "runs_on", now, calendar)


def grant(clock: Clock, days: float, now: datetime, calendar: Calendar) -> Kept:
    """The deadline moves by work days, from where it is; what is past is not forgiven by less."""
    due_at = add_work_days(clock.due_at, days, calendar)
    extra = _counted(clock.basis, clock.due_at, due_at, calendar).total_seconds()
    why = _noting(clock, extended_days=_fact(clock, "extended_days") + days)
    longer = replace(
        clock,
        due_at=due_at,
        extra_seconds=clock.extra_seconds + extra,
        fired_at=None if due_at > now else clock.fired_at,
        why=why,
    )
    return longer, _why(longer, "granted", now, calendar, days=days)


def put_off(clock: Clock, days: float, now: datetime, calendar: Calendar) -> Kept:
    """The clock stands for so many work days, and then counts on by itself."""
    used = used_by(clock, now, calendar)
    until = add_work_days(now, days, calendar)
    later = replace(clock, used_seconds=used.total_seconds(), counted_from=until, met_at=None)
    later = _due_again(later, now, calendar)
    later = replace(later, why=_noting(later, put_off_until=_local(until, calendar)))
    return later, _why(later, "put_off", now, calendar, days=days)


def renew(clock: Clock, now: datetime, calendar: Calendar) -> Clock:
    """The same limit for somebody who gets the task now: whole, since nothing of it was theirs."""
    facts = {name: fact for name, fact in clock.why.facts.items() if name not in ("extended_days", "put_off_until")}
    return Clock(
        kind=clock.kind,
        basis=clock.basis,
        amount=clock.amount,
        starts_at=now,
        due_at=limit_after(clock.basis, clock.amount, now, calendar),
        why=replace(clock.why, facts=facts),
        counted_from=now,
    )


def limit_after(basis: DeadlineBasis, amount: float, start: datetime, calendar: Calendar) -> datetime:
    """When a limit that starts at a moment runs out."""
    return _after(basis, _allowance(basis, amount, calendar), start, calendar)


def _due_again(clock: Clock, now: datetime, calendar: Calendar) -> Clock:
    allowed = _allowance(clock.basis, clock.amount, calendar) + timedelta(seconds=clock.extra_seconds)
    left = allowed - timedelta(seconds=clock.used_seconds)
    if left <= timedelta():
        return clock
    due_at = _after(clock.basis, left, clock.counted_from, calendar)
    return replace(clock, due_at=due_at, fired_at=None if due_at > now else clock.fired_at)


def _allowance(basis: DeadlineBasis, amount: float, calendar: Calendar) -> timedelta:
    if basis is DeadlineBasis.WORK_HOUR:
        return timedelta(hours=amount)
    if basis is DeadlineBasis.WORK_DAY:
        return timedelta(hours=amount * hours_a_day(calendar))
    return amount * _CONTINUOUS[basis]


def _counted(basis: DeadlineBasis, start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    if basis in _CONTINUOUS:
        return max(end - start, timedelta())
    return work_time_between(start, end, calendar)


def _after(basis: DeadlineBasis, left: timedelta, start: datetime, calendar: Calendar) -> datetime:
    if basis in _CONTINUOUS:
        return start + left
    if basis is DeadlineBasis.WORK_HOUR:
        return add_work_hours(start, left / timedelta(hours=1), calendar)
    days, rest = divmod(left, timedelta(hours=hours_a_day(calendar)))
    # Without a rest the same clock time days later, closed or not, as when it was set.
    due_at = add_work_days(start, days, calendar) if days else start
    return add_work_hours(due_at, rest / timedelta(hours=1), calendar) if rest else due_at


def _why(clock: Clock, verdict: str, now: datetime, calendar: Calendar, **more: Fact) -> Why:
    facts: dict[str, Fact] = {
        "kind": clock.kind.value,
        "used_hours": round(used_by(clock, now, calendar) / timedelta(hours=1), 2),
        "due_at": _local(clock.due_at, calendar),
        **more,
    }
    return Why(stage=Stage.DEADLINES, rule=clock.why.rule, verdict=verdict, facts=facts)


def _noting(clock: Clock, **facts: Fact) -> Why:
    return replace(clock.why, facts={**clock.why.facts, **facts})


def _fact(clock: Clock, name: str) -> float:
    fact = clock.why.facts.get(name)
    return float(fact) if isinstance(fact, int | float) else 0.0


def _local(moment: datetime, calendar: Calendar) -> str:
    return moment.astimezone(ZoneInfo(calendar.timezone)).strftime("%Y-%m-%d %H:%M")
