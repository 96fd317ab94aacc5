"""Route (派遣): which bureau leads an incident and which assist. It must never leave an incident without one lead.

Enters: an incident and the rulebook. Leaves: a `Routing` with its why. The first route in the order of
`routing.yaml` whose plain fields all match wins; without one, the district's bureau leads, and without a district
the city's bureau of last resort.
"""

import msgspec

from hub.rulebook.book import Rulebook
from hub.rulebook.memo import PerRulebook
from hub.stages.route.table import RouteTable
from hub.vocabulary.incidents import Incident
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["Routing", "route"]

#: What a route writes for "the bureau of the incident's district".
DISTRICT = "district"

_table = PerRulebook(RouteTable)


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """One lead (牵头) and the assisting bureaus (协办), each once and never the lead again."""

    lead: str
    assist: tuple[str, ...]
    why: Why


def route(incident: Incident, book: Rulebook) -> Routing:
    """The bureaus that take an incident."""
    table = _table(book)
    found = table.first_match(incident)
    local = table.bureau_of(incident.district)
    if found is None:
        lead, verdict = (local, "district_bureau") if local else (book.city.fallback_bureau, "fallback")
        return Routing(lead=lead, assist=(), why=_why("none", verdict, incident, lead))
    lead, verdict = found.lead, "matched"
    if lead == DISTRICT:
        lead, verdict = (local, "matched_district") if local else (book.city.fallback_bureau, "matched_fallback")
    assist = _assistants(found.assist, local, lead)
    return Routing(lead=lead, assist=assist, why=_why(found.id, verdict, incident, lead))


def _assistants(named: tuple[str, ...], local: str | None, lead: str) -> tuple[str, ...]:
    resolved = (local if bureau == DISTRICT else bureau for bureau in named)
    return tuple(dict.fromkeys(bureau for bureau in resolved if bureau and bureau != lead))


def _why(rule: str, verdict: str, incident: Incident, lead: str) -> Why:
    facts: dict[str, Fact] = {"lead": lead, "category": incident.category, "district": incident.district}
    return Why(stage=Stage.ROUTE, rule=rule, verdict=verdict, facts=facts)
