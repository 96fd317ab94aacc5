"""Which patterns a report may matter to, and where to look for what they remember. It must never look anywhere without
patterns."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from hub.rulebook.book import Rulebook
from hub.rulebook.condition_subjects import LOCATED_VARIABLES, located_subject
from hub.rulebook.conditions import Judge
from hub.rulebook.memo import of_room
from hub.rulebook.patterns import Condition, Pattern, PatternKind
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.perceptions import Look
from hub.vocabulary.places import Point, cell_of, coarse_cell, coarse_cells_within
from hub.vocabulary.terms import PlacePrecision

#: Places exact enough to measure a distance from.
_EXACT = frozenset({PlacePrecision.POINT, PlacePrecision.DEVICE, PlacePrecision.GRID, PlacePrecision.ADDRESS})


def looks(located: Iterable[LocatedReport], book: Rulebook) -> tuple[Look, ...]:
    """Where a batch may meet what patterns remember; one look for all reports of it that look at one spot."""
    found: dict[tuple[str, tuple[str, ...]], Look] = {}
    if not book.patterns:
        return ()
    watched = _watched(book)
    for item in located:
        for pattern in _asked(item, watched):
            at, reach = item.report.occurred_at, timedelta(minutes=max(pattern.within_minutes, pattern.quiet_minutes))
            spots = _spots(pattern, item)
            if spots is None:
                continue
            before = found.get((pattern.id, spots))
            since, until = at - reach, at + reach
            if before is not None:
                since, until = min(since, before.since), max(until, before.until)
            found[pattern.id, spots] = Look(pattern=pattern.id, spots=spots, since=since, until=until)
    return tuple(found.values())


def concerns(located: LocatedReport, book: Rulebook) -> bool:
    """Whether any pattern is about a report's category; most are asked no further."""
    return bool(book.patterns) and bool(
        _watched(book).of(located.classification.category, located.classification.family)
    )


def roles_of(located: LocatedReport, book: Rulebook) -> Sequence[tuple[Pattern, str]]:
    """The patterns that a report counts for, each with what it is there."""
    if not book.patterns:
        return ()
    kind = located.classification
    watched = _watched(book)
    return [
        (pattern, role)
        for pattern, role, condition in watched.of(kind.category, kind.family)
        if not unmet_conditions(condition, located) and watched.holds(condition, located)
    ]


def spot_of(pattern: Pattern, located: LocatedReport) -> tuple[str, Point | None] | None:
    """Where a report lies for a pattern: a coarse cell and its point, or a district; None when it is nowhere."""
    if pattern.radius_m is None:
        return None if located.place.district is None else (located.place.district, None)
    return exact_spot(exact_point(located))


def exact_point(located: LocatedReport) -> Point | None:
    """The report's point, unless it only stands for an area or a district."""
    return located.place.point if located.place.precision in _EXACT else None


def exact_spot(point: Point | None) -> tuple[str, Point] | None:
    """A point with its coarse cell."""
    return None if point is None else (str(coarse_cell(cell_of(point))), point)


def _asked(located: LocatedReport, watched: "_Watched") -> Iterable[Pattern]:
    """Each pattern once. A warning that is lifted may meet its conditions no more, and has to be found all the same."""
    kind = located.classification
    every = watched.of(kind.category, kind.family)
    if not every:
        return ()
    met = {
        p.id: p
        for p, _, condition in every
        if p.kind is PatternKind.WARNING or not unmet_conditions(condition, located)
    }
    return met.values()


def _spots(pattern: Pattern, located: LocatedReport) -> tuple[str, ...] | None:
    if pattern.kind is PatternKind.WARNING:
        return ()
    spot = spot_of(pattern, located)
    if spot is None or pattern.radius_m is None or spot[1] is None:
        return None if spot is None else (spot[0],)
    return tuple(map(str, coarse_cells_within(spot[1], pattern.radius_m)))


def unmet_conditions(condition: Condition, located: LocatedReport) -> tuple[str, ...]:
    """The plain conditions that a report does not meet; none: it counts, if its `when` holds as well."""
    kind, place = located.classification, located.place
    met = {
        "categories": condition.categories is None or kind.category in condition.categories,
        "families": condition.families is None or kind.family in condition.families,
        "districts": condition.districts is None or place.district in condition.districts,
        "feeds": condition.feeds is None or located.report.feed in condition.feeds,
        "severity_at_least": condition.severity_at_least is None or kind.severity <= condition.severity_at_least,
    }
    return tuple(name for name, holds in met.items() if not holds)


class _Watched:
    """Patterns by the category and family that they are about, so that others cost a report nothing."""

    def __init__(self, book: Rulebook) -> None:
        self._all = [(pattern, role, condition) for pattern in book.patterns for role, condition in pattern.roles]
        self._book = book
        self._judge = Judge(LOCATED_VARIABLES)
        self._of: dict[tuple[str, str], list[tuple[Pattern, str, Condition]]] = {}

    def of(self, category: str, family: str) -> list[tuple[Pattern, str, Condition]]:
        """Those about a category or its family."""
        found = self._of.get((category, family))
        if found is None:
            found = self._of[category, family] = [
                each
                for each in self._all
                if (each[2].categories is None or category in each[2].categories)
                and (each[2].families is None or family in each[2].families)
            ]
        return found

    def holds(self, condition: Condition, located: LocatedReport) -> bool:
        """Whether the `when` of a condition holds; what cannot be decided does not."""
        return condition.when is None or self._judge(condition.when, located_subject(located, self._book)) is True


_watched = of_room(_Watched)
