"""The routes of a rulebook, laid out so that their number costs nothing. It must never reorder them."""

from collections.abc import Iterable

from hub.rulebook.book import Route, Rulebook
from hub.vocabulary.incidents import Incident

_Key = tuple[str, str, str | None]


class RouteTable:
    """Routes by category, family and district; severity and feed are looked at last, among the few that are left."""

    def __init__(self, book: Rulebook) -> None:
        self._routes = book.routes
        self._bureaus = {district.code: district.bureau for district in book.city.districts if district.bureau}
        self._districts = frozenset(district.code for district in book.city.districts).union(
            *(route.districts for route in book.routes if route.districts is not None)
        )
        self._reachable: dict[_Key, tuple[Route, ...]] = {}

    def bureau_of(self, district: str | None) -> str | None:
        """The bureau that takes what nobody else owns in a district."""
        return None if district is None else self._bureaus.get(district)

    def first_match(self, incident: Incident) -> Route | None:
        """The first route, in the order of the rulebook, that an incident meets in every field."""
        # A district that no rule and no border knows is like none, so that odd codes cannot fill the table.
        district = incident.district if incident.district in self._districts else None
        key = (incident.category, incident.family, district)
        routes = self._reachable.get(key)
        if routes is None:
            routes = self._reachable[key] = tuple(_reachable(self._routes, *key))
        for route in routes:
            if _severe_enough(route, incident) and _from_feed(route, incident):
                return route
        return None


def _reachable(routes: Iterable[Route], category: str, family: str, district: str | None) -> Iterable[Route]:
    """Routes that these three fields allow, without those that an earlier one always forestalls."""
    seen = set()
    for route in routes:
        if not _covers(route, category, family, district):
            continue
        condition = (route.severity_at_least, route.feeds)
        if condition in seen:
            continue
        seen.add(condition)
        yield route
        if condition == (None, None):
            return


def _covers(route: Route, category: str, family: str, district: str | None) -> bool:
    return (
        (route.categories is None or category in route.categories)
        and (route.families is None or family in route.families)
        and (route.districts is None or district in route.districts)
    )


def _severe_enough(route: Route, incident: Incident) -> bool:
    return route.severity_at_least is None or incident.severity <= route.severity_at_least


def _from_feed(route: Route, incident: Incident) -> bool:
    return route.feeds is None or not route.feeds.isdisjoint(incident.feeds)
