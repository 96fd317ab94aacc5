"""What changes for the incidents of the past when another rulebook decides. It must never say which one is right."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from hub.edges.authoring.replayed import Became, Filed, Replayed

#: Examples of each kind of change, and pairs of rules that made it.
EXAMPLES, RULES = 5, 8


class Aspect(StrEnum):
    """What of an incident changes."""

    CATEGORY = "category"
    SEVERITY = "severity"
    GROUPING = "grouping"
    BUREAU = "bureau"
    DEADLINE = "deadline"
    #: Reports that only one of the rulebooks takes.
    REFUSED = "refused"


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `rule` is what decided, before and after."""

    #: The incident; of a change of grouping, the report.
    id: str
    report: str
    title: str
    before: str
    after: str
    rule_before: str
    rule_after: str


class RulePair(msgspec.Struct, frozen=True, kw_only=True):
    """How many changes a rule makes that another made before."""

    before: str
    after: str
    count: int


class AspectChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one kind that changes."""

    aspect: Aspect
    count: int
    rules: tuple[RulePair, ...]
    examples: tuple[Example, ...]


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """Two rulebooks over the same reports."""

    before: str
    after: str
    since: datetime
    until: datetime
    #: Records replayed, and the reports among them.
    records: int
    reports: int
    incidents_before: int
    incidents_after: int
    #: Incidents of either that differ in anything; a report that moves counts with the incident it leaves.
    incidents_changed: int
    changes: tuple[AspectChanges, ...]
    #: Not every report of the time was replayed: the newest `records` were.
    truncated: bool = False
    seconds: float = 0.0


def compared(before: Replayed, after: Replayed, since: datetime, until: datetime, *, examples: int) -> Backtest:
    """Everything that changes from one rulebook to another."""
    kinds: dict[Aspect, Callable[[], Iterator[Example]]] = {
        Aspect.CATEGORY: lambda: _fields(before, after, lambda i: (i.category, i.category_rule)),
        Aspect.SEVERITY: lambda: _fields(before, after, lambda i: (i.severity.name, i.severity_rule)),
        Aspect.GROUPING: lambda: _groupings(before, after),
        Aspect.BUREAU: lambda: _fields(before, after, _bureaus),
        Aspect.DEADLINE: lambda: _fields(before, after, _deadlines),
        Aspect.REFUSED: lambda: _refusals(before, after),
    }
    touched: set[str] = set()
    changes = tuple(_gathered(aspect, found(), examples, touched, before.filed) for aspect, found in kinds.items())
    return Backtest(
        before=before.version,
        after=after.version,
        since=since,
        until=until,
        records=after.records,
        reports=len({*after.filed, *before.filed}),
        incidents_before=len(before.incidents),
        incidents_after=len(after.incidents),
        incidents_changed=len(touched),
        changes=changes,
    )


def _gathered(
    aspect: Aspect, found: Iterator[Example], most: int, touched: set[str], filed: Mapping[str, Filed]
) -> AspectChanges:
    rules: Counter[tuple[str, str]] = Counter()
    #: One of each pair of rules first, so that the examples are not five times the same.
    kept: dict[tuple[str, str], list[Example]] = {}
    count = 0
    for example in found:
        count += 1
        home = filed.get(example.report)
        touched.add(example.id if home is None else home.incident)
        pair = (example.rule_before, example.rule_after)
        rules[pair] += 1
        if len(kept.setdefault(pair, [])) < most:
            kept[pair].append(example)
    common = rules.most_common()
    rounds = (kept[pair][number] for number in range(most) for pair, _ in common if number < len(kept[pair]))
    return AspectChanges(
        aspect=aspect,
        count=count,
        rules=tuple(RulePair(before=a, after=b, count=n) for (a, b), n in common[:RULES]),
        examples=tuple(example for example, _ in zip(rounds, range(most), strict=False)),
    )


def _fields(before: Replayed, after: Replayed, of: Callable[[Became], tuple[str, str]]) -> Iterator[Example]:
    for id, old in before.incidents.items():
        new = after.incidents.get(id)
        if new is None or (told := of(old))[0] == (now := of(new))[0]:
            continue
        yield _example(id, old.report, old.title, told, now)


def _groupings(before: Replayed, after: Replayed) -> Iterator[Example]:
    """Reports that open an incident by one rulebook and join one by the other, or join another one."""
    for report, old in before.filed.items():
        new = after.filed.get(report)
        if new is None or (old.incident == new.incident and old.joined == new.joined):
            continue
        known = before.incidents.get(old.incident) or after.incidents.get(new.incident)
        title = known.title if known is not None else ""
        yield _example(report, report, title, (_place(old), old.rule), (_place(new), new.rule))


def _refusals(before: Replayed, after: Replayed) -> Iterator[Example]:
    for report in {**before.refused, **after.refused}:
        old, new = before.refused.get(report), after.refused.get(report)
        if (old is None) != (new is None):
            yield _example(report, report, "", (old or "taken", ""), (new or "taken", ""))


def _place(filed: Filed) -> str:
    return f"joins {filed.incident}" if filed.joined else f"opens {filed.incident}"


def _bureaus(incident: Became) -> tuple[str, str]:
    lead = incident.lead or "nobody"
    return (f"{lead} + {incident.assist}" if incident.assist else lead), incident.route


def _deadlines(incident: Became) -> tuple[str, str]:
    at = f"accept {incident.accept_at or 'never'}, resolve {incident.resolve_at or 'never'}"
    return at, f"{incident.accept_rule or 'none'}, {incident.resolve_rule or 'none'}"


def _example(id: str, report: str, title: str, before: tuple[str, str], after: tuple[str, str]) -> Example:
    return Example(
        id=id,
        report=report,
        title=title,
        before=before[0],
        after=after[0],
        rule_before=before[1],
        rule_after=after[1],
    )
