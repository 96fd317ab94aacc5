"""The routes of a rulebook, laid out so that their number costs nothing. It must never reorder them."""

from collections.abc import Callable, Iterable, Sequence
from heapq import merge

import msgspec

from hub.rulebook.book import Route, Rulebook
from hub.rulebook.conditions import Condition, Failed
from hub.rulebook.read_duty_list import only_clauses
from hub.vocabulary.incidents import Incident

#: What a route writes for "the bureau of the incident's district".
DISTRICT = "district"

_Key = tuple[str, str, str | None, str]
#: Decides a condition for the incident in hand.
Ask = Callable[[Condition], bool | Failed]


class Match(msgspec.Struct, frozen=True):
    """The route that leads, those that add assisting units to it, and those whose condition could not be decided."""

    leading: Route | None = None
    adding: tuple[Route, ...] = ()
    failed: tuple[tuple[Route, Failed], ...] = ()


class RouteTable:
    """Routes by category, family, district and duty; severity, feed and conditions are looked at last, in the few left.

    What is found for a category is kept, so a report passes only the routes that could be about it, in their order.
    """

    def __init__(self, book: Rulebook) -> None:
        self._by_category: dict[str, list[tuple[int, Route]]] = {}
        self._by_family: dict[str, list[tuple[int, Route]]] = {}
        self._of_all: list[tuple[int, Route]] = []
        self._lay_out(book.routes)
        self._bureaus = {district.code: district.bureau for district in book.city.districts if district.bureau}
        self._districts = frozenset(district.code for district in book.city.districts).union(
            *(route.districts for route in book.routes if route.districts is not None)
        )
        self._districts_known = {district.code: district for district in book.city.districts}
        self._local_units = {DISTRICT, *(unit.id for unit in book.city.local_units)}
        self._only_clauses = only_clauses(book.duties)
        self._duties = frozenset(route.duty for route in book.routes if route.duty is not None)
        self._reachable: dict[_Key, tuple[Route, ...]] = {}

    def bureau_of(self, district: str | None) -> str | None:
        """The bureau that takes what nobody else owns in a district."""
        return None if district is None else self._bureaus.get(district)

    def is_local(self, unit: str) -> bool:
        """Whether it depends on the district which bureau a unit is."""
        return unit in self._local_units

    def bureau(self, unit: str, incident: Incident) -> str | None:
        """The bureau that a unit of a route is for an incident; None for a local unit where no district is known."""
        if unit not in self._local_units:
            return unit
        district = self._districts_known.get(incident.district or "")
        if district is None:
            return None
        words = district.local_by_word.get(unit, {})
        named = max((word for word in words if word in incident.address), key=len, default=None)
        return words[named] if named is not None else district.local.get(unit, district.bureau or None)

    def match(self, incident: Incident, ask: Ask, clause: str = "") -> Match:
        """What an incident of a clause meets, in the order of the rulebook: who leads, and who adds to that."""
        leading: Route | None = None
        adding: list[Route] = []
        failed: list[tuple[Route, Failed]] = []
        last: Route | None = None
        for route in self._routes_for(incident, clause):
            if leading is not None and last is not None and not _stands_behind(route, last):
                continue
            if not (_severe_enough(route, incident) and _from_feed(route, incident)):
                continue
            if route.when:
                holds = _all_hold(route.when, ask)
                if isinstance(holds, Failed):
                    failed.append((route, holds))
                if holds is not True:
                    continue
            last = route
            if leading is None and route.lead:
                leading = route
            else:
                adding.append(route)
            if leading is not None and not any(route.goes_on):
                break
        return Match(leading, tuple(adding), tuple(failed))

    def _lay_out(self, routes: Iterable[Route]) -> None:
        for n, route in enumerate(routes):
            if route.categories is not None:
                for category in route.categories:
                    self._by_category.setdefault(category, []).append((n, route))
            elif route.families is not None:
                for family in route.families:
                    self._by_family.setdefault(family, []).append((n, route))
            else:
                self._of_all.append((n, route))

    def _routes_for(self, incident: Incident, clause: str) -> tuple[Route, ...]:
        # A district that no rule and no border knows is like none, so that odd codes cannot fill the table.
        district = incident.district if incident.district in self._districts else None
        duty = (clause or self._only_clauses.get(incident.category, "")).rpartition(".")[0]
        key = (incident.category, incident.family, district, duty if duty in self._duties else "")
        routes = self._reachable.get(key)
        if routes is None:
            about = merge(
                self._by_category.get(incident.category, ()),
                self._by_family.get(incident.family, ()),
                self._of_all,
                key=lambda entry: entry[0],
            )
            routes = self._reachable[key] = tuple(_reachable((route for _, route in about), *key))
        return routes


def _reachable(routes: Iterable[Route], category: str, family: str, district: str | None, duty: str) -> Iterable[Route]:
    """Routes that these four fields allow, without those that an earlier one always forestalls."""
    seen = set()
    for route in routes:
        if not _covers(route, category, family, district, duty):
            continue
        condition = (route.severity_at_least, route.feeds)
        if condition in seen:
            continue
        yield route
        if route.when or not route.lead or any(route.goes_on):
            continue  # those behind it may still be met
        seen.add(condition)
        if condition == (None, None):
            return


def _stands_behind(route: Route, matched: Route) -> bool:
    """Whether a route may still add to a matched one: a later sibling of it, or of one it stands in, that goes on."""
    if not route.path:
        return False
    for own, theirs, goes_on in zip(route.path, matched.path, matched.goes_on, strict=False):
        if own != theirs:
            return goes_on
    return False


def _all_hold(conditions: Sequence[Condition], ask: Ask) -> bool | Failed:
    """The outermost first; the first that does not hold, or cannot be decided, says it."""
    for condition in conditions:
        holds = ask(condition)
        if holds is not True:
            return holds
    return True


def _covers(route: Route, category: str, family: str, district: str | None, duty: str) -> bool:
    return (
        (route.duty is None or route.duty == duty)
        and (route.categories is None or category in route.categories)
        and (route.families is None or family in route.families)
        and (route.districts is None or district in route.districts)
    )


def _severe_enough(route: Route, incident: Incident) -> bool:
    return route.severity_at_least is None or incident.severity <= route.severity_at_least


def _from_feed(route: Route, incident: Incident) -> bool:
    return route.feeds is None or not route.feeds.isdisjoint(incident.feeds)
