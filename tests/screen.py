"""A screen for tests: it keeps what the live server tells it, as the wall does."""

import asyncio
from collections.abc import Callable

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from hub.vocabulary.changes import Card, Frame, ScreenMessage, Snapshot

_decode = msgspec.json.Decoder(ScreenMessage).decode


class Screen:
    """Cards by id, folded from a snapshot and frames. Reconnects and resumes like the wall."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.cards: dict[str, Card] = {}
        #: Every version of an incident that was ever shown.
        self.shown: dict[str, int] = {}
        self.last: ScreenMessage | None = None
        self.snapshots = 0
        self.gaps = 0
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Follow until cancelled, through restarts of the server."""
        while True:
            at = f"?epoch={self.last.epoch}&seq={self.last.seq}" if self.last else ""
            try:
                async with connect(self._url + at, max_size=None) as socket:
                    async for text in socket:
                        self._apply(_decode(text))
            except (OSError, WebSocketException, TimeoutError):
                pass
            await asyncio.sleep(0.05)

    async def until(self, true: Callable[["Screen"], object], *, within_seconds: float) -> None:
        """Wait until it shows what is expected."""
        async with asyncio.timeout(within_seconds):
            while not true(self):
                self._changed.clear()
                await self._changed.wait()

    def _apply(self, message: ScreenMessage) -> None:
        if isinstance(message, Snapshot):
            self.snapshots += 1
            self.cards = {card.id: card for card in message.cards}
        else:
            self._apply_frame(message)
        for card in message.cards:
            self.shown[card.id] = max(card.version, self.shown.get(card.id, 0))
        self.last = message
        self._changed.set()

    def _apply_frame(self, frame: Frame) -> None:
        if self.last is not None and (frame.epoch, frame.seq) != (self.last.epoch, self.last.seq + 1):
            self.gaps += 1
        for card in frame.cards:
            if card.id not in self.cards or self.cards[card.id].version < card.version:
                self.cards[card.id] = card
        for id in frame.gone:
            self.cards.pop(id, None)
