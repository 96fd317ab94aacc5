"""Compares what came of a case with what it expects, in lines a person can read. It must never change either."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from hub.edges.authoring.running import Outcome, RaisedStep, Ran
from hub.rulebook.book import Rulebook
from hub.rulebook.cases import Becomes, Case, Expected, ExpectedStep
from hub.rulebook.conditions import CONDITION_FAILED
from hub.rulebook.names import names_of
from hub.rulebook.read_cases import NO_CLOCK, NOT_MUTED
from hub.vocabulary.phrases import phrase
from hub.vocabulary.terms import DeadlineKind, Stage, TaskRole
from hub.vocabulary.why import Why

_STAGES: Mapping[str, tuple[Stage, ...]] = {
    "reports": (Stage.FUSE,),
    "suggested_with": (Stage.FUSE,),
    "category": (Stage.CLASSIFY,),
    "severity": (Stage.SEVERITY, Stage.PERCEIVE),
    "district": (Stage.LOCATE,),
    "lead": (Stage.ROUTE,),
    "assist": (Stage.ROUTE,),
    "accept": (Stage.DEADLINES,),
    "resolve": (Stage.DEADLINES,),
    "muted": (Stage.MUTE,),
    "escalations": (Stage.SUPERVISE,),
    "patterns": (Stage.PERCEIVE,),
    "opened_by": (Stage.PERCEIVE,),
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that came out otherwise."""

    of: tuple[str, ...]
    line: int
    field: str
    expected: str
    got: str
    #: Why it came out so, as the operator would read it.
    because: tuple[str, ...] = ()


