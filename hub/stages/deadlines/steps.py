"""The steps of supervision (督办) of a clock: which rule holds, and when each step falls. It must never raise one.

Enters: a clock and its incident. Leaves: the steps of the first rule of `escalation.yaml` that fits, each at its moment
before or after the deadline, in office time where the step says so. A step that would fall at or before the start of
the clock is left out: nobody is reminded of what they have just been given.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.rulebook.book import Calendar, Rulebook
from hub.rulebook.condition_subjects import STANDING_VARIABLES, incident_subject
from hub.rulebook.conditions import Failed, Judge
from hub.rulebook.escalation_rules import EscalationRule
from hub.rulebook.memo import of_room
from hub.stages.deadlines.backwards import work_days_before, work_hours_before
from hub.stages.deadlines.office import add_work_days, add_work_hours
from hub.vocabulary.incidents import Incident
from hub.vocabulary.supervision import Supervision, SupervisionStep
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Side, Stage
from hub.vocabulary.why import Why

_HOURS = frozenset({DeadlineBasis.URGENT_HOUR, DeadlineBasis.WORK_HOUR})
_UNITS = {DeadlineBasis.URGENT_HOUR: timedelta(hours=1), DeadlineBasis.NATURAL_DAY: timedelta(days=1)}
#: A batch starts its clocks at one moment, so a handful of sums serves it whole.
_SUMS_KEPT = 512


def plan(
    kind: DeadlineKind,
    basis: DeadlineBasis,
    amount: float,
    starts_at: datetime,
    due_at: datetime,
    incident: Incident,
    book: Rulebook,
) -> Supervision | None:
    """The steps of a clock of an incident; None where no rule fits or none of its steps falls after the start."""
    rule, _ = _fitting(kind, basis, amount, incident, book)
    return None if rule is None else _plans(book).of(rule, starts_at, due_at)


def undecided_rules(
    kind: DeadlineKind, basis: DeadlineBasis, amount: float, incident: Incident, book: Rulebook
) -> tuple[Why, ...]:
    """A reason for each escalation rule that was not used because its condition could not be decided."""
    return _fitting(kind, basis, amount, incident, book)[1]


def plan_again(supervision: Supervision, due_at: datetime, now: datetime, calendar: Calendar) -> Supervision:
    """The same steps reckoned from a deadline that has moved; what lies ahead again may be raised again."""
    steps = []
    for step in supervision.steps:
        at = moment_of(step.side, step.amount, step.basis, due_at, calendar)
        ahead = at > now and at != step.at
        steps.append(replace(step, at=at, done=step.done and not ahead, moot=step.moot and not ahead))
    return replace(supervision, due_at=due_at, steps=tuple(sorted(steps, key=lambda step: step.at)))


def moment_of(side: Side, amount: float, basis: DeadlineBasis, due_at: datetime, calendar: Calendar) -> datetime:
    """The moment so long before or after a deadline."""
    if basis in _UNITS:
        span = amount * _UNITS[basis]
        return due_at - span if side is Side.BEFORE else due_at + span
    if amount == 0:
        return due_at
    if side is Side.BEFORE:
        back = work_hours_before if basis is DeadlineBasis.WORK_HOUR else work_days_before
        return back(due_at, amount, calendar)
    on = add_work_hours if basis is DeadlineBasis.WORK_HOUR else add_work_days
    return on(due_at, amount, calendar)


def short_enough(rule: EscalationRule, basis: DeadlineBasis, amount: float) -> bool:
    """Whether the limit of a clock is within what the rule asks for."""
    return rule.limit_within_hours is None or (basis in _HOURS and amount <= rule.limit_within_hours)


def _fitting(
    kind: DeadlineKind, basis: DeadlineBasis, amount: float, incident: Incident, book: Rulebook
) -> tuple[EscalationRule | None, tuple[Why, ...]]:
    """The first rule that fits a clock of an incident, and those before it that could not be decided."""
    undecided: list[Why] = []
    for rule in book.escalation:
        if rule.clock is not kind or not _meets(rule, basis, amount, incident):
            continue
        if rule.when is None:
            return rule, tuple(undecided)
        found = _plans(book).judge(rule.when, incident_subject(incident, None, book))
        if found is True:
            return rule, tuple(undecided)
        if isinstance(found, Failed):
            undecided.append(found.why(Stage.SUPERVISE, rule.id))
    return None, tuple(undecided)


def _meets(rule: EscalationRule, basis: DeadlineBasis, amount: float, incident: Incident) -> bool:
    """Whether a clock and its incident meet the plain conditions of a rule."""
    return (
        (rule.categories is None or incident.category in rule.categories)
        and (rule.families is None or incident.family in rule.families)
        and (rule.districts is None or incident.district in rule.districts)
        and (rule.severity_at_least is None or incident.severity <= rule.severity_at_least)
        and (rule.feeds is None or not rule.feeds.isdisjoint(incident.feeds))
        and short_enough(rule, basis, amount)
    )


class _Plans:
    """The conditions of a rulebook's rules, and the sums already done for it."""

    def __init__(self, book: Rulebook) -> None:
        self.judge = Judge(STANDING_VARIABLES)
        self._calendar = book.calendar
        self._sums: dict[tuple[int, datetime, datetime], Supervision | None] = {}

    def of(self, rule: EscalationRule, starts_at: datetime, due_at: datetime) -> Supervision | None:
        # The rulebook keeps its rules alive, so their identity is a safe and cheap key.
        key = (id(rule), starts_at, due_at)
        if key not in self._sums:
            if len(self._sums) >= _SUMS_KEPT:
                self._sums.clear()
            self._sums[key] = self._sum(rule, starts_at, due_at)
        return self._sums[key]

    def _sum(self, rule: EscalationRule, starts_at: datetime, due_at: datetime) -> Supervision | None:
        steps = (
            SupervisionStep(
                at=moment_of(step.side, step.amount, step.basis, due_at, self._calendar),
                raises=step.raises,
                to=step.to,
                side=step.side,
                amount=step.amount,
                basis=step.basis,
            )
            for step in rule.steps
        )
        ahead = sorted((step for step in steps if step.at > starts_at), key=lambda step: step.at)
        return Supervision(rule=rule.id, due_at=due_at, steps=tuple(ahead)) if ahead else None


_plans = of_room(_Plans)
