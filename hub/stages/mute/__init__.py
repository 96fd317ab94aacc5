"""Mute (静默): whether a mute holds the dispatch of an incident back. It must never lose or hide one.

Enters: an incident, the rulebook, the moment. Leaves: the first mute in the order of `mutes.yaml` that runs now and
covers all of the incident, or none. Asked again whenever the incident changes, so what outgrows its mute is let go.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rulebook.book import Rulebook
from hub.rulebook.mute_rules import MuteRule
from hub.vocabulary.incidents import Incident
from hub.vocabulary.mutes import Mute
from hub.vocabulary.places import Point, distance_m
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["failed_conditions", "mute_of", "why_let_go", "why_muted"]


def mute_of(incident: Incident, clause: str, book: Rulebook, now: datetime) -> Mute | None:
    """What holds an incident back, or None. `clause` is that of the duty list which its dispatch will ask for."""
    for rule in book.mutes:
        if _runs(rule, now) and not failed_conditions(rule, incident):
            return Mute(rule=rule.id, owner=rule.owner, until=rule.until, clause=clause, rulebook_version=book.version)
    return None


def failed_conditions(rule: MuteRule, incident: Incident) -> tuple[str, ...]:
    """The conditions of a mute that an incident does not meet; none: it is covered."""
    met = {
        "categories": rule.categories is None or incident.category in rule.categories,
        "families": rule.families is None or incident.family in rule.families,
        "districts": rule.districts is None or incident.district in rule.districts,
        "feeds": rule.feeds is None or rule.feeds.issuperset(incident.feeds),
        "near": rule.near is None or _within(rule.near, rule.within_m, incident.point),
        "severity_at_most": incident.severity >= rule.severity_at_most,
    }
    return tuple(condition for condition, holds in met.items() if not holds)


def why_muted(mute: Mute, book: Rulebook) -> Why:
    """Why nobody was sent."""
    return Why(stage=Stage.MUTE, rule=mute.rule, verdict="muted", facts=_facts(mute, mute.until, book))


def why_let_go(mute: Mute, incident: Incident, book: Rulebook, now: datetime) -> Why:
    """Why a mute no longer holds an incident back, so that its bureaus are sent now."""
    rule = next((rule for rule in book.mutes if rule.id == mute.rule), None)
    until = mute.until
    outgrown: dict[str, Fact] = {}
    ends = mute.until if rule is None else rule.until
    if ends <= now:
        verdict, until = "mute_ended", ends
    elif rule is not None and (failed := failed_conditions(rule, incident)):
        verdict, outgrown = "mute_outgrown", {"failed": failed[0]}
    else:
        verdict = "mute_removed"
    facts = {**_facts(mute, until, book), **outgrown}
    return Why(stage=Stage.MUTE, rule=mute.rule, verdict=verdict, facts=facts)


def _facts(mute: Mute, until: datetime, book: Rulebook) -> dict[str, Fact]:
    """The end in the city's own time: these are read by people who know no other."""
    return {"owner": mute.owner, "until": f"{until.astimezone(ZoneInfo(book.city.timezone)):%Y-%m-%d %H:%M}"}


def _runs(rule: MuteRule, now: datetime) -> bool:
    return now < rule.until and (rule.since is None or rule.since <= now)


def _within(middle: Point, radius_m: float, point: Point | None) -> bool:
    """What has no place is not known to lie inside."""
    return point is not None and distance_m(middle, point) <= radius_m
