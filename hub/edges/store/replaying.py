"""Sends a rejected raw message round again. It must never touch a report: deciding anew is the worker's work."""

from datetime import datetime
from uuid import UUID

import asyncpg

from hub.edges.store.statements import statements


async def replay(pool: asyncpg.Pool, raw_id: UUID, now: datetime, *, again: bool) -> None:
    """Mark the rejects of a raw message as replayed. `again`: the relay publishes the same message once more; without
    it, a mended one has landed in its place."""
    queries = statements("replay")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(queries["mark_replayed"], raw_id, now)
        if again:
            await connection.execute(queries["unsettle"], raw_id)
            await connection.execute(queries["tell_raw"])
