"""Reads routing.yaml, a tree of routes, and duties.yaml, and lays both out flat. It must never read a file.

A route inherits the conditions, the lead and the assisting units of the route it stands in, and stands before it: so
the first of the flat list that fits is the innermost of the tree that fits.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from hub.rulebook.book import Route
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES
from hub.rulebook.conditions import Condition, read_condition
from hub.rulebook.read_city import key, keyed
from hub.rulebook.read_rules import Known, feed_set, reference_set, severity_level
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.terms import Feed, Severity

#: What a route writes for the bureau of the incident's own district.
DISTRICT_BUREAU = "district"
#: Routes within routes; a tree that is deeper is not one that a person follows.
MAX_LEVELS = 5
#: What a route may say besides its id and why.
ROUTE_KEYS = (
    *("categories", "families", "districts", "severity_at_least", "feeds", "when"),
    *("lead", "assist", "continue", "routes"),
)
#: What a route at the top must say one of.
ROUTE_SAYS = ("lead", "assist", "routes")


class _Node(msgspec.Struct, frozen=True, kw_only=True):
    """A route with all that those inside it inherit."""

    path: tuple[str, ...] = ()
    goes_on: tuple[bool, ...] = ()
    categories: frozenset[str] | None = None
    families: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    severity_at_least: Severity | None = None
    feeds: frozenset[Feed] | None = None
    when: tuple[Condition, ...] = ()
    lead: str = ""
    assist: tuple[str, ...] = ()


def read_routes(root: Item, known: Known) -> tuple[Route, ...]:
    """The routes of routing.yaml, flat: each behind those inside it, otherwise in their order."""
    fields = root.fields(("routes",), ("routes",))
    return tuple(_Tree(known).routes(fields["routes"], _Node())) if "routes" in fields else ()


def read_duties(root: Item, known: Known, taken: Collection[str]) -> tuple[Route, ...]:
    """A route for each duty of duties.yaml; `taken` are the ids of the routes before them."""
    fields = root.fields(("districts", "duties"), ("duties",))
    districts = reference_set(fields.get("districts"), known.districts, "district")
    found = []
    for category, entry in keyed(fields.get("duties")):
        duty = entry.fields(("why", "lead", "assist", "when"), ("why", "lead"))
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
                when=_conditions(duty, known),
                lead=duty["lead"].reference(known.bureaus, "bureau") if "lead" in duty else DISTRICT_BUREAU,
                assist=_assist(duty, known, ()),
            )
        )
    return tuple(found)


class _Tree:
    """Reads routes within routes."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._seen: set[str] = set()

    def routes(self, section: Item, parent: _Node) -> Iterator[Route]:
        if len(parent.path) >= MAX_LEVELS:
            section.error(f"routes more than {MAX_LEVELS} deep")
            return
        entries = section.items()
        if parent.path and not entries:
            section.error("the list is empty; leave the key out")
        for entry in entries:
            fields = entry.fields(("id", "why", *ROUTE_KEYS), ("id", "why"))
            node = self._node(fields, parent)
            inside = fields.get("routes")
            if inside is not None:
                yield from self.routes(inside, node)
            if not node.lead:
                self._check_leadless(entry, fields, node, has_routes=inside is not None)
            if node.lead or inside is None:
                why = fields["why"].text() if "why" in fields else ""
                yield _flat(node, why)

    def _node(self, fields: Mapping[str, Item], parent: _Node) -> _Node:
        known = self._known
        lead = fields["lead"].reference(known.bureaus, "bureau") if "lead" in fields else parent.lead
        goes_on = fields["continue"].flag() if "continue" in fields else False
        return _Node(
            path=(*parent.path, self._id(fields.get("id"))),
            goes_on=(*parent.goes_on, goes_on),
            categories=_within(fields.get("categories"), known.categories, "category", parent.categories),
            families=_within(fields.get("families"), known.families, "family", parent.families),
            districts=_within(fields.get("districts"), known.districts, "district", parent.districts),
            severity_at_least=_severity(fields.get("severity_at_least"), parent.severity_at_least),
            feeds=_feeds(fields.get("feeds"), parent.feeds),
            when=(*parent.when, *_conditions(fields, known)),
            lead=lead,
            assist=_assist(fields, known, tuple(unit for unit in parent.assist if unit != lead), lead),
        )

    def _id(self, item: Item | None) -> str:
        identity = key(item) if item is not None else ""
        if item is not None and identity and identity in self._seen:
            item.error(f"the id `{identity}` is given twice")
        self._seen.add(identity)
        return identity

    def _check_leadless(self, entry: Item, fields: Mapping[str, Item], node: _Node, *, has_routes: bool) -> None:
        if has_routes or "lead" in fields:
            return
        if not node.assist:
            entry.error("`lead` is missing", "`lead`, or `assist` alone to add units to whoever leads, or `routes`")


def _flat(node: _Node, why: str) -> Route:
    # Who only adds units leaves it to another to lead, so the search goes on behind it by itself.
    goes_on = node.goes_on if node.lead else (*node.goes_on[:-1], True)
    return Route(
        id=node.path[-1],
        why=why,
        categories=node.categories,
        families=node.families,
        districts=node.districts,
        severity_at_least=node.severity_at_least,
        feeds=node.feeds,
        when=node.when,
        lead=node.lead,
        assist=node.assist,
        path=node.path,
        goes_on=goes_on,
    )


def _within(
    item: Item | None, known: Collection[str], what: str, outer: frozenset[str] | None
) -> frozenset[str] | None:
    """What a route names, all of it among what the route around it names."""
    own = reference_set(item, known, what)
    if item is None or own is None or outer is None:
        return outer if own is None else own
    for entry in item.items():
        if entry.text() in own - outer:
            _outside(entry, entry.text(), what, outer)
    return own & outer


def _feeds(item: Item | None, outer: frozenset[Feed] | None) -> frozenset[Feed] | None:
    own = feed_set(item)
    if item is None or own is None or outer is None:
        return outer if own is None else own
    for entry in item.items():
        if entry.text() in {feed.value for feed in own - outer}:
            _outside(entry, entry.text(), "feed", frozenset(feed.value for feed in outer))
    return own & outer


def _outside(entry: Item, value: str, what: str, outer: frozenset[str]) -> None:
    message = f"the {what} `{value}` never comes here: the route around this one is about others"
    entry.error(message, f"one of {', '.join(sorted(outer))}" if len(outer) <= MAX_LEVELS else f"one of {len(outer)}")


def _severity(item: Item | None, outer: Severity | None) -> Severity | None:
    own = severity_level(item)
    if item is None or own is None or outer is None:
        return outer if own is None else own
    if own >= outer:
        item.error(f"the route around this one asks for {outer.name} or worse already", "a worse one, or leave it out")
    return min(own, outer)


def _conditions(fields: Mapping[str, Item], known: Known) -> tuple[Condition, ...]:
    condition = read_condition(fields.get("when"), INCIDENT_VARIABLES, known.words)
    return () if condition is None else (condition,)


def _assist(fields: Mapping[str, Item], known: Known, inherited: tuple[str, ...], lead: str = "") -> tuple[str, ...]:
    if "assist" not in fields:
        return inherited
    item = fields["assist"]
    if inherited and not item.is_mapping() and not item.items():
        return ()  # nobody, where the route around it names somebody
    assist = item.references(known.bureaus, "bureau")
    leads = fields["lead"].text() if "lead" in fields else lead
    if leads and leads in assist:
        item.error("the bureau that leads cannot also assist")
    return assist
