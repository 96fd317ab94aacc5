"""The decision's transaction: fence, locks, one read, the pure decision, one write. It must never decide by itself."""

from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime
from uuid import UUID

import asyncpg

from hub.edges.outbox.changes import changes_of
from hub.edges.store.activations import check_in_force
from hub.edges.store.bell import CHANGES_WAIT, Bell
from hub.edges.store.columns import (
    Documents,
    deadline_columns,
    deadline_of,
    history_columns,
    incident_columns,
    incident_of,
    mark_columns,
    petitioner_columns,
    raw_columns,
    reject_columns,
    report_columns,
    task_columns,
    timeline_columns,
)
from hub.edges.store.nearby import Surroundings
from hub.edges.store.perceived import write_perceived
from hub.edges.store.statements import statements
from hub.ports import Batch, Decide, DecideDue, Position, Settled, StalePosition
from hub.vocabulary.activations import InForce
from hub.vocabulary.incidents import Decision, Filing
from hub.vocabulary.messages import RawMessage, Reject
from hub.vocabulary.terms import IncidentStatus

_SQL = statements("settle")


class VersionConflict(Exception):
    """Somebody changed an incident between our read and our write: read again."""


class SettlingStore:
    """`IncidentStore` on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._bell = Bell(pool, CHANGES_WAIT)

    async def positions(self, cluster: str) -> dict[tuple[str, int], int]:
        """The next offset to read, by (topic, partition), in one life of the broker."""
        rows = await self._pool.fetch(_SQL["positions"], cluster)
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def forget_position(self, cluster: str, topic: str, partition: int, next_offset: int) -> None:
        """Read a partition from its start again, unless somebody has read on from there meanwhile."""
        await self._pool.execute(_SQL["forget_position"], cluster, topic, partition, next_offset)

    async def settle(self, batch: Batch, decide: Decide, now: datetime) -> Settled:
        """Store what a batch became; see `IncidentStore.settle`. A version conflict reads and decides again."""
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    settled = await _settle(connection, batch, decide, now)
            except VersionConflict:
                continue
            self._bell.ring()
            return settled

    async def settle_due(
        self, decide: DecideDue, now: datetime, *, limit: int = 500, in_force: InForce | None = None
    ) -> int:
        """Tell of the deadlines that fell due, each once. Returns how many there were."""
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    fell_due = await _settle_due(connection, decide, now, limit, in_force)
            except VersionConflict:
                continue
            if fell_due:
                self._bell.ring()
            return fell_due


async def _settle(connection: asyncpg.Connection, batch: Batch, decide: Decide, now: datetime) -> Settled:
    await _fence(connection, batch.positions)
    settled, replayed, landed = await _raw_states(connection, batch.raw)
    fresh = [message for message in batch.raw if message.id not in settled]
    located = [item for item in batch.located if item.report.raw_id not in settled]
    rejects = [item for item in batch.rejects if item.raw_id not in settled]
    # What needs no decision comes before the locks of the cells: other workers wait for these until the commit.
    await _settle_raw(connection, fresh, landed, now)
    if replayed:
        await connection.execute(_SQL["forget_rejects"], list(replayed))
    if rejects:
        await connection.execute(_SQL["write_rejects"], *reject_columns(rejects), now)
    around, documents = Surroundings(located, batch.reach_m, batch.looks), Documents(located)
    await connection.fetch(_SQL["lock_cells"], around.lock_keys())
    decision = decide(located, await around.read(connection, now))
    await write_decision(connection, decision, now, batch.in_force, documents)
    await _advance(connection, batch.positions)
    await _count_feeds(connection, fresh, rejects)
    if batch.in_force is not None:
        await check_in_force(connection, batch.in_force)
    return Settled(
        decision=decision, reports=len(decision.filings), rejects=len(rejects), repeated=len(batch.raw) - len(fresh)
    )


async def _settle_due(
    connection: asyncpg.Connection, decide: DecideDue, now: datetime, limit: int, in_force: InForce | None
) -> int:
    rows = await connection.fetch(_SQL["take_due"], now, limit)
    if not rows:
        return 0
    ids = sorted({row["incident_id"] for row in rows})
    incidents = {row["id"]: incident_of(row) for row in await connection.fetch(_SQL["by_id"], ids)}
    due = [(deadline_of(row), incidents[row["incident_id"]]) for row in rows]
    await write_decision(connection, decide(due), now, in_force)
    await connection.execute(
        _SQL["fire_deadlines"], [row["task_id"] for row in rows], [row["kind"] for row in rows], now
    )
    if in_force is not None:
        await check_in_force(connection, in_force)
    return len(rows)


async def _fence(connection: asyncpg.Connection, positions: Sequence[Position]) -> None:
    by_cluster: dict[str, list[Position]] = {}
    for position in positions:
        by_cluster.setdefault(position.cluster, []).append(position)
    for cluster, parts in by_cluster.items():
        rows = await connection.fetch(
            _SQL["lock_positions"], cluster, [p.topic for p in parts], [p.partition for p in parts]
        )
        stored = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        for part in parts:
            if stored.get((part.topic, part.partition), part.start) > part.start:
                raise StalePosition


async def _raw_states(
    connection: asyncpg.Connection, messages: Sequence[RawMessage]
) -> tuple[set[UUID], set[UUID], set[UUID]]:
    rows = await connection.fetch(_SQL["known_raw"], [message.id for message in messages])
    return (
        {row["id"] for row in rows if row["settled"]},
        {row["id"] for row in rows if row["replayed"]},
        {row["id"] for row in rows},
    )


async def _settle_raw(
    connection: asyncpg.Connection, fresh: Sequence[RawMessage], landed: Set[UUID], now: datetime
) -> None:
    """Mark as settled what the intake landed; what came by Kafka lands as settled. Whoever was faster, wins."""
    foreign = {message.id: message for message in fresh if message.id not in landed}
    if foreign:
        status = await connection.execute(_SQL["land_settled"], *raw_columns(foreign.values()), now)
        if _count(status) != len(foreign):
            raise VersionConflict
    waiting = {message.id for message in fresh} - foreign.keys()
    if waiting:
        status = await connection.execute(_SQL["settle_raw"], list(waiting), now)
        if _count(status) != len(waiting):
            raise VersionConflict


async def write_decision(
    connection: asyncpg.Connection,
    decision: Decision,
    now: datetime,
    in_force: InForce | None = None,
    documents: Documents | None = None,
) -> None:
    """Write what a decision changes, within the caller's transaction. Raises VersionConflict."""
    version = None if in_force is None else in_force.version
    if decision.incidents:
        status = await connection.execute(_SQL["write_incidents"], *incident_columns(decision.incidents))
        if _count(status) != len(decision.incidents):
            raise VersionConflict
    if decision.marked:
        marked = [incident for incident in decision.incidents if incident.id in set(decision.marked)]
        await connection.execute(_SQL["mark_incidents"], *mark_columns(marked))
    await _write_filings(connection, decision.filings, now, version, documents or Documents())
    if decision.tasks:
        await connection.execute(_SQL["write_tasks"], *task_columns(decision.tasks))
        await connection.execute(_SQL["write_deadlines"], *deadline_columns(decision.tasks))
    if cancelled := [i.id for i in decision.incidents if i.status is IncidentStatus.CANCELLED]:
        await connection.execute(_SQL["withdraw_tasks"], cancelled)
        await connection.execute(_SQL["stop_deadlines"], cancelled, now)
    if decision.timeline:
        await connection.execute(_SQL["write_timeline"], *timeline_columns(decision.timeline), version)
    if decision.perceived is not None:
        await write_perceived(connection, decision.perceived, now)
    if changes := changes_of(decision.incidents, decision.timeline, now):
        keys, payloads = map(list, zip(*changes, strict=True))
        await connection.execute(_SQL["write_outbox"], keys, payloads, now)


