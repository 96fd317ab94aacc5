"""The clockwork's transactions beside deadlines: take what is due, decide, write, each once. It must never decide."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import asyncpg
import msgspec

from hub.edges.store.activations import check_in_force
from hub.edges.store.bell import CHANGES_WAIT, Bell
from hub.edges.store.columns import deadline_of, incident_of, supervision_columns
from hub.edges.store.settling import VersionConflict, write_decision
from hub.edges.store.statements import statements
from hub.supervising import Supervised, Watched
from hub.vocabulary.activations import InForce
from hub.vocabulary.incidents import Decision, Incident
from hub.vocabulary.terms import Raise
from hub.vocabulary.why import Why

_SQL = statements("clocks")
_T = TypeVar("_T")

_whys = msgspec.json.Decoder(tuple[Why, ...]).decode

#: Decides on clocks with a step to raise, up to a moment.
DecideSteps = Callable[[Sequence[Watched], datetime], Supervised]
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

    async def settle_steps(
        self, decide: DecideSteps, now: datetime, *, limit: int = 500, in_force: InForce | None = None
    ) -> tuple[int, Decision]:
        """Raise the steps of supervision that fell due, each once; how many clocks were looked at, and what was
        decided. More clocks than `limit` are looked at in the order of their moments, so call again until none is."""

        async def settle(connection: asyncpg.Connection) -> tuple[int, Decision]:
            rows = await connection.fetch(_SQL["take_steps"], now, limit)
            if not rows:
                return 0, Decision()
            # What waits behind the last of a full page waits longer than anything in it up to here.
            until = now if len(rows) < limit else rows[-1]["step_at"] or now
            ids = sorted({row["incident_id"] for row in rows})
            incidents = {row["id"]: incident_of(row) for row in await connection.fetch(_SQL["incidents"], ids)}
            supervised = decide([_watched(row, incidents[row["incident_id"]]) for row in rows], until)
            await _write_steps(connection, supervised)
            await write_decision(connection, supervised.decision, now, in_force)
            if in_force is not None:
                await check_in_force(connection, in_force)
            return len(rows), supervised.decision

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


def _watched(row: asyncpg.Record, incident: Incident) -> Watched:
    return Watched(
        deadline=deadline_of(row),
        incident=incident,
        bureau=row["bureau"],
        task_whys=_whys(row["task_why"]),
        raised=None if row["raised"] is None else Raise(row["raised"]),
        afresh=row["afresh"],
    )


async def _write_steps(connection: asyncpg.Connection, supervised: Supervised) -> None:
    rows = [(c.deadline.task_id, c.deadline.kind.value, *supervision_columns(c.supervision)) for c in supervised.clocks]
    await connection.execute(_SQL["write_steps"], *map(list, zip(*rows, strict=True)))
    raised = {c.deadline.task_id: c.raised for c in supervised.clocks if c.raised is not None}
    if raised:
        await connection.execute(_SQL["write_raised"], list(raised), [one.value for one in raised.values()])
