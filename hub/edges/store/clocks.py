"""The clockwork's transactions beside deadlines: take what is due, decide, write, each once. It must never decide."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import asyncpg

from hub.edges.store.activations import check_in_force
from hub.edges.store.bell import CHANGES_WAIT, Bell
from hub.edges.store.columns import incident_of
from hub.edges.store.settling import VersionConflict, write_decision
from hub.edges.store.statements import statements
from hub.vocabulary.activations import InForce
from hub.vocabulary.incidents import Decision, Incident

_SQL = statements("clocks")
_T = TypeVar("_T")

DecideMuted = Callable[[Sequence[Incident]], Decision]


class ClockStore:
    """What has a moment of its own. Any number of clockworks may use it at once: rows in work are passed over."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._bell = Bell(pool, CHANGES_WAIT)

    async def settle_muted(
        self,
        decide: DecideMuted,
        now: datetime,
        rulebook_version: str,
        *,
        limit: int = 500,
        in_force: InForce | None = None,
    ) -> tuple[int, Decision]:
        """Decide on muted incidents whose mute is over, or that this rulebook has not confirmed yet; how many were
        looked at, and what was decided."""

        async def settle(connection: asyncpg.Connection) -> tuple[int, Decision]:
            rows = await connection.fetch(_SQL["take_muted"], now, rulebook_version, limit)
            decision = decide([incident_of(row) for row in rows]) if rows else Decision()
            await write_decision(connection, decision, now, in_force)
            changed = {incident.id for incident in decision.incidents}
            if kept := [row["id"] for row in rows if row["id"] not in changed]:
                await connection.execute(_SQL["confirm_mutes"], kept, rulebook_version)
            if rows and in_force is not None:
                await check_in_force(connection, in_force)
            return len(rows), decision

        looked_at, decision = await self._in_transaction(settle)
        if decision.incidents:
            self._bell.ring()
        return looked_at, decision

    async def _in_transaction(self, settle: Callable[[asyncpg.Connection], Awaitable[_T]]) -> _T:
        """A version conflict reads and decides again."""
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    return await settle(connection)
            except VersionConflict:
                continue
