"""Reads severity.yaml, fusion.yaml, routing.yaml, duties.yaml and deadlines.yaml. It must never read a file.

Every rule has an `id` and a `why`: both are shown with each decision that the rule makes.
"""

from collections.abc import Collection, Iterator

import msgspec

from hub.rulebook.book import UNCLASSIFIED, DeadlineRule, FusionRule, Route, SeverityRule
from hub.rulebook.read_city import key, keyed
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.places import MAX_FUSION_RADIUS_M
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, Severity

#: What a route writes for the bureau of the incident's own district.
DISTRICT_BUREAU = "district"
_YEAR_MINUTES = 366 * 24 * 60
#: What every fusion rule that fuses says, and what it may say, each with its range.
FUSION_NUMBERS = {
    "radius_m": (1.0, MAX_FUSION_RADIUS_M),
    "window_minutes": (1.0, _YEAR_MINUTES),
    "join_at": (0.0, 1.0),
    "suggest_at": (0.0, 1.0),
}
FUSION_LIMITS = {"other_address_m": (1.0, MAX_FUSION_RADIUS_M), "longest_minutes": (1.0, _YEAR_MINUTES)}
_FUSION_ORDER = (
    ("suggest_at", "join_at", "what joins was likely enough to be suggested"),
    ("other_address_m", "radius_m", "nothing joins beyond the radius"),
    ("window_minutes", "longest_minutes", "no report could come that late"),
)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that rules may refer to; the bureaus of a route include the word `district`."""

    categories: Collection[str]
    families: Collection[str]
    districts: Collection[str]
    bureaus: Collection[str]


def read_severity(root: Item, known: Known) -> tuple[SeverityRule, ...]:
    """The rules of severity.yaml in their order."""
    optional = ("categories", "feeds", "words", "source_at_least")
    found = []
    for entry, fields, identity, why in _rules(root, "severity", optional, ("severity",)):
        if not any(condition in fields for condition in optional):
            entry.error("a severity rule needs at least one of " + ", ".join(optional))
        found.append(
            SeverityRule(
                id=identity,
                why=why,
                severity=fields["severity"].level(Severity) if "severity" in fields else Severity.IV,
                categories=_set(fields.get("categories"), known.categories, "category"),
                feeds=_feeds(fields.get("feeds")),
                words=fields["words"].texts() if "words" in fields else (),
                source_at_least=_level(fields.get("source_at_least")),
            )
        )
    return tuple(found)


def read_fusion(root: Item, known: Known) -> tuple[FusionRule, ...]:
    """The rules of fusion.yaml in their order."""
    optional = ("families", "fuses", *FUSION_NUMBERS, *FUSION_LIMITS)
    found = []
    for entry, fields, identity, why in _rules(root, "fusion", optional, ()):
        families = _set(fields.get("families"), known.families, "family")
        if families is not None and UNCLASSIFIED in families:
            fields["families"].error(f"`{UNCLASSIFIED}` fuses with nothing, so no rule may name it")
        fuses = fields["fuses"].flag() if "fuses" in fields else True
        numbers = _fusion_numbers(entry, fields) if fuses else _no_numbers(fields)
        found.append(FusionRule(id=identity, why=why, families=families, fuses=fuses, **numbers))
    return tuple(found)


def _fusion_numbers(entry: Item, fields: dict[str, Item]) -> dict[str, float]:
    # Read again, now that the rule is known to fuse: only then are its numbers required.
    entry.fields(("id", "why", "families", "fuses", *FUSION_NUMBERS, *FUSION_LIMITS), FUSION_NUMBERS)
    ranges = {**FUSION_NUMBERS, **FUSION_LIMITS}
    numbers = {field: fields[field].number(*ranges[field]) for field in ranges if field in fields}
    for low, high, reason in _FUSION_ORDER:
        if low in numbers and high in numbers and numbers[low] > numbers[high]:
            entry.error(f"`{low}` must not be above `{high}`: {reason}")
    return numbers


def _no_numbers(fields: dict[str, Item]) -> dict[str, float]:
    for field in (*FUSION_NUMBERS, *FUSION_LIMITS):
        if field in fields:
            fields[field].error(f"`{field}` says nothing beside `fuses: false`")
    return {}


def read_routes(root: Item, known: Known) -> tuple[Route, ...]:
    """The routes of routing.yaml in their order."""
    optional = ("categories", "families", "districts", "severity_at_least", "feeds", "assist")
    found = []
    for _, fields, identity, why in _rules(root, "routes", optional, ("lead",)):
        found.append(
            Route(
                id=identity,
                why=why,
                categories=_set(fields.get("categories"), known.categories, "category"),
                families=_set(fields.get("families"), known.families, "family"),
                districts=_set(fields.get("districts"), known.districts, "district"),
                severity_at_least=_level(fields.get("severity_at_least")),
                feeds=_feeds(fields.get("feeds")),
                lead=_bureau(fields.get("lead"), known),
                assist=_assist(fields, known),
            )
        )
    return tuple(found)


def read_duties(root: Item, known: Known, taken: Collection[str]) -> tuple[Route, ...]:
    """A route for each duty of duties.yaml; `taken` are the ids of the routes before them."""
    fields = root.fields(("districts", "duties"), ("duties",))
    districts = _set(fields.get("districts"), known.districts, "district")
    found = []
    for category, entry in keyed(fields.get("duties")):
        duty = entry.fields(("why", "lead", "assist"), ("why", "lead"))
        identity = f"duty-{category}"
        if category not in known.categories:
            entry.error(f"no category `{category}`")
        if identity in taken:
            entry.error(f"routing.yaml has a route with the id `{identity}` already")
        found.append(
            Route(
                id=identity,
                why=duty["why"].text() if "why" in duty else "",
                categories=frozenset({category}),
                districts=districts,
                lead=_bureau(duty.get("lead"), known),
                assist=_assist(duty, known),
            )
        )
    return tuple(found)


def read_deadlines(root: Item, known: Known) -> tuple[DeadlineRule, ...]:
    """The rules of deadlines.yaml in their order."""
    optional = ("categories", "families", "severity_at_least", "resolve_within_hours")
    found = []
    for _, fields, identity, why in _rules(root, "deadlines", optional, ("kind", "basis", "amount")):
        within = fields["resolve_within_hours"].number(0.1, 1000) if "resolve_within_hours" in fields else None
        if within is not None and fields.get("kind") is not None and fields["kind"].text() == DeadlineKind.RESOLVE:
            fields["resolve_within_hours"].error("a limit to resolve cannot depend on the limit to resolve")
        found.append(
            DeadlineRule(
                id=identity,
                why=why,
                kind=fields["kind"].word(DeadlineKind) if "kind" in fields else DeadlineKind.RESOLVE,
                basis=fields["basis"].word(DeadlineBasis) if "basis" in fields else DeadlineBasis.WORK_DAY,
                amount=_number(fields, "amount", 0.1, 1000),
                resolve_within_hours=within,
                categories=_set(fields.get("categories"), known.categories, "category"),
                families=_set(fields.get("families"), known.families, "family"),
                severity_at_least=_level(fields.get("severity_at_least")),
            )
        )
    return tuple(found)


def _rules(
    root: Item, section: str, optional: tuple[str, ...], required: tuple[str, ...], beside: tuple[str, ...] = ()
) -> Iterator[tuple[Item, dict[str, Item], str, str]]:
    """Each rule of a file with its fields, id and why; doubled ids are noted. `beside` are other keys of the file."""
    top = root.fields((section, *beside), (section,))
    seen: set[str] = set()
    for entry in top[section].items() if section in top else []:
        fields = entry.fields(("id", "why", *optional, *required), ("id", "why", *required))
        identity = key(fields["id"]) if "id" in fields else ""
        if identity and identity in seen:
            fields["id"].error(f"the id `{identity}` is given twice")
        seen.add(identity)
        yield entry, fields, identity, fields["why"].text() if "why" in fields else ""


def _set(item: Item | None, known: Collection[str], what: str) -> frozenset[str] | None:
    return frozenset(item.references(known, what)) if item is not None else None


def _feeds(item: Item | None) -> frozenset[Feed] | None:
    return frozenset(entry.word(Feed) for entry in item.items()) if item is not None else None


def _level(item: Item | None) -> Severity | None:
    return item.level(Severity) if item is not None else None


def _number(fields: dict[str, Item], field: str, low: float, high: float) -> float:
    return fields[field].number(low, high) if field in fields else low


def _bureau(item: Item | None, known: Known) -> str:
    return item.reference(known.bureaus, "bureau") if item is not None else DISTRICT_BUREAU


def _assist(fields: dict[str, Item], known: Known) -> tuple[str, ...]:
    if "assist" not in fields:
        return ()
    assist = fields["assist"].references(known.bureaus, "bureau")
    if "lead" in fields and fields["lead"].text() in assist:
        fields["assist"].error("the bureau that leads cannot also assist")
    return assist


#: What the readers of other kinds of rules share with these.
each_rule, reference_set, feed_set, severity_level = _rules, _set, _feeds, _level
