"""Remembers that the store failed a batch, for whoever asks why nothing moves. It must never hide the failure."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from hub.edges.store.patience import BROKEN
from hub.ports import Batch, Decide, IncidentStore, RawLookup, Settled
from hub.vocabulary.messages import RawMessage

_T = TypeVar("_T")


class Outages:
    """The store as a batch sees it, and whether it was away: while it is, a batch waits and its worker is well."""

    def __init__(self, store: IncidentStore, raw: RawLookup) -> None:
        self._store = store
        self._raw = raw
        self._seen = False

    def seen(self) -> bool:
        """Whether the store failed since the last time somebody asked."""
        seen, self._seen = self._seen, False
        return seen

    async def settle(self, batch: Batch, decide: Decide, now: datetime) -> Settled:
        """`IncidentStore.settle`."""
        return await self._noting(self._store.settle(batch, decide, now))

    async def positions(self, cluster: str) -> dict[tuple[str, int], int]:
        """`IncidentStore.positions`."""
        return await self._noting(self._store.positions(cluster))

    async def raw(self, raw_id: UUID) -> RawMessage | None:
        """`RawLookup.raw`."""
        return await self._noting(self._raw.raw(raw_id))

    async def _noting(self, answer: Awaitable[_T]) -> _T:
        try:
            return await answer
        except BROKEN:
            self._seen = True
            raise
