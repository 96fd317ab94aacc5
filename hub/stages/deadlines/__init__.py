"""Deadlines (时限): the clocks of one task, and when they run out. It must never read the clock itself.

Enters: a task's id, its incident, the moment the clocks start, the rulebook, and the clause of the duty list that the
report falls under. Leaves: at most one deadline a kind (签收 accept, 处置 resolve), from the first rule of that kind
that matches: the clause itself, then the rules of `deadlines.yaml` in their order.
"""

from datetime import datetime, timedelta

from hub.rulebook.book import DeadlineRule, Rulebook
from hub.rulebook.memo import PerRulebook
from hub.rulebook.read_duty_list import only_clauses
from hub.stages.deadlines.office import add_work_days, add_work_hours, unknown_year
from hub.stages.deadlines.steps import plan
from hub.vocabulary.incidents import Deadline, Incident
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Severity, Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["clocks_of", "failed_conditions", "run_clock", "set_deadlines"]

#: A batch starts all its clocks at one moment, so a handful of sums serves it whole.
_MOMENTS_KEPT = 512
_HOURS = frozenset({DeadlineBasis.URGENT_HOUR, DeadlineBasis.WORK_HOUR})


def set_deadlines(
    task_id: str, incident: Incident, starts_at: datetime, book: Rulebook, clause: str = ""
) -> tuple[Deadline, ...]:
    """The clocks of one task that start at one moment."""
    clocks = _clocks(book)
    return tuple(
        Deadline(
            task_id=task_id,
            kind=rule.kind,
            basis=rule.basis,
            amount=rule.amount,
            starts_at=starts_at,
            due_at=due_at,
            why=why,
            supervision=plan(rule.kind, rule.basis, rule.amount, starts_at, due_at, incident, book),
        )
        for rule in clocks.rules_of(incident, clause)
        for due_at, why in (clocks.run(rule, starts_at),)
    )


def clocks_of(
    category: str, family: str, severity: Severity, book: Rulebook, clause: str = ""
) -> tuple[DeadlineRule, ...]:
    """The rule of each kind that holds for a category at a severity, under a clause of the duty list or none."""
    return _clocks(book).first(category, family, severity, clause)


def run_clock(rule: DeadlineRule, starts_at: datetime, book: Rulebook) -> tuple[datetime, Why]:
    """When a clock that starts at a moment runs out, and why."""
    return _clocks(book).run(rule, starts_at)


class _Clocks:
    """The deadline rules of a rulebook by what they apply to, and the sums already done."""

    def __init__(self, book: Rulebook) -> None:
        self._rules = tuple(rule for rule in book.deadlines if rule.clause is None)
        self._only_clauses = only_clauses(book.duties)
        self._of_clause = {rule.clause: rule for rule in book.deadlines if rule.clause is not None}
        self._calendar = book.calendar
        self._first: dict[tuple[str, str, Severity, str], tuple[DeadlineRule, ...]] = {}
        self._sums: dict[tuple[int, datetime], tuple[datetime, Why]] = {}

    def rules_of(self, incident: Incident, clause: str) -> tuple[DeadlineRule, ...]:
        return self.first(incident.category, incident.family, incident.severity, clause)

    def first(self, category: str, family: str, severity: Severity, clause: str) -> tuple[DeadlineRule, ...]:
        clause = clause or self._only_clauses.get(category, "")
        listed = self._of_clause.get(clause)
        key = (category, family, severity, "" if listed is None else clause)
        rules = self._first.get(key)
        if rules is None:
            firsts = {} if listed is None else {listed.kind: listed}
            fitting = [rule for rule in self._rules if not failed_conditions(rule, category, family, severity)]
            # The limit to resolve first: those of other clocks may depend on it.
            for rule in sorted(fitting, key=lambda rule: rule.kind is not DeadlineKind.RESOLVE):
                if rule.kind not in firsts and _short_enough(rule, firsts.get(DeadlineKind.RESOLVE)):
                    firsts[rule.kind] = rule
            rules = self._first[key] = tuple(firsts[kind] for kind in DeadlineKind if kind in firsts)
        return rules

    def run(self, rule: DeadlineRule, starts_at: datetime) -> tuple[datetime, Why]:
        # The rulebook keeps its rules alive, so their identity is a safe and cheap key.
        key = (id(rule), starts_at)
        known = self._sums.get(key)
        if known is None:
            if len(self._sums) >= _MOMENTS_KEPT:
                self._sums.clear()
            known = self._sums[key] = self._sum(rule, starts_at)
        return known

    def _sum(self, rule: DeadlineRule, starts_at: datetime) -> tuple[datetime, Why]:
        facts: dict[str, Fact] = {"kind": rule.kind.value, "amount": rule.amount}
        match rule.basis:
            case DeadlineBasis.URGENT_HOUR:
                due_at = starts_at + timedelta(hours=rule.amount)
            case DeadlineBasis.NATURAL_DAY:
                due_at = starts_at + timedelta(days=rule.amount)
            case DeadlineBasis.WORK_HOUR:
                due_at = add_work_hours(starts_at, rule.amount, self._calendar)
            case DeadlineBasis.WORK_DAY:
                due_at = add_work_days(starts_at, rule.amount, self._calendar)
        if rule.basis in (DeadlineBasis.WORK_HOUR, DeadlineBasis.WORK_DAY):
            year = unknown_year(starts_at, due_at, self._calendar)
            if year is not None:
                facts["calendar_unknown_year"] = year
        return due_at, Why(stage=Stage.DEADLINES, rule=rule.id, verdict=rule.basis.value, facts=facts)


def failed_conditions(rule: DeadlineRule, category: str, family: str, severity: Severity) -> tuple[str, ...]:
    """The conditions of a rule that are not met; none: the rule applies."""
    met = {
        "categories": rule.categories is None or category in rule.categories,
        "families": rule.families is None or family in rule.families,
        "severity_at_least": rule.severity_at_least is None or severity <= rule.severity_at_least,
    }
    return tuple(condition for condition, holds in met.items() if not holds)


def _short_enough(rule: DeadlineRule, resolve: DeadlineRule | None) -> bool:
    if rule.resolve_within_hours is None:
        return True
    return resolve is not None and resolve.basis in _HOURS and resolve.amount <= rule.resolve_within_hours


_clocks = PerRulebook(_Clocks)
