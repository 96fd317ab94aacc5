"""The routes of a rulebook, laid out so that their number costs nothing. It must never reorder them."""

from collections.abc import Iterable

from hub.rulebook.book import Route, Rulebook
from hub.rulebook.read_duty_list import only_clauses
from hub.vocabulary.incidents import Incident

#: What a route writes for "the bureau of the incident's district".
DISTRICT = "district"

_Key = tuple[str, str, str | None, str]


class RouteTable:
    """Routes by category, family, district and duty; severity and feed are looked at last, among the few left."""

    def __init__(self, book: Rulebook) -> None:
        self._routes = book.routes
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

    def first_match(self, incident: Incident, clause: str = "") -> Route | None:
        """The first route, in the order of the rulebook, that an incident of a clause meets in every field."""
        # A district that no rule and no border knows is like none, so that odd codes cannot fill the table.
        district = incident.district if incident.district in self._districts else None
        duty = (clause or self._only_clauses.get(incident.category, "")).rpartition(".")[0]
        key = (incident.category, incident.family, district, duty if duty in self._duties else "")
        routes = self._reachable.get(key)
        if routes is None:
            routes = self._reachable[key] = tuple(_reachable(self._routes, *key))
        for route in routes:
            if _severe_enough(route, incident) and _from_feed(route, incident):
                return route
        return None


def _reachable(routes: Iterable[Route], category: str, family: str, district: str | None, duty: str) -> Iterable[Route]:
    """Routes that these four fields allow, without those that an earlier one always forestalls."""
    seen = set()
    for route in routes:
        if not _covers(route, category, family, district, duty):
            continue
        condition = (route.severity_at_least, route.feeds)
        if condition in seen:
            continue
        seen.add(condition)
        yield route
        if condition == (None, None):
            return


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
