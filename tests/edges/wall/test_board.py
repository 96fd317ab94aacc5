"""The board agrees with the final states whatever the order, and tells screens exactly what changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vocabulary.changes import Card, Frame, Health, Snapshot
from hub.vocabulary.terms import LIVE_STATUSES, Feed, IncidentStatus, Severity
from tests.edges.wall.cards import NOW, board, card, change

#: 23:59:50 and 00:00:10 in Yuncheng.
BEFORE_MIDNIGHT = datetime(2026, 5, 4, 15, 59, 50, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 5, 4, 16, 0, 10, tzinfo=UTC)


class Screen:
    """What a screen keeps: the snapshot, then frame upon frame."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.cards = {card.id: card for card in snapshot.cards}
        self.seq = snapshot.seq
        self.tiles = snapshot.tiles

    def take(self, frame: Frame) -> None:
        assert frame.seq == self.seq + 1
        for changed in frame.cards:
            held = self.cards.get(changed.id)
            if held is None or held.version <= changed.version:
                self.cards[changed.id] = changed
        for id in frame.gone:
            self.cards.pop(id, None)
        self.seq, self.tiles = frame.seq, frame.tiles


def test_a_change_reaches_the_next_frame_and_only_that() -> None:
    b = board()
    assert b.apply(change(card("A")))
    frame = b.frame(NOW)
    assert frame is not None
    assert [c.id for c in frame.cards] == ["A"]
    assert (frame.seq, frame.tiles.live, frame.tiles.by_status) == (1, 1, {"open": 1})
    assert b.frame(NOW) is None


def test_many_changes_of_one_incident_are_one_card() -> None:
    b = board()
    for version in range(1, 100):
        b.apply(change(card("A", version)))
    frame = b.frame(NOW)
    assert frame is not None
    assert [c.version for c in frame.cards] == [99]


@pytest.mark.parametrize("version", [1, 2])
def test_older_or_equal_news_is_ignored(version: int) -> None:
    b = board()
    b.take(card("A", 2, severity=Severity.I))
    b.frame(NOW)
    assert not b.take(card("A", version, severity=Severity.IV))
    assert b.frame(NOW) is None
    assert b.snapshot(NOW).cards[0].severity is Severity.I


@pytest.mark.parametrize("status", sorted(set(IncidentStatus) - LIVE_STATUSES))
def test_an_ended_incident_is_gone_and_late_news_does_not_bring_it_back(status: IncidentStatus) -> None:
    b = board()
    b.take(card("A", 1))
    b.frame(NOW)
    b.take(card("A", 3, status))
    frame = b.frame(NOW)
    assert frame is not None
    assert (frame.gone, frame.cards, frame.tiles.live) == (("A",), (), 0)
    assert not b.take(card("A", 2))
    assert b.take(card("A", 4))
    assert b.snapshot(NOW).tiles.live == 1


def test_never_shown_is_never_called_gone() -> None:
    b = board()
    b.take(card("A", 1))
    b.take(card("A", 2, IncidentStatus.CLOSED))
    frame = b.frame(NOW)
    assert frame is not None
    assert frame.gone == ()


def test_a_card_seen_only_in_a_snapshot_is_called_gone_later() -> None:
    b = board()
    b.take(card("A", 1))
    screen = Screen(b.snapshot(NOW))
    b.take(card("A", 2, IncidentStatus.CLOSED))
    frame = b.frame(NOW)
    assert frame is not None
    screen.take(frame)
    assert screen.cards == {}


def test_idle_gives_no_frame_unless_a_sign_of_life_is_wanted() -> None:
    b = board()
    assert b.frame(NOW) is None
    beat = b.frame(NOW, even_if_idle=True)
    assert beat is not None
    assert (beat.seq, beat.cards, beat.gone) == (1, (), ())


def test_a_broken_dependency_is_told_at_once_and_an_agreement_with_the_next_frame() -> None:
    b = board()
    b.tell_health(Health(broker_down_since=None, store_down_since=None, reconciled_at=NOW))
    assert not b.changed
    b.tell_health(Health(broker_down_since=NOW, store_down_since=None, reconciled_at=NOW))
    frame = b.frame(NOW)
    assert frame is not None
    assert frame.health.broker_down_since == NOW


def test_days_turn_at_local_midnight() -> None:
    b = board()
    b.take(card("A", 1, opened_at=BEFORE_MIDNIGHT))
    b.take(card("B", 1, opened_at=BEFORE_MIDNIGHT))
    b.take(card("B", 2, IncidentStatus.CLOSED, opened_at=BEFORE_MIDNIGHT))
    frame = b.frame(BEFORE_MIDNIGHT)
    assert frame is not None
    assert (frame.tiles.opened_today, frame.tiles.closed_today) == (2, 1)
    turned = b.frame(AFTER_MIDNIGHT)
    assert turned is not None, "midnight alone changes the tiles"
    assert (turned.tiles.live, turned.tiles.opened_today, turned.tiles.closed_today) == (1, 0, 0)
    b.take(card("A", 2, IncidentStatus.CLOSED, opened_at=BEFORE_MIDNIGHT, updated_at=AFTER_MIDNIGHT))
    assert b.tiles(AFTER_MIDNIGHT).closed_today == 1
    assert b.midnight(AFTER_MIDNIGHT) == datetime(2026, 5, 4, 16, 0, tzinfo=UTC)


