"""Fuse (融合): does a report tell of a known incident or of a new one? It must never join across category families.

Enters: a located report, its folded words and the neighbourhood of the batch. Leaves: a `Fusion` — the incident it
joins, or the one it may be a duplicate of, or neither — with its why. The first rule for its family whose condition the
report meets is used. The same report and neighbourhood give the same answer in whatever order the neighbours were read:
ties go to the smaller id.
"""

from collections.abc import Iterator

import msgspec

from hub.rulebook.book import UNCLASSIFIED, FusionRule, Rulebook
from hub.rulebook.condition_subjects import LOCATED_VARIABLES, located_subject
from hub.rulebook.conditions import Failed, Judge
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
    #: Rules that were passed over because their condition could not be decided.
    also: tuple[Why, ...] = ()


def fuse(located: LocatedReport, words: tuple[str, ...], neighbourhood: Neighbourhood, book: Rulebook) -> Fusion:
    """Where a report belongs."""
    kind = located.classification
    if UNCLASSIFIED in (kind.family, kind.category):
        return _alone("unclassified", "opened_unclassified")
    rule, undecided = _rules(book).of(located)
    found = _by_rule(located, words, neighbourhood, rule)
    return msgspec.structs.replace(found, also=undecided) if undecided else found


def _by_rule(
    located: LocatedReport, words: tuple[str, ...], neighbourhood: Neighbourhood, rule: FusionRule | None
) -> Fusion:
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
    rules = () if family == UNCLASSIFIED else _rules(book).of_family(family)
    return max((rule.radius_m for rule in rules if rule.fuses), default=0.0)


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
    """The fusion rules that name a family, up to the first that asks for nothing else; found once."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._judge = Judge(LOCATED_VARIABLES)
        self._of: dict[str, tuple[FusionRule, ...]] = {}

    def of(self, located: LocatedReport) -> tuple[FusionRule | None, tuple[Why, ...]]:
        """The rule for a report, and those before it whose condition could not be decided."""
        undecided: list[Why] = []
        for rule in self.of_family(located.classification.family):
            if rule.when is None:
                return rule, tuple(undecided)
            holds = self._judge(rule.when, located_subject(located, self._book))
            if isinstance(holds, Failed):
                undecided.append(holds.why(Stage.FUSE, rule.id))
            elif holds:
                return rule, tuple(undecided)
        return None, tuple(undecided)

    def of_family(self, family: str) -> tuple[FusionRule, ...]:
        """Every rule that a report of a family may come under."""
        known = self._of.get(family)
        if known is None:
            known = self._of[family] = tuple(self._reachable(family))
        return known

    def _reachable(self, family: str) -> Iterator[FusionRule]:
        for rule in self._book.fusion:
            if rule.families is None or family in rule.families:
                yield rule
                if rule.when is None:
                    return


def _alone(rule: str, verdict: str) -> Fusion:
    return Fusion(why=_why(rule, verdict, {}))


def _why(rule: str, verdict: str, facts: dict[str, Fact]) -> Why:
    return Why(stage=Stage.FUSE, rule=rule, verdict=verdict, facts=facts)


_rules = of_room(_FamilyRules)
