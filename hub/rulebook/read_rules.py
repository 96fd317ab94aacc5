"""Reads severity.yaml, fusion.yaml and deadlines.yaml. It must never read a file.

Every rule has an `id` and a `why`: both are shown with each decision that the rule makes.
"""

from collections.abc import Collection, Iterator

import msgspec

from hub.rulebook.book import UNCLASSIFIED, DeadlineRule, FusionRule, SeverityRule
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES, LOCATED_VARIABLES, REPORT_VARIABLES
from hub.rulebook.conditions import read_condition
from hub.rulebook.read_city import key
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.places import MAX_FUSION_RADIUS_M
from hub.vocabulary.terms import CategoryKind, DeadlineBasis, DeadlineKind, Feed, Severity

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

    def words(self) -> dict[str, Collection[str]]:
        """What the variables of a condition can be at all."""
        return {
            "category": self.categories,
            "family": self.families,
            "district": self.districts,
            "feed": [*Feed],
            "kind": [*CategoryKind],
        }


def read_severity(root: Item, known: Known) -> tuple[SeverityRule, ...]:
    """The rules of severity.yaml in their order."""
    optional = ("categories", "feeds", "words", "source_at_least", "when")
    found = []
    for entry, fields, identity, why in each_rule(root, "severity", optional, ("severity",)):
        if not any(condition in fields for condition in optional):
            entry.error("a severity rule needs at least one of " + ", ".join(optional))
        found.append(
            SeverityRule(
                id=identity,
                why=why,
                severity=fields["severity"].level(Severity) if "severity" in fields else Severity.IV,
                categories=reference_set(fields.get("categories"), known.categories, "category"),
                feeds=feed_set(fields.get("feeds")),
                words=fields["words"].texts() if "words" in fields else (),
                source_at_least=severity_level(fields.get("source_at_least")),
                when=read_condition(fields.get("when"), REPORT_VARIABLES, known.words),
            )
        )
    return tuple(found)


def read_fusion(root: Item, known: Known) -> tuple[FusionRule, ...]:
    """The rules of fusion.yaml in their order."""
    optional = ("families", "fuses", "when", *FUSION_NUMBERS, *FUSION_LIMITS)
    found = []
    for entry, fields, identity, why in each_rule(root, "fusion", optional, ()):
        families = reference_set(fields.get("families"), known.families, "family")
        if families is not None and UNCLASSIFIED in families:
            fields["families"].error(f"`{UNCLASSIFIED}` fuses with nothing, so no rule may name it")
        fuses = fields["fuses"].flag() if "fuses" in fields else True
        numbers = _fusion_numbers(entry, fields) if fuses else _no_numbers(fields)
        when = read_condition(fields.get("when"), LOCATED_VARIABLES, known.words)
        found.append(FusionRule(id=identity, why=why, families=families, fuses=fuses, when=when, **numbers))
    return tuple(found)


def _fusion_numbers(entry: Item, fields: dict[str, Item]) -> dict[str, float]:
    # Read again, now that the rule is known to fuse: only then are its numbers required.
    entry.fields(("id", "why", "families", "fuses", "when", *FUSION_NUMBERS, *FUSION_LIMITS), FUSION_NUMBERS)
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


def read_deadlines(root: Item, known: Known) -> tuple[DeadlineRule, ...]:
    """The rules of deadlines.yaml in their order."""
    optional = ("categories", "families", "severity_at_least", "resolve_within_hours", "when")
    found = []
    for _, fields, identity, why in each_rule(root, "deadlines", optional, ("kind", "basis", "amount")):
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
                categories=reference_set(fields.get("categories"), known.categories, "category"),
                families=reference_set(fields.get("families"), known.families, "family"),
                severity_at_least=severity_level(fields.get("severity_at_least")),
                when=read_condition(fields.get("when"), INCIDENT_VARIABLES, known.words),
            )
        )
    return tuple(found)


def each_rule(
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


def reference_set(item: Item | None, known: Collection[str], what: str) -> frozenset[str] | None:
    """The keys that a rule names; None when it names none and means all."""
    return frozenset(item.references(known, what)) if item is not None else None


def feed_set(item: Item | None) -> frozenset[Feed] | None:
    """The feeds that a rule names; None when it means all."""
    return frozenset(entry.word(Feed) for entry in item.items()) if item is not None else None


def severity_level(item: Item | None) -> Severity | None:
    """The severity that a rule asks for; None when it asks for none."""
    return item.level(Severity) if item is not None else None


def _number(fields: dict[str, Item], field: str, low: float, high: float) -> float:
    return fields[field].number(low, high) if field in fields else low
