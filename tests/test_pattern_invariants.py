"""What holds for patterns and every stream of reports, however it is cut, repeated and shuffled."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.rulebook.patterns import Condition, Pattern, PatternKind
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.terms import Severity
from tests.builders import AT, a_book, a_category
from tests.shelf import Shelf, in_batches
from tests.test_pipeline_invariants import sizes, streams

WATER = Condition(families=frozenset({"water"}))
NOISE = Condition(categories=frozenset({"noise"}))
COUNT = Pattern(
    id="many",
    why="",
    kind=PatternKind.COUNT,
    roles=(("of", WATER),),
    radius_m=400.0,
    within_minutes=120.0,
    quiet_minutes=200.0,
    opens="area",
    raises_to=Severity.II,
)
SEQUENCE = Pattern(
    id="order",
    why="",
    kind=PatternKind.SEQUENCE,
    roles=(("first", NOISE), ("then", WATER)),
    radius_m=600.0,
    within_minutes=120.0,
    quiet_minutes=120.0,
    opens="area",
)
WARNING = Pattern(
    id="warn",
    why="",
    kind=PatternKind.WARNING,
    roles=(("warning", NOISE), ("inside", WATER)),
    valid_minutes=100.0,
    raises_to=Severity.I,
)
PLAIN = a_book()
BOOK = a_book(categories={**PLAIN.categories, "area": a_category("area", "area")}, patterns=(COUNT, SEQUENCE, WARNING))


def taken(stream: Sequence[LocatedReport], cut: Sequence[int]) -> Shelf:
    shelf = Shelf()
    for batch in in_batches(stream, cut):
        shelf.take(batch, BOOK, AT)
    return shelf


def without_version(incident: Incident) -> dict[str, Any]:
    return {name: getattr(incident, name) for name in incident.__struct_fields__ if name != "version"}


@given(streams(), sizes)
def test_how_a_stream_is_cut_changes_nothing_that_patterns_see(stream: list[LocatedReport], cut: list[int]) -> None:
    whole, parts = taken(stream, ()), taken(stream, cut)
    assert {key: without_version(i) for key, i in whole.incidents.items()} == {
        key: without_version(i) for key, i in parts.incidents.items()
    }
    assert {firing.id: firing for firing in whole.remembered.firings} == {
        firing.id: firing for firing in parts.remembered.firings
    }
    assert set(whole.tasks) == set(parts.tasks)


@given(streams(), sizes)
def test_a_stream_seen_again_makes_nothing_come_true_again(stream: list[LocatedReport], cut: list[int]) -> None:
    shelf = taken(stream, cut)
    before = (dict(shelf.incidents), dict(shelf.tasks), dict(shelf.timeline), shelf.remembered.firings)
    for batch in in_batches(stream, cut):
        shelf.take(batch, BOOK, AT + timedelta(days=1))
    assert (shelf.incidents, shelf.tasks, shelf.timeline, shelf.remembered.firings) == before


@given(streams(), sizes, st.randoms(use_true_random=False))
def test_a_firing_opens_one_incident_and_no_two_share_a_report(
    stream: list[LocatedReport], cut: list[int], random: Any
) -> None:
    random.shuffle(stream)
    shelf = taken(stream, cut)
    firings = shelf.remembered.firings
    opened = [firing.opened for firing in firings]
    assert None not in opened
    assert len(set(opened)) == len(opened) == sum(not i.report_count for i in shelf.incidents.values())
    for entry in shelf.timeline.values():
        assert entry.report_id is None or shelf.incidents[entry.incident_id].report_count
    for firing in firings:
        assert set(firing.incidents) <= set(shelf.incidents)
        assert firing.began_at <= firing.last_at
