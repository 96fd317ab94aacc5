"""The transaction of those who listen for silent feeds: lock, one read, the pure decision, one write. It must never
decide by itself."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from hub.edges.store.activations import check_in_force
from hub.edges.store.bell import CHANGES_WAIT, Bell
from hub.edges.store.columns import incident_of
from hub.edges.store.perceived import firing_of
from hub.edges.store.settling import VersionConflict, write_decision
from hub.edges.store.statements import statements
from hub.ports import DecideSilences
from hub.rulebook.patterns import Pattern
from hub.vocabulary.activations import InForce
from hub.vocabulary.incidents import Nearby
from hub.vocabulary.perceptions import Perceived
from hub.vocabulary.terms import Feed

#: One number for all who listen; the lock of a cell that has it too would only be waited for.
_LOCK = 0x7469_6E67
_SQL, _INCIDENTS = statements("perceive"), statements("settle")


class ListeningStore:
    """Feeds and their silences on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._bell = Bell(pool, CHANGES_WAIT)

    async def settle_silences(
        self, patterns: Sequence[Pattern], decide: DecideSilences, now: datetime, in_force: InForce | None = None
    ) -> int:
        """Tell of feeds that fell silent or speak again, each once. Returns how many incidents that changed."""
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    decision = decide(*await _read(connection, patterns))
                    await write_decision(connection, decision, now, in_force)
                    if decision.incidents and in_force is not None:
                        await check_in_force(connection, in_force)
            except VersionConflict:
                continue
            if decision.incidents:
                self._bell.ring()
            return len(decision.incidents)


async def _read(connection: asyncpg.Connection, patterns: Sequence[Pattern]) -> tuple[dict[Feed, datetime], Nearby]:
    """When each feed was last heard, and the latest silence of each pattern; the lock keeps out other listeners."""
    await connection.execute(_SQL["lock_silences"], _LOCK)
    heard = {Feed(row["feed"]): row["last_received_at"] for row in await connection.fetch(_SQL["heard"])}
    spots = [(pattern.id, feed.value) for pattern in patterns for feed in pattern.feeds]
    columns = [list(column) for column in zip(*spots, strict=True)]
    firings = tuple(map(firing_of, await connection.fetch(_SQL["silences"], *columns)))
    opened = [firing.opened for firing in firings if firing.opened is not None]
    rows = await connection.fetch(_INCIDENTS["by_id"], opened)
    return heard, Nearby(incidents=tuple(map(incident_of, rows)), perceived=Perceived(firings=firings))