async def _write_filings(
    connection: asyncpg.Connection, filings: Sequence[Filing], now: datetime, version: str | None, documents: Documents
) -> None:
    stale = [filing for filing in filings if filing.stale]
    latest: dict[str, Filing] = {}
    superseded: list[Filing] = []
    for filing in filings:
        if filing.stale:
            continue
        if (earlier := latest.get(filing.located.report.id)) is not None:
            superseded.append(earlier)
        latest[filing.located.report.id] = filing
    current = list(latest.values())
    revised = [filing.located.report.id for filing in current if filing.revision > 1]
    if revised:
        await connection.execute(_SQL["keep_revisions"], revised, now)
    if history := stale + superseded:
        await connection.execute(_SQL["write_stale"], *history_columns(history, documents), now, version)
    if current:
        await connection.execute(_SQL["write_reports"], *report_columns(current, documents), version)
        petitioners = petitioner_columns(current)
        if petitioners[0]:
            await connection.execute(_SQL["write_petitioners"], *petitioners)


async def _advance(connection: asyncpg.Connection, positions: Sequence[Position]) -> None:
    by_cluster: dict[str, list[Position]] = {}
    for position in sorted(positions, key=lambda p: (p.topic, p.partition)):
        by_cluster.setdefault(position.cluster, []).append(position)
    for cluster, parts in by_cluster.items():
        await connection.execute(
            _SQL["advance_positions"],
            cluster,
            [p.topic for p in parts],
            [p.partition for p in parts],
            [p.next for p in parts],
        )


async def _count_feeds(
    connection: asyncpg.Connection, messages: Sequence[RawMessage], rejects: Sequence[Reject]
) -> None:
    if not messages:
        return
    received = Counter(message.feed for message in messages)
    refused = Counter(reject.feed for reject in rejects)
    last = {message.feed: message.received_at for message in sorted(messages, key=lambda m: m.received_at)}
    feeds = sorted(received)
    await connection.execute(
        _SQL["count_feeds"],
        [feed.value for feed in feeds],
        [last[feed] for feed in feeds],
        [received[feed] for feed in feeds],
        [refused[feed] for feed in feeds],
    )


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])
