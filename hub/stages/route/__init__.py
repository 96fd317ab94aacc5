"""Route (派遣): which bureau leads an incident and which assist. It must never leave an incident without one lead.

Enters: an incident, the clause of the duty list that its report falls under, and the rulebook. Leaves: a `Routing` with
its why. The first route whose plain fields all match wins: those of `routing.yaml`, then the duty list, then
`duties.yaml`; without one, the district's bureau leads, and without a district the city's bureau of last resort.
"""

from collections.abc import Iterable

import msgspec

from hub.rulebook.book import Rulebook
from hub.rulebook.memo import of_room
from hub.stages.route.table import RouteTable
from hub.vocabulary.incidents import Incident
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["Routing", "route"]

_table = of_room(RouteTable)


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """One lead (牵头) and the assisting bureaus (协办), each once and never the lead again."""

    lead: str
    assist: tuple[str, ...]
    why: Why
    #: Departments that watch over it (主管部门); they receive no task.
    supervisors: tuple[str, ...] = ()


def route(incident: Incident, book: Rulebook, clause: str = "") -> Routing:
    """The bureaus that take an incident whose report falls under a clause of the duty list, or under none."""
    table = _table(book)
    found = table.first_match(incident, clause)
    local = table.bureau_of(incident.district)
    if found is None:
        lead, verdict = (local, "district_bureau") if local else (book.city.fallback_bureau, "fallback")
        return Routing(lead=lead, assist=(), why=_why("none", verdict, incident, lead))
    lead, verdict = found.lead, "matched"
    if table.is_local(lead):
        here = table.bureau(lead, incident)
        lead, verdict = (here, "matched_district") if here else (book.city.fallback_bureau, "matched_fallback")
    assist = _each_once(table.bureau(unit, incident) for unit in found.assist)
    supervisors = _each_once(table.bureau(unit, incident) for unit in found.supervisors)
    return Routing(
        lead=lead,
        assist=tuple(bureau for bureau in assist if bureau != lead),
        why=_why(found.id, verdict, incident, lead, supervisors),
        supervisors=supervisors,
    )


def _each_once(bureaus: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bureau for bureau in bureaus if bureau))


def _why(rule: str, verdict: str, incident: Incident, lead: str, supervisors: tuple[str, ...] = ()) -> Why:
    facts: dict[str, Fact] = {"lead": lead, "category": incident.category, "district": incident.district}
    if supervisors:
        facts["supervisors"] = ", ".join(supervisors)
    return Why(stage=Stage.ROUTE, rule=rule, verdict=verdict, facts=facts)
