"""Rules that can never decide anything, because those before them take it all. It must never change their order.

Each kind of rule is laid over the cells it can apply to: a category, for routes also a district, and in each cell a bit
for every severity and feed that an incident there can have. What a rule takes is gone for those behind it. A rule with
a condition may be taken from, and takes nothing: nobody can know beforehand what it leaves.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from hub.rulebook.book import UNCLASSIFIED, Category, DeadlineRule, FusionRule, Rulebook, SeverityRule
from hub.rulebook.conditions import Condition
from hub.vocabulary.terms import DeadlineKind, Feed, Severity


class Shadow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, or one of its categories or families, that is never reached, and the rules before it that see to that."""

    rule: str
    #: Empty: the whole rule.
    part: str = ""
    behind: tuple[str, ...] = ()


class _Scoped(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def categories(self) -> frozenset[str] | None: ...
    @property
    def families(self) -> frozenset[str] | None: ...
    @property
    def severity_at_least(self) -> Severity | None: ...
    @property
    def when(self) -> Condition | tuple[Condition, ...] | None: ...


_Rule = TypeVar("_Rule", bound=_Scoped)
_FEEDS = tuple(Feed)
_LEVELS = len(Severity)


def shadowed_routes(book: Rulebook) -> tuple[Shadow, ...]:
    """Routes and duties that no incident can reach."""
    feeds = {source.feed for source in book.city.sources} or set(Feed)
    districts = (*(district.code for district in book.city.districts), "")
    field = _Field(book.categories, districts, feeds)
    # A route of the duty list takes one subclass only, which is no cell of its own: it neither takes nor is taken.
    routes = tuple(route for route in book.routes if route.duty is None)
    return field.lay(
        routes,
        lambda route: route.districts,
        lambda route: _bits(route.severity_at_least, route.feeds),
        # Who only adds to another, or lets others add, leaves those behind it something to do.
        lambda route: not route.when and bool(route.lead) and not any(route.goes_on),
    )


def unowned_categories(book: Rulebook) -> tuple[str, ...]:
    """Categories that no route and no duty names in any district: they only fall to the district by default."""
    owned: set[str] = set()
    for route in book.routes:
        owned.update(_covered(route, book.categories))
    return tuple(key for key in book.categories if key not in owned and key != UNCLASSIFIED)


def shadowed_deadlines(book: Rulebook) -> tuple[Shadow, ...]:
    """Deadline rules that no task can get, each kind of clock for itself."""
    found: list[Shadow] = []
    for kind in DeadlineKind:
        field = _Field(book.categories, ("",), set(Feed))
        # What holds for one clause or for short limits only is no cell of its own either.
        rules = [
            rule
            for rule in book.deadlines
            if rule.kind is kind and rule.clause is None and rule.resolve_within_hours is None
        ]
        found += field.lay(
            rules, _no_districts, lambda rule: _bits(rule.severity_at_least, None), lambda rule: rule.when is None
        )
    return tuple(found)


def shadowed_escalation(book: Rulebook) -> tuple[Shadow, ...]:
    """Escalation rules that no clock can get, each kind of clock for itself."""
    feeds = {source.feed for source in book.city.sources} or set(Feed)
    districts = (*(district.code for district in book.city.districts), "")
    found: list[Shadow] = []
    for kind in DeadlineKind:
        field = _Field(book.categories, districts, feeds)
        # What holds for short limits only is no cell of its own.
        rules = [rule for rule in book.escalation if rule.clock is kind and rule.limit_within_hours is None]
        found += field.lay(
            rules,
            lambda rule: rule.districts,
            lambda rule: _bits(rule.severity_at_least, rule.feeds),
            lambda rule: rule.when is None,
        )
    return tuple(found)


def shadowed_fusion(book: Rulebook) -> tuple[Shadow, ...]:
    """Fusion rules whose families are all named before them."""
    families = [
        family for family in dict.fromkeys(c.family for c in book.categories.values()) if family != UNCLASSIFIED
    ]
    taken: dict[str, str] = {}
    found = []
    for rule in book.fusion:
        wanted = [family for family in families if rule.families is None or family in rule.families]
        found += _fusion_shadows(rule, wanted, taken)
        for family in wanted if rule.when is None else ():
            taken.setdefault(family, rule.id)
    return tuple(found)


def idle_severity_rules(book: Rulebook) -> tuple[SeverityRule, ...]:
    """Severity rules that raise nothing: every category they apply to is that severe by itself."""
    return tuple(
        rule
        for rule in book.severity
        if not any(
            rule.severity < category.severity
            for key, category in book.categories.items()
            if rule.categories is None or key in rule.categories
        )
    )


class _Field:
    """What is still left to be taken in each category and district, as bits."""

    def __init__(self, categories: Mapping[str, Category], districts: Sequence[str], feeds: Collection[Feed]) -> None:
        self._categories = categories
        self._districts = districts
        self._left = {
            # An incident is never milder than its category.
            key: dict.fromkeys(districts, _mask(range(1, category.severity + 1), feeds))
            for key, category in categories.items()
        }

    def lay(
        self,
        rules: Sequence[_Rule],
        districts_of: Callable[[_Rule], frozenset[str] | None],
        bits_of: Callable[[_Rule], int],
        takes: Callable[[_Rule], bool],
    ) -> tuple[Shadow, ...]:
        """Lay the rules in order and tell which found nothing left; `takes` says whether one leaves nothing itself."""
        found: list[Shadow] = []
        for n, rule in enumerate(rules):
            wanted = bits_of(rule)
            districts = districts_of(rule)
            cells = self._districts if districts is None else [code for code in self._districts if code in districts]
            covered = _covered(rule, self._categories)
            idle = [key for key in covered if not self._take(key, cells, wanted, keeps=not takes(rule))]
            before = [earlier for earlier in rules[:n] if takes(earlier)] if idle or not covered else []
            if len(idle) == len(covered):
                # Nothing of the rulebook fits it at all, or others took it all.
                found.append(Shadow(rule=rule.id, behind=self._before(before, covered, cells, districts_of)))
            elif rule.categories is not None:
                for key in idle:
                    behind = self._before(before, [key], cells, districts_of)
                    found.append(Shadow(rule=rule.id, part=key, behind=behind))
        return tuple(found)

    def _take(self, key: str, cells: Iterable[str], wanted: int, *, keeps: bool) -> bool:
        left, took = self._left[key], False
        for cell in cells:
            if left[cell] & wanted:
                left[cell] &= -1 if keeps else ~wanted
                took = True
        return took

    def _before(
        self,
        rules: Iterable[_Rule],
        keys: Collection[str],
        cells: Collection[str],
        districts_of: Callable[[_Rule], frozenset[str] | None],
    ) -> tuple[str, ...]:
        """The earlier rules that cover any of these cells."""
        return tuple(
            rule.id
            for rule in rules
            if ((theirs := districts_of(rule)) is None or not theirs.isdisjoint(cells))
            and any(_covers(rule, key, self._categories[key].family) for key in keys)
        )


def _covered(rule: _Scoped, categories: Mapping[str, Category]) -> list[str]:
    """The categories that a rule applies to; looks only at those it names, if it names any."""
    keys = categories if rule.categories is None else sorted(rule.categories & categories.keys())
    return [key for key in keys if rule.families is None or categories[key].family in rule.families]


def _covers(rule: _Scoped, category: str, family: str) -> bool:
    return (rule.categories is None or category in rule.categories) and (
        rule.families is None or family in rule.families
    )


def _bits(at_least: Severity | None, feeds: frozenset[Feed] | None) -> int:
    return _mask(range(1, (at_least or Severity.IV) + 1), _FEEDS if feeds is None else feeds)


def _mask(levels: Iterable[int], feeds: Collection[Feed]) -> int:
    """A bit for each severity and feed. One feed is enough: with more, only more rules fit."""
    bits = 0
    for feed in feeds:
        for level in levels:
            bits |= 1 << (_FEEDS.index(feed) * _LEVELS + level - 1)
    return bits


def _no_districts(rule: DeadlineRule) -> frozenset[str] | None:
    return None


def _fusion_shadows(rule: FusionRule, wanted: list[str], taken: Mapping[str, str]) -> list[Shadow]:
    idle = [family for family in wanted if family in taken]
    if len(idle) == len(wanted):
        return [Shadow(rule=rule.id, behind=tuple(dict.fromkeys(taken[family] for family in idle)))]
    if rule.families is None:
        return []
    return [Shadow(rule=rule.id, part=family, behind=(taken[family],)) for family in idle]
