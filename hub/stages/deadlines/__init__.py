"""Deadlines (时限): the clocks of one task, and when they run out. It must never read the clock itself.

Enters: a task's id, its incident, the moment the clocks start, the rulebook, the clause of the duty list that the
report falls under, and the report that opened the incident. Leaves: at most one deadline a kind (签收 accept, 处置
resolve), from the first rule of that kind that matches: the clause itself, then the rules of `deadlines.yaml` in their
order; a rule's condition is looked at last.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge

from hub.rulebook.book import DeadlineRule, Rulebook
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES, Subject, incident_subject
from hub.rulebook.conditions import Failed, Judge
from hub.rulebook.memo import of_room
from hub.rulebook.read_duty_list import only_clauses
from hub.stages.deadlines.office import add_work_days, add_work_hours, unknown_year
from hub.stages.deadlines.steps import plan, undecided_rules
from hub.vocabulary.incidents import Deadline, Incident
from hub.vocabulary.messages import Report
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Severity, Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["clocks_of", "failed_conditions", "office_time", "run_clock", "set_deadlines", "undecided_clocks"]

#: A batch starts all its clocks at one moment, so a handful of sums serves it whole.
_MOMENTS_KEPT = 512
_HOURS = frozenset({DeadlineBasis.URGENT_HOUR, DeadlineBasis.WORK_HOUR})


def set_deadlines(
    task_id: str,
    incident: Incident,
    starts_at: datetime,
    book: Rulebook,
    clause: str = "",
    opened_by: Report | None = None,
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
        for rule in clocks.rules_of(incident, clause, opened_by)[0]
        for due_at, why in (clocks.run(rule, starts_at),)
    )


def undecided_clocks(
    incident: Incident, book: Rulebook, clause: str = "", opened_by: Report | None = None
) -> tuple[Why, ...]:
    """A reason for each rule of a clock or of its supervision that did not apply because its condition could not be
    decided."""
    clocks = _clocks(book)
    if not clocks.has_conditions and not clocks.watched_by_conditions:
        return ()
    rules, undecided = clocks.rules_of(incident, clause, opened_by)
    steps = (why for rule in rules for why in undecided_rules(rule.kind, rule.basis, rule.amount, incident, book))
    return (*undecided, *steps)


def clocks_of(
    category: str, family: str, severity: Severity, book: Rulebook, clause: str = ""
) -> tuple[DeadlineRule, ...]:
    """The rule of each kind that holds for a category at a severity, under a clause of the duty list or none; those
    with a condition hold for some incidents only and are left out."""
    clocks = _clocks(book)
    rules, listed = clocks.fitting(category, family, severity, clause)
    return _firsts((rule for rule in rules if rule.when is None), listed)


def run_clock(rule: DeadlineRule, starts_at: datetime, book: Rulebook) -> tuple[datetime, Why]:
    """When a clock that starts at a moment runs out, and why."""
    return _clocks(book).run(rule, starts_at)


def office_time(start: datetime, span: timedelta, book: Rulebook) -> datetime:
    """The moment by which so much office time has passed."""
    return add_work_hours(start, span / timedelta(hours=1), book.calendar)


#: The rule of each kind, and a reason for each that could not be decided.
_Asked = tuple[tuple[DeadlineRule, ...], tuple[Why, ...]]


class _Clocks:
    """The deadline rules of a rulebook by what they apply to, and the sums already done."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._by_category: dict[str, list[tuple[int, DeadlineRule]]] = {}
        self._of_all: list[tuple[int, DeadlineRule]] = []
        self._lay_out(rule for rule in book.deadlines if rule.clause is None)
        self.has_conditions = any(rule.when is not None for rule in book.deadlines)
        self.watched_by_conditions = any(rule.when is not None for rule in book.escalation)
        self._judge = Judge(INCIDENT_VARIABLES)
        self._only_clauses = only_clauses(book.duties)
        self._of_clause = {rule.clause: rule for rule in book.deadlines if rule.clause is not None}
        self._calendar = book.calendar
        self._fitting: dict[tuple[str, str, Severity], tuple[DeadlineRule, ...]] = {}
        self._plain: dict[tuple[str, str, Severity, str], tuple[DeadlineRule, ...]] = {}
        #: Every task of an incident asks the same, one after the other.
        self._last: tuple[Incident | None, Report | None, str, _Asked] = (None, None, "", ((), ()))
        self._sums: dict[tuple[int, datetime], tuple[datetime, Why]] = {}

    def rules_of(self, incident: Incident, clause: str, opened_by: Report | None) -> _Asked:
        """The rule of each kind that holds for an incident, and those that could not be decided."""
        category, family, severity = incident.category, incident.family, incident.severity
        rules, listed = self.fitting(category, family, severity, clause)
        if not self.has_conditions or all(rule.when is None for rule in rules):
            key = (category, family, severity, "" if listed is None else clause)
            known = self._plain.get(key)
            if known is None:
                known = self._plain[key] = _firsts(rules, listed)
            return known, ()
        last = self._last
        if last[0] is incident and last[1] is opened_by and last[2] == clause:
            return last[3]
        found = self._asked(rules, listed, incident_subject(incident, opened_by, self._book))
        self._last = (incident, opened_by, clause, found)
        return found

    def _asked(self, rules: Iterable[DeadlineRule], listed: DeadlineRule | None, subject: Subject) -> _Asked:
        undecided: list[Why] = []

        def holds(rule: DeadlineRule) -> bool:
            found = True if rule.when is None else self._judge(rule.when, subject)
            if isinstance(found, Failed):
                undecided.append(found.why(Stage.DEADLINES, rule.id))
            return found is True

        return _firsts(rules, listed, holds), tuple(undecided)

    def fitting(
        self, category: str, family: str, severity: Severity, clause: str
    ) -> tuple[tuple[DeadlineRule, ...], DeadlineRule | None]:
        """The rules whose plain fields fit, those to resolve first, and that of the clause."""
        listed = self._of_clause.get(clause or self._only_clauses.get(category, ""))
        key = (category, family, severity)
        rules = self._fitting.get(key)
        if rules is None:
            about = merge(self._by_category.get(category, ()), self._of_all, key=lambda entry: entry[0])
            fitting = [rule for _, rule in about if not failed_conditions(rule, category, family, severity)]
            rules = self._fitting[key] = tuple(_reachable(fitting))
        return rules, listed

    def run(self, rule: DeadlineRule, starts_at: datetime) -> tuple[datetime, Why]:
        # The rulebook keeps its rules alive, so their identity is a safe and cheap key.
        key = (id(rule), starts_at)
        known = self._sums.get(key)
        if known is None:
            if len(self._sums) >= _MOMENTS_KEPT:
                self._sums.clear()
            known = self._sums[key] = self._sum(rule, starts_at)
        return known

    def _lay_out(self, rules: Iterable[DeadlineRule]) -> None:
        for n, rule in enumerate(rules):
            if rule.categories is None:
                self._of_all.append((n, rule))
            for category in rule.categories or ():
                self._by_category.setdefault(category, []).append((n, rule))

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


