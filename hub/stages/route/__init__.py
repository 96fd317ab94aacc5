"""Route (派遣): which bureau leads an incident and which assist. It must never leave an incident without one lead.

Enters: an incident, the report that opened it, the clause of the duty list that this falls under, and the rulebook.
Leaves: a `Routing` with its why. The first route that fits wins: plain fields first, then its conditions; those of
`routing.yaml`, then the duty list, then `duties.yaml`; without one, the district's bureau leads, and without a district
the city's bureau of last resort. Routes that go on let those behind them add assisting units.
"""

from collections.abc import Iterable

import msgspec

from hub.rulebook.book import Route, Rulebook
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES, Subject, incident_subject
from hub.rulebook.conditions import Condition, Failed, Judge
from hub.rulebook.memo import of_room
from hub.stages.route.table import RouteTable
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import Report
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["Routing", "route"]

_table = of_room(RouteTable)


def _judge_of(book: Rulebook) -> Judge[Subject]:
    return Judge(INCIDENT_VARIABLES)


_judge = of_room(_judge_of)


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """One lead (牵头) and the assisting bureaus (协办), each once and never the lead again."""

    lead: str
    assist: tuple[str, ...]
    why: Why
    #: Departments that watch over it (主管部门); they receive no task.
    supervisors: tuple[str, ...] = ()
    #: Routes that added assisting units, and those whose condition could not be decided.
    also: tuple[Why, ...] = ()


def route(incident: Incident, book: Rulebook, clause: str = "", opened_by: Report | None = None) -> Routing:
    """The bureaus that take an incident whose report falls under a clause of the duty list, or under none."""
    table = _table(book)
    match = table.match(incident, _Asking(incident, opened_by, book).ask, clause)
    lead, rule, verdict = _lead(match.leading, table, incident, book)
    added = (unit for found in match.adding for unit in (found.lead, *found.assist) if unit)
    own = () if match.leading is None else match.leading.assist
    beside = _each_once(bureau for unit in own if (bureau := table.bureau(unit, incident)) != lead)
    assist = _each_once((*beside, *(table.bureau(unit, incident) for unit in added)))
    watching = () if match.leading is None else match.leading.supervisors
    supervisors = _each_once(table.bureau(unit, incident) for unit in watching)
    return Routing(
        lead=lead,
        assist=tuple(bureau for bureau in assist if bureau != lead),
        why=_why(rule, verdict, incident, lead, beside, supervisors),
        supervisors=supervisors,
        also=(
            *(_added(found, table, incident) for found in match.adding),
            *(failed.why(Stage.ROUTE, found.id) for found, failed in match.failed),
        ),
    )


def _lead(leading: Route | None, table: RouteTable, incident: Incident, book: Rulebook) -> tuple[str, str, str]:
    """The bureau that leads, the rule that says so, and how."""
    if leading is None:
        local = table.bureau_of(incident.district)
        return (local, "none", "district_bureau") if local else (book.city.fallback_bureau, "none", "fallback")
    if not table.is_local(leading.lead):
        return leading.lead, leading.id, "matched"
    here = table.bureau(leading.lead, incident)
    return (
        (here, leading.id, "matched_district") if here else (book.city.fallback_bureau, leading.id, "matched_fallback")
    )


class _Asking:
    """Decides conditions for one incident; what they ask for is laid out when the first of them is met."""

    def __init__(self, incident: Incident, opened_by: Report | None, book: Rulebook) -> None:
        self._about = (incident, opened_by, book)
        self._subject: Subject | None = None

    def ask(self, condition: Condition) -> bool | Failed:
        if self._subject is None:
            self._subject = incident_subject(*self._about)
        return _judge(self._about[2])(condition, self._subject)


def _added(found: Route, table: RouteTable, incident: Incident) -> Why:
    units = _each_once(table.bureau(unit, incident) for unit in (found.lead, *found.assist) if unit)
    return Why(stage=Stage.ROUTE, rule=found.id, verdict="added", facts={"assist": ", ".join(units)})


def _each_once(bureaus: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bureau for bureau in bureaus if bureau))


def _why(
    rule: str, verdict: str, incident: Incident, lead: str, beside: tuple[str, ...], supervisors: tuple[str, ...]
) -> Why:
    facts: dict[str, Fact] = {"lead": lead, "category": incident.category, "district": incident.district}
    if beside:
        facts["beside"] = ", ".join(beside)
    if supervisors:
        facts["supervisors"] = ", ".join(supervisors)
    return Why(stage=Stage.ROUTE, rule=rule, verdict=verdict, facts=facts)
