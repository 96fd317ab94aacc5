"""The live city as screens see it, kept up change by change. It must never do IO, read a clock or wait."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from datetime import datetime, tzinfo

from hub.edges.wall.shelf import Shelf
from hub.edges.wall.tally import Ended, Tally
from hub.vocabulary.changes import Card, Change, FeedHealth, Frame, Health, Snapshot, Tiles
from hub.vocabulary.terms import LIVE_STATUSES

#: Cards a screen gets at most; the tiles count everything.
MAX_CARDS = 5_000

#: Days for which an ended incident is remembered, so that late news of it does not bring it back.
_DAYS_REMEMBERED = 2


class Board:
    """Every live incident (事件), and what changed since the last frame.

    A change costs the same whether ten incidents are open or two hundred thousand. News of an incident counts only
    when its version is higher than what the board has, so order and repetition of changes do not matter.
    """

    def __init__(self, *, epoch: str, zone: tzinfo, max_cards: int = MAX_CARDS) -> None:
        self.epoch = epoch
        self.seq = 0
        self._tally = Tally(zone)
        self._shelf = Shelf(max_cards)
        self._cards: dict[str, Card] = {}
        self._ended: OrderedDict[str, Ended] = OrderedDict()
        self._touched: set[str] = set()
        self._on_screens: set[str] = set()
        self._feeds: tuple[FeedHealth, ...] = ()
        self._health = Health(broker_down_since=None, store_down_since=None, reconciled_at=None)
        self._changed = False
        self._day = 0

    def apply(self, change: Change) -> bool:
        """Take a change in. Returns whether it was news."""
        return self.take(change.card)

    def load(self, cards: Iterable[Card]) -> int:
        """Take in states read from the database. Returns how many were news."""
        return sum(self.take(card) for card in cards)

    def take(self, card: Card) -> bool:
        """Take an incident's state in, live or ended. Returns whether it was news."""
        held = self.version(card.id)
        if held is not None and held >= card.version:
            return False
        self.forget(card.id)
        if card.status in LIVE_STATUSES:
            self._cards[card.id] = card
            self._tally.count(card, 1)
            self._touch(card.id, self._shelf.put(card.id, card.severity))
        else:
            ended = self._tally.ended(card)
            self._ended[card.id] = ended
            self._tally.count_ended(ended, 1)
        self._changed = True
        return True

    def forget(self, id: str) -> None:
        """Drop an incident that the database does not have."""
        card = self._cards.pop(id, None)
        if card is not None:
            self._tally.count(card, -1)
            self._touch(id, self._shelf.take(id, card.severity))
            self._changed = True
        ended = self._ended.pop(id, None)
        if ended is not None:
            self._tally.count_ended(ended, -1)
            self._changed = True

    def version(self, id: str) -> int | None:
        """The version the board has of an incident."""
        if (card := self._cards.get(id)) is not None:
            return card.version
        ended = self._ended.get(id)
        return None if ended is None else ended.version

    def not_among(self, live: Collection[str]) -> tuple[str, ...]:
        """Ids that are live here and not in `live`: ended without the board knowing, or opened since it was read."""
        return tuple(id for id in self._cards if id not in live)

    def tell_feeds(self, feeds: tuple[FeedHealth, ...]) -> None:
        """Say how the feeds are doing."""
        self._changed = self._changed or feeds != self._feeds
        self._feeds = feeds

    def tell_health(self, health: Health) -> None:
        """Say whether the board can be trusted. Having agreed once more is not worth a frame of its own."""
        before = self._health
        self._changed = (
            self._changed
            or health.broker_down_since != before.broker_down_since
            or health.store_down_since != before.store_down_since
            or health.worker_down_since != before.worker_down_since
            or health.feed_stalled_since != before.feed_stalled_since
        )
        self._health = health

    def midnight(self, now: datetime) -> datetime:
        """When the city's present day began; ended incidents that changed before it count nowhere."""
        return self._tally.midnight(now)

    def tiles(self, now: datetime) -> Tiles:
        """Counts over every live incident."""
        return self._tally.tiles(now)

    @property
    def health(self) -> Health:
        """What the board was told last about its own sources."""
        return self._health

    @property
    def changed(self) -> bool:
        """Whether a frame would say anything new."""
        return self._changed

    def frame(self, now: datetime, *, even_if_idle: bool = False) -> Frame | None:
        """What changed since the frame before; None when nothing did, unless a sign of life is wanted."""
        self._turn_day(now)
        if not (self._changed or even_if_idle):
            return None
        cards, gone = self._news()
        self.seq += 1
        self._changed = False
        return Frame(
            epoch=self.epoch,
            seq=self.seq,
            at=now,
            cards=cards,
            gone=gone,
            tiles=self.tiles(now),
            feeds=self._feeds,
            health=self._health,
        )

    def snapshot(self, now: datetime) -> Snapshot:
        """The whole board, to be followed by the frame after `seq`; that frame may repeat what is here already."""
        cards = tuple(self._cards[id] for id in self._shelf)
        # A card shown here and gone before the next frame must be called gone there.
        self._on_screens.update(card.id for card in cards)
        return Snapshot(
            epoch=self.epoch,
            seq=self.seq,
            at=now,
            cards=cards,
            tiles=self.tiles(now),
            feeds=self._feeds,
            health=self._health,
        )

    def _touch(self, id: str, moved: str | None) -> None:
        self._touched.add(id)
        if moved is not None:
            self._touched.add(moved)

    def _news(self) -> tuple[tuple[Card, ...], tuple[str, ...]]:
        cards: list[Card] = []
        gone: list[str] = []
        for id in self._touched:
            card = self._cards.get(id)
            if card is not None and self._shelf.shows(id, card.severity):
                cards.append(card)
                self._on_screens.add(id)
            elif id in self._on_screens:
                gone.append(id)
                self._on_screens.discard(id)
        self._touched.clear()
        cards.sort(key=lambda card: (card.severity, card.updated_at, card.id))
        return tuple(cards), tuple(sorted(gone))

    def _turn_day(self, now: datetime) -> None:
        today = self._tally.day(now)
        if today == self._day:
            return
        self._changed = self._changed or self._day != 0
        self._day = today
        while self._ended:
            id, ended = next(iter(self._ended.items()))
            if ended.ended_day > today - _DAYS_REMEMBERED:
                break
            del self._ended[id]