def _reachable(rules: Iterable[DeadlineRule]) -> Iterator[DeadlineRule]:
    """Rules that none before them always forestalls; those to resolve first, since other clocks may depend on them."""
    settled: set[DeadlineKind] = set()
    for rule in sorted(rules, key=lambda rule: rule.kind is not DeadlineKind.RESOLVE):
        if rule.kind not in settled:
            yield rule
            if rule.when is None and rule.resolve_within_hours is None:
                settled.add(rule.kind)


def _firsts(
    rules: Iterable[DeadlineRule],
    listed: DeadlineRule | None,
    holds: Callable[[DeadlineRule], bool] = lambda rule: True,
) -> tuple[DeadlineRule, ...]:
    """The first rule of each kind; the clause of the duty list goes before all of its kind."""
    firsts = {} if listed is None else {listed.kind: listed}
    for rule in rules:
        if rule.kind in firsts or not _short_enough(rule, firsts.get(DeadlineKind.RESOLVE)):
            continue
        if holds(rule):
            firsts[rule.kind] = rule
    return tuple(firsts[kind] for kind in DeadlineKind if kind in firsts)


def _short_enough(rule: DeadlineRule, resolve: DeadlineRule | None) -> bool:
    if rule.resolve_within_hours is None:
        return True
    return resolve is not None and resolve.basis in _HOURS and resolve.amount <= rule.resolve_within_hours


_clocks = of_room(_Clocks)
