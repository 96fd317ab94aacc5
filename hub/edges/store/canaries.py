"""The canaries' rows: what was sent, what was passed, what stands still. It must never judge which is which."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from hub.edges.store.presence import PRESENT_FOR
from hub.edges.store.statements import statements

_SQL = statements("canaries")

#: A topic and a partition of it.
Partition = tuple[str, int]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a partition stands to its latest canary."""

    topic: str
    partition: int
    #: The offset behind the canary, and the offset up to which the partition is decided.
    canary: int
    read_to: int
    #: Workers that started afresh without helping it.
    restarts: int
    stalled_at: datetime | None

    @property
    def key(self) -> Partition:
        """Which partition it is."""
        return (self.topic, self.partition)

    @property
    def waits(self) -> bool:
        """Whether the canary is still to be passed."""
        return self.read_to < self.canary


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that is alive, and what it reads."""

    id: str
    started_at: datetime
    reads: tuple[str, ...]


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric tells of a partition."""

    topic: str
    partition: int
    sent_at: datetime
    passed_at: datetime | None
    stalls: int


def name_of(key: Partition) -> str:
    """How a worker's row names a partition."""
    return f"{key[0]}/{key[1]}"


async def note_sent(
    connection: asyncpg.Connection, cluster: str, sent: Sequence[tuple[Partition, int]], now: datetime
) -> None:
    """Keep the canaries the broker took: each with the offset behind it."""
    await connection.execute(_SQL["sent"], cluster, now, *_columns(sent))


async def note_passed(connection: asyncpg.Connection, cluster: str, now: datetime) -> None:
    """Note which canaries were passed since the last time."""
    await connection.execute(_SQL["passed"], cluster, now)


async def note_stalled(
    connection: asyncpg.Connection, cluster: str, stalled: Sequence[Standing], now: datetime, *, restarting: bool
) -> None:
    """Keep that partitions stand still, each stall counted once; `restarting`: a worker starts afresh for them."""
    columns = _columns([(row.key, row.canary) for row in stalled])
    await connection.execute(_SQL["stalled"], cluster, now, int(restarting), *columns)


async def standings(connection: asyncpg.Connection, cluster: str) -> list[Standing]:
    """Every partition that has a canary in this life of the broker."""
    return [msgspec.convert(dict(row), Standing) for row in await connection.fetch(_SQL["standing"], cluster)]


async def readers(connection: asyncpg.Connection, now: datetime) -> list[Reader]:
    """Workers that are alive, the oldest first, those without a partition too."""
    return [msgspec.convert(dict(row), Reader) for row in await connection.fetch(_SQL["readers"], now - PRESENT_FOR)]


async def canaries(pool: asyncpg.Pool) -> list[Canary]:
    """The canary of every partition."""
    return [msgspec.convert(dict(row), Canary) for row in await pool.fetch(_SQL["canaries"])]


async def waiting(pool: asyncpg.Pool) -> tuple[int, int]:
    """Raw messages that are not settled, and changes that are not sent."""
    row = await pool.fetchrow(_SQL["waiting"])
    return (row["raw"], row["changes"])


def _columns(sent: Sequence[tuple[Partition, int]]) -> tuple[list[str], list[int], list[int]]:
    return (
        [topic for (topic, _), _ in sent],
        [partition for (_, partition), _ in sent],
        [offset for _, offset in sent],
    )