class Comparer:
    """Compares the cases of one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self._zone = ZoneInfo(book.city.timezone)
        self._names = {id: name.zh for id, name in names_of(book).items()}

    def differences(self, case: Case, ran: Ran) -> tuple[Difference, ...]:
        """Everything that came out otherwise than a case expects; none when it holds."""
        return tuple(found for expected in case.expect for found in self._compare(expected, ran))

    def _compare(self, expected: Expected, ran: Ran) -> Iterator[Difference]:
        if expected.opened_by is not None:
            yield from self._opened(expected, expected.opened_by, ran)
            return
        if expected.becomes is not Becomes.INCIDENT:
            yield from self._without_incident(expected, ran)
            return
        for name in expected.of:
            if ran.outcome_of(name) is None:
                yield self._differs(expected, "becomes", "incident", _instead(name, ran), ())
                return
        outcome = ran.outcome_of(expected.of[0]) if expected.of else None
        if outcome is None:
            return
        if set(outcome.reports) != set(expected.of):
            yield self._differs(expected, "reports", ", ".join(expected.of), _grouping(expected.of, ran), outcome.whys)
        yield from self._fields(expected, outcome, ran)

    def _opened(self, expected: Expected, pattern: str, ran: Ran) -> Iterator[Difference]:
        """The incident that a pattern opened over these reports, or that it opened none."""
        opened = ran.opened_by(pattern)
        outcome = next((each for each in opened if set(each.seen_in) == set(expected.of)), None)
        if expected.becomes is Becomes.NOTHING:
            for each in opened:
                yield self._differs(expected, "opened_by", "nothing", _listed(each.seen_in), each.whys)
        elif outcome is None:
            seen = " | ".join(_listed(each.seen_in) for each in opened) or "nothing"
            yield self._differs(expected, "opened_by", f"{pattern}: {_listed(expected.of)}", seen, ())
        else:
            yield from self._fields(expected, outcome, ran)

    def _fields(self, expected: Expected, outcome: Outcome, ran: Ran) -> Iterator[Difference]:
        got = self._got(outcome, ran)
        for field, wanted in self._wanted(expected).items():
            if got[field] != wanted:
                yield self._differs(expected, field, wanted, got[field], outcome.whys)
        yield from self._escalations(expected, outcome)
        yield from self._rules(expected, outcome)
        yield from self._unwanted(expected, outcome)

    def _without_incident(self, expected: Expected, ran: Ran) -> Iterator[Difference]:
        for name in expected.of:
            became = "reject" if name in ran.rejects else "nothing" if name in ran.nothing else "incident"
            if became != expected.becomes.value:
                outcome = ran.outcome_of(name)
                whys = outcome.whys if outcome is not None else ()
                yield self._differs(expected, "becomes", expected.becomes.value, _instead(name, ran), whys)

    def _wanted(self, expected: Expected) -> dict[str, str]:
        told = {
            "category": expected.category,
            "severity": None if expected.severity is None else expected.severity.name,
            "district": expected.district,
            "lead": expected.lead,
            "assist": None if expected.assist is None else _listed(expected.assist),
            "accept": self._clock(expected.accept),
            "resolve": self._clock(expected.resolve),
            "overdue": None if expected.overdue is None else _yes_no(expected.overdue),
            "muted": expected.muted,
            "suggested_with": expected.suggested_with,
            "patterns": None if expected.patterns is None else _listed(expected.patterns),
        }
        return {field: value for field, value in told.items() if value is not None}

    def _got(self, outcome: Outcome, ran: Ran) -> dict[str, str]:
        incident = outcome.incident
        lead = next((task for task in outcome.tasks if task.role is TaskRole.LEAD), None)
        clocks = {deadline.kind: deadline.due_at for deadline in lead.deadlines} if lead is not None else {}
        likely = [other.reports[0] for other in ran.outcomes if set(other.suggested) & set(outcome.reports)]
        return {
            "category": incident.category,
            "severity": incident.severity.name,
            "district": incident.district or "none",
            "lead": incident.lead_bureau or "none",
            "assist": _listed(task.bureau for task in outcome.tasks if task.role is TaskRole.ASSIST),
            "accept": self._clock(clocks.get(DeadlineKind.ACCEPT, NO_CLOCK)) or "",
            "resolve": self._clock(clocks.get(DeadlineKind.RESOLVE, NO_CLOCK)) or "",
            "overdue": _yes_no(incident.overdue),
            "muted": NOT_MUTED if incident.mute is None else incident.mute.rule,
            "suggested_with": _listed(likely),
            "patterns": _listed(outcome.patterns),
        }

    def _escalations(self, expected: Expected, outcome: Outcome) -> Iterator[Difference]:
        """What was raised for the leading bureau; of each step only what the case names is looked at."""
        wanted = expected.escalations
        lead = next((task.id for task in outcome.tasks if task.role is TaskRole.LEAD), "")
        raised = [step for step in outcome.raised if step.task_id == lead]
        if wanted is None or (
            len(wanted) == len(raised) and all(_as_expected(*pair) for pair in zip(wanted, raised, strict=True))
        ):
            return
        told = [f"{step.raises} {self._clock(step.at)} {step.to}" for step in raised]
        asked = [" ".join(filter(None, (w.raises, self._clock(w.at), w.to))) for w in wanted]
        yield self._differs(expected, "escalations", _listed(asked), _listed(told), outcome.whys)

    def _rules(self, expected: Expected, outcome: Outcome) -> Iterator[Difference]:
        had = rules_of(outcome.whys)
        missing = [rule for rule in expected.rules if rule not in had]
        if missing:
            yield self._differs(expected, "rules", _listed(missing), _listed(had), ())

    def _unwanted(self, expected: Expected, outcome: Outcome) -> Iterator[Difference]:
        not_, incident = expected.unwanted, outcome.incident
        for field, banned, got in (
            ("category", not_.category, {incident.category}),
            ("severity", tuple(level.name for level in not_.severity), {incident.severity.name}),
            ("lead", not_.bureaus, {task.bureau for task in outcome.tasks}),
            ("rules", not_.rules, set(rules_of(outcome.whys))),
        ):
            hit = [value for value in banned if value in got]
            if hit:
                shown = "bureaus" if field == "lead" else field
                yield self._differs(expected, field, f"not {_listed(hit)}", _listed(hit), outcome.whys, shown)

    def _clock(self, at: datetime | str | None) -> str | None:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M:%S}".removesuffix(":00") if isinstance(at, datetime) else at

    def _differs(
        self, expected: Expected, field: str, wanted: str, got: str, whys: Iterable[Why], shown: str = ""
    ) -> Difference:
        stages = _STAGES.get(field, ())
        sentences = dict.fromkeys(phrase(why, "zh", self._names) for why in whys if why.stage in stages)
        return Difference(
            of=expected.of, line=expected.line, field=shown or field, expected=wanted, got=got, because=tuple(sentences)
        )


def _as_expected(wanted: ExpectedStep, raised: RaisedStep) -> bool:
    return (
        wanted.raises is raised.raises
        and (wanted.at is None or wanted.at == raised.at)
        and (wanted.to is None or wanted.to in raised.to.split(", "))
    )


def rules_of(whys: Iterable[Why]) -> tuple[str, ...]:
    """Ids of the rules that had a part, each once."""
    return tuple(dict.fromkeys(why.rule for why in whys if why.verdict != CONDITION_FAILED))


def _instead(name: str, ran: Ran) -> str:
    reject = ran.rejects.get(name)
    if reject is not None:
        return f"`{name}` is a reject: {reject.reason} {reject.field} {reject.message}"
    return f"`{name}` becomes {'nothing' if name in ran.nothing else 'an incident'}"


def _grouping(names: tuple[str, ...], ran: Ran) -> str:
    """The incidents of these reports, each with all it holds."""
    groups = dict.fromkeys(outcome.reports for name in names if (outcome := ran.outcome_of(name)) is not None)
    return " | ".join(", ".join(group) for group in groups)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values) or "none"


def _yes_no(value: bool) -> str:
    return "true" if value else "false"
