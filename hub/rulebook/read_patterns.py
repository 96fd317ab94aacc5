"""Reads patterns.yaml, perception patterns (感知规则). It must never read a file."""

from collections.abc import Collection, Mapping

from hub.rulebook.book import UNCLASSIFIED
from hub.rulebook.condition_subjects import LOCATED_VARIABLES
from hub.rulebook.conditions import read_condition
from hub.rulebook.patterns import (
    MAX_PATTERN_MINUTES,
    MAX_PATTERN_RADIUS_M,
    Condition,
    Counted,
    Pattern,
    PatternKind,
)
from hub.rulebook.read_city import key
from hub.rulebook.read_rules import Known
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.terms import Feed, Severity

#: What a report is asked for.
CONDITIONS = ("categories", "families", "districts", "feeds", "severity_at_least", "when")
#: What a pattern must and may say, by its kind.
PATTERN_KEYS: Mapping[PatternKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    PatternKind.COUNT: (
        ("of", "at_least", "within_minutes"),
        ("counts", "radius_m", "same_district", "quiet_minutes", "raises_to", "opens"),
    ),
    PatternKind.SEQUENCE: (
        ("first", "then", "within_minutes"),
        ("radius_m", "same_district", "quiet_minutes", "raises_to", "opens"),
    ),
    PatternKind.SILENCE: (("feeds", "longer_than_minutes", "opens"), ("office_hours", "quiet_minutes")),
    PatternKind.WARNING: (("warning", "inside", "valid_minutes", "raises_to"), ()),
}
#: Numbers with their ranges.
PATTERN_NUMBERS = {
    "radius_m": (1.0, MAX_PATTERN_RADIUS_M),
    "within_minutes": (1.0, MAX_PATTERN_MINUTES),
    "quiet_minutes": (0.0, MAX_PATTERN_MINUTES),
    "longer_than_minutes": (1.0, MAX_PATTERN_MINUTES),
    "valid_minutes": (1.0, MAX_PATTERN_MINUTES),
}
#: Fewer are no crowd, more are never waited for.
AT_LEAST = (2, 100)
_ROLES = {
    PatternKind.COUNT: ("of",),
    PatternKind.SEQUENCE: ("first", "then"),
    PatternKind.WARNING: ("warning", "inside"),
}
_EVERY_KEY = tuple(dict.fromkeys(key for must, may in PATTERN_KEYS.values() for key in (*must, *may)))


def read_patterns(root: Item, known: Known) -> tuple[Pattern, ...]:
    """The patterns in their order."""
    top = root.fields(("patterns",), ("patterns",))
    found: list[Pattern] = []
    seen: set[str] = set()
    for entry in top["patterns"].items() if "patterns" in top else []:
        fields = _fields(entry)
        identity = key(fields["id"]) if "id" in fields else ""
        if identity and identity in seen:
            fields["id"].error(f"the id `{identity}` is given twice")
        seen.add(identity)
        kind = fields["kind"].word(PatternKind) if "kind" in fields else PatternKind.COUNT
        found.append(_pattern(entry, fields, identity, kind, known))
    return tuple(found)


def _fields(entry: Item) -> dict[str, Item]:
    """The fields that the kind of the pattern knows; without a good kind, those of any."""
    own = ("id", "why", "kind")
    named = dict(entry.pairs()).get("kind") if entry.is_mapping() else None
    value = named.plain() if named is not None else None
    if not isinstance(value, str) or value not in set(PatternKind):
        return entry.fields((*own, *_EVERY_KEY), own)
    must, may = PATTERN_KEYS[PatternKind(value)]
    return entry.fields((*own, *must, *may), (*own, *must))


def _pattern(entry: Item, fields: dict[str, Item], identity: str, kind: PatternKind, known: Known) -> Pattern:
    numbers = {name: fields[name].number(*limits) for name, limits in PATTERN_NUMBERS.items() if name in fields}
    numbers.setdefault("quiet_minutes", numbers.get("within_minutes", 0.0))
    told = "kind" in fields and fields["kind"].plain() == kind.value
    if told and kind in (PatternKind.COUNT, PatternKind.SEQUENCE):
        _check_place(entry, fields)
    return Pattern(
        id=identity,
        why=fields["why"].text() if "why" in fields else "",
        kind=kind,
        roles=tuple((role, _condition(fields[role], known)) for role in _ROLES.get(kind, ()) if role in fields),
        at_least=fields["at_least"].whole_number(*AT_LEAST) if "at_least" in fields else AT_LEAST[0],
        counts=fields["counts"].word(Counted) if "counts" in fields else Counted.REPORTS,
        feeds=_feeds(fields["feeds"]) if "feeds" in fields else (),
        office_hours=fields["office_hours"].flag() if "office_hours" in fields else False,
        raises_to=fields["raises_to"].level(Severity) if "raises_to" in fields else None,
        opens=_opened(fields["opens"], known) if "opens" in fields else None,
        **numbers,
    )


def _check_place(entry: Item, fields: dict[str, Item]) -> None:
    district = "same_district" in fields and fields["same_district"].flag()
    if district == ("radius_m" in fields):
        entry.error(
            "a place is missing" if not district else "`radius_m` and `same_district` are two places",
            f"`radius_m`, 1 to {MAX_PATTERN_RADIUS_M:g}, or `same_district: true`",
        )


def _condition(item: Item, known: Known) -> Condition:
    fields = item.fields(CONDITIONS)
    if item.is_mapping() and not {"categories", "families"} & fields.keys():
        item.error("it says nothing of what is seen", "`categories` or `families`")
    return Condition(
        categories=_set(fields.get("categories"), known.categories, "category"),
        families=_set(fields.get("families"), known.families, "family"),
        districts=_set(fields.get("districts"), known.districts, "district"),
        feeds=frozenset(_feeds(fields["feeds"])) if "feeds" in fields else None,
        severity_at_least=fields["severity_at_least"].level(Severity) if "severity_at_least" in fields else None,
        when=read_condition(fields.get("when"), LOCATED_VARIABLES, known.words),
    )


def _set(item: Item | None, known: Collection[str], what: str) -> frozenset[str] | None:
    return frozenset(item.references(known, what)) if item is not None else None


def _feeds(item: Item) -> tuple[Feed, ...]:
    return tuple(dict.fromkeys(entry.word(Feed) for entry in item.items()))


def _opened(item: Item, known: Known) -> str:
    category = item.reference(known.categories, "category")
    if category == UNCLASSIFIED:
        item.error(f"`{UNCLASSIFIED}` says nothing of what was opened", "a category of its own")
    return category