def test_merged_and_cancelled_count_as_neither_opened_nor_closed() -> None:
    b = board()
    for id, status in (("A", IncidentStatus.MERGED), ("B", IncidentStatus.CANCELLED)):
        b.take(card(id, 1))
        b.take(card(id, 2, status))
    assert (b.tiles(NOW).opened_today, b.tiles(NOW).closed_today) == (0, 0)


def test_ended_incidents_are_forgotten_after_two_days() -> None:
    b = board()
    b.take(card("A", 2, IncidentStatus.CLOSED))
    b.frame(NOW)
    b.frame(NOW + timedelta(days=1))
    assert b.version("A") == 2
    b.frame(NOW + timedelta(days=2))
    assert b.version("A") is None


def test_severity_counts_before_recency() -> None:
    b = board(max_cards=3)
    for n in range(5):
        b.take(card(f"blue{n}"))
    b.take(card("red", severity=Severity.I))
    b.take(card("yellow", severity=Severity.III))
    assert [c.id for c in b.snapshot(NOW).cards] == ["red", "yellow", "blue4"]
    assert b.tiles(NOW).live == 7
    b.take(card("yellow", 2, IncidentStatus.CLOSED))
    assert [c.id for c in b.snapshot(NOW).cards] == ["red", "blue4", "blue3"]


def test_tiles_count_each_feed_of_an_incident_and_no_district_apart() -> None:
    b = board()
    b.take(card("A", feeds=(Feed.HOTLINE, Feed.GRID), district=None, overdue=True))
    b.take(card("B", feeds=(Feed.GRID,), severity=Severity.I))
    tiles = b.tiles(NOW)
    assert tiles.by_feed == {"grid": 2, "hotline": 1}
    assert tiles.by_district == {"": 1, "140802": 1}
    assert tiles.by_severity == {"1": 1, "4": 1}
    assert tiles.overdue == 1


def test_what_the_database_does_not_have_is_forgotten() -> None:
    b = board()
    b.load([card("A"), card("B"), card("C", status=IncidentStatus.CLOSED)])
    assert b.not_among({"A"}) == ("B",)
    b.forget("B")
    b.forget("C")
    assert (b.tiles(NOW).live, b.tiles(NOW).opened_today, b.tiles(NOW).closed_today) == (1, 1, 0)
    assert b.version("C") is None


openings = st.sampled_from([NOW - timedelta(days=9), NOW, BEFORE_MIDNIGHT, AFTER_MIDNIGHT])
#: Within the days for which an ended incident is remembered.
updates = st.sampled_from([NOW, BEFORE_MIDNIGHT, AFTER_MIDNIGHT])


@st.composite
def histories(draw: st.DrawFn) -> list[list[Card]]:
    """For each incident its states in order of version."""
    return [
        [
            card(
                f"I{n}",
                version,
                status=draw(st.sampled_from(IncidentStatus)),
                severity=draw(st.sampled_from(Severity)),
                district=draw(st.sampled_from([None, "140802", "140881"])),
                feeds=tuple(draw(st.sets(st.sampled_from(Feed), min_size=1, max_size=3))),
                opened_at=opened,
                updated_at=draw(updates),
                overdue=draw(st.booleans()),
            )
            for version in range(1, draw(st.integers(1, 4)) + 1)
        ]
        for n, opened in enumerate(draw(st.lists(openings, min_size=1, max_size=8)))
    ]


@given(histories(), st.data(), st.integers(1, 10))
def test_any_order_and_repetition_ends_as_the_final_states(
    states: list[list[Card]], data: st.DataObject, max_cards: int
) -> None:
    news = [state for history in states for state in history]
    again = data.draw(st.lists(st.sampled_from(news), max_size=10))
    told = board(max_cards)
    screen = Screen(told.snapshot(AFTER_MIDNIGHT))
    for state in data.draw(st.permutations(news + again)):
        told.take(state)
        if data.draw(st.booleans()) and (frame := told.frame(AFTER_MIDNIGHT)):
            screen.take(frame)
    loaded = board(max_cards=100)
    loaded.load(history[-1] for history in states)

    assert told.tiles(AFTER_MIDNIGHT) == loaded.tiles(AFTER_MIDNIGHT)
    everything = {c.id: c for c in loaded.snapshot(AFTER_MIDNIGHT).cards}
    shown = told.snapshot(AFTER_MIDNIGHT).cards
    assert len(shown) == min(max_cards, len(everything))
    assert [c.severity for c in shown] == sorted(c.severity for c in everything.values())[:max_cards]
    assert all(everything[c.id] == c for c in shown)
    if last := told.frame(AFTER_MIDNIGHT):
        screen.take(last)
    assert screen.cards == {c.id: c for c in shown}
    assert screen.tiles == told.tiles(AFTER_MIDNIGHT)
