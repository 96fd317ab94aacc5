"""Mute (静默): whether a mute holds the dispatch of an incident back. It must never lose or hide one.

Enters: an incident, the rulebook, the moment. Leaves: the first mute in the order of `mutes.yaml` that runs now and
covers all of the incident, or none. Asked again whenever the incident changes, so what outgrows its mute is let go. A
mute whose condition cannot be decided holds nothing back.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.rulebook.book import Rulebook
from hub.rulebook.condition_subjects import STANDING_VARIABLES, Subject, incident_subject
from hub.rulebook.conditions import Failed, Judge
from hub.rulebook.memo import of_room
from hub.rulebook.mute_rules import MuteRule
from hub.vocabulary.incidents import Incident
from hub.vocabulary.mutes import Mute
from hub.vocabulary.places import Point, distance_m
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["mute_of", "undecided_mutes", "why_let_go", "why_muted"]


def _judge_of(book: Rulebook) -> Judge[Subject]:
    return Judge(STANDING_VARIABLES)


_judge = of_room(_judge_of)


def mute_of(incident: Incident, clause: str, book: Rulebook, now: datetime) -> Mute | None:
    """What holds an incident back, or None. `clause` is that of the duty list which its dispatch will ask for."""
    rule, _ = _covering(incident, book, now)
    if rule is None:
        return None
    return Mute(rule=rule.id, owner=rule.owner, until=rule.until, clause=clause, rulebook_version=book.version)


def undecided_mutes(incident: Incident, book: Rulebook, now: datetime) -> tuple[Why, ...]:
    """A reason for each mute that did not apply because its condition could not be decided."""
    return _covering(incident, book, now)[1]


def _covering(incident: Incident, book: Rulebook, now: datetime) -> tuple[MuteRule | None, tuple[Why, ...]]:
    """The mute that covers an incident, and those before it that could not be decided."""
    undecided: list[Why] = []
    for rule in book.mutes:
        if not _runs(rule, now) or _failed_conditions(rule, incident):
            continue
        found = _asked(rule, incident, book)
        if found is True:
            return rule, tuple(undecided)
        if isinstance(found, Failed):
            undecided.append(found.why(Stage.MUTE, rule.id))
    return None, tuple(undecided)


def _asked(rule: MuteRule, incident: Incident, book: Rulebook) -> bool | Failed:
    return True if rule.when is None else _judge(book)(rule.when, incident_subject(incident, None, book))


def _failed_conditions(rule: MuteRule, incident: Incident) -> tuple[str, ...]:
    """The plain conditions of a mute that an incident does not meet; none: it is covered, if its `when` holds too."""
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
    elif rule is not None and (failed := _failed_conditions(rule, incident)):
        verdict, outgrown = "mute_outgrown", {"failed": failed[0]}
    elif rule is not None and _asked(rule, incident, book) is not True:
        verdict, outgrown = "mute_outgrown", {"failed": "when"}
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
