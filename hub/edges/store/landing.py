"""Where raw messages land before anything else happens. It must never look inside a body."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from hub.edges.store.bell import RAW_WAITS, Bell
from hub.edges.store.columns import raw_columns
from hub.edges.store.pool import STATEMENT_SECONDS
from hub.edges.store.statements import statements
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import Feed

_SQL = statements("relay")


class LandingStore:
    """`RawStore` and `RawLookup` on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._bell = Bell(pool, RAW_WAITS)

    async def land(self, messages: Sequence[RawMessage]) -> None:
        """Commit the messages and wake the relay; returns when they are durable."""
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection:
            await connection.execute(_SQL["land"], *raw_columns(messages))
        self._bell.ring()

    async def raw(self, raw_id: UUID) -> RawMessage | None:
        """A raw message as it landed."""
        row = await self._pool.fetchrow(_SQL["raw"], raw_id)
        return None if row is None else msgspec.convert({**row, "feed": Feed(row["feed"])}, RawMessage)
