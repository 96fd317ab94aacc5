"""Fuse (融合): does a report tell of a known incident or of a new one? It must never join across category families.

Enters: a located report, its folded words and the neighbourhood of the batch. Leaves: a `Fusion` — the incident it
joins, or the one it may be a duplicate of, or neither — with its why. The same report and neighbourhood give the same
answer in whatever order the neighbours were read: ties go to the smaller id.
"""

import msgspec

from hub.rulebook.book import UNCLASSIFIED, FusionRule, Rulebook
from hub.rulebook.memo import of_room
from hub.stages.fuse.growth import grown, moved_away
from hub.stages.fuse.likeness import Nearness, Reach, exact_point, words_alike
from hub.stages.fuse.neighbourhood import Neighbourhood
from hub.stages.fuse.words import words_of
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

__all__ = ["Fusion", "Neighbourhood", "exact_point", "fuse", "grown", "moved_away", "reach_m", "words_of"]


class Fusion(msgspec.Struct, frozen=True, kw_only=True):
    """The incident that a report joins, or is only suggested for; both None: it opens its own."""

    joins: str | None = None
    suggests: str | None = None
    why: Why


def fuse(located: LocatedReport, words: tuple[str, ...], neighbourhood: Neighbourhood, book: Rulebook) -> Fusion:
    """Where a report belongs."""
    kind = located.classification
    if UNCLASSIFIED in (kind.family, kind.category):
        return _alone("unclassified", "opened_unclassified")
    rule = _rules(book).of(kind.family)
    if rule is None:
        return _alone("none", "opened_no_rule")
    if not rule.fuses:
        return _alone(rule.id, "opened_apart")
    cell = None if exact_point(located) is None else located.place.cell
    if cell is None and not located.place.address_key:
        return _alone(rule.id, "opened_nowhere")
    best, score, alike = _best(located, cell, words, neighbourhood, rule)
    if best is None:
        return _alone(rule.id, "opened_alone")
    facts = best.facts(alike, rule)
    if score >= rule.join_at:
        return Fusion(joins=best.incident.id, why=_why(rule.id, "joined", facts))
    if score >= rule.suggest_at:
        return Fusion(suggests=best.incident.id, why=_why(rule.id, "suggested", facts))
    return Fusion(why=_why(rule.id, "opened_unlike", facts))


def reach_m(family: str, book: Rulebook) -> float:
    """How far a report of a family looks for incidents, in metres; 0 when it never joins any."""
    rule = None if family == UNCLASSIFIED else _rules(book).of(family)
    return rule.radius_m if rule is not None and rule.fuses else 0.0


def _best(
    located: LocatedReport,
    cell: int | None,
    words: tuple[str, ...],
    neighbourhood: Neighbourhood,
    rule: FusionRule,
) -> tuple[Nearness | None, float, float]:
    """The likest incident, its likeness and the score of its words."""
    reach = Reach(located, rule)
    best: Nearness | None = None
    score = alike = 0.0
    family = located.classification.family
    candidates = neighbourhood.candidates(family, cell, located.place.address_key)
    for incident in reach.not_far(candidates):
        near = reach.nearness(incident)
        # Words are compared only where they could still make this one the best.
        if near is None or near.likeness(1.0) < score:
            continue
        its_words = words_alike(words, incident.words)
        its_score = near.likeness(its_words)
        if best is None or its_score > score or (its_score == score and incident.id < best.incident.id):
            best, score, alike = near, its_score, its_words
    return best, score, alike


class _FamilyRules:
    """The first fusion rule that names a family, found once."""

    def __init__(self, book: Rulebook) -> None:
        self._rules = book.fusion
        self._of: dict[str, FusionRule | None] = {}

    def of(self, family: str) -> FusionRule | None:
        if family not in self._of:
            self._of[family] = next(
                (rule for rule in self._rules if rule.families is None or family in rule.families), None
            )
        return self._of[family]


def _alone(rule: str, verdict: str) -> Fusion:
    return Fusion(why=_why(rule, verdict, {}))


def _why(rule: str, verdict: str, facts: dict[str, Fact]) -> Why:
    return Why(stage=Stage.FUSE, rule=rule, verdict=verdict, facts=facts)


_rules = of_room(_FamilyRules)
