"""Which workers are alive, by the rows they renew. It must never be used to decide who owns what."""

from datetime import datetime, timedelta

import asyncpg
import msgspec

#: A worker that did not renew its row for longer is gone.
PRESENT_FOR = timedelta(seconds=6)
#: How often a worker renews it.
RENEW_EVERY_SECONDS = 1.0


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that takes messages."""

    id: str
    rulebook_version: str
    partitions: int
    started_at: datetime
    seen_at: datetime
    #: The partitions it reads, each `topic/number`.
    reads: tuple[str, ...] = ()


async def renew(pool: asyncpg.Pool, presence: Presence) -> None:
    """Say that this worker is alive, and forget those that are long gone."""
    await pool.execute(
        "insert into workers (id, rulebook_version, partitions, started_at, seen_at, reads) "
        "values ($1, $2, $3, $4, $5, $6) on conflict (id) do update set "
        "rulebook_version = excluded.rulebook_version, partitions = excluded.partitions, "
        "seen_at = excluded.seen_at, reads = excluded.reads",
        presence.id,
        presence.rulebook_version,
        presence.partitions,
        presence.started_at,
        presence.seen_at,
        presence.reads,
    )
    await pool.execute("delete from workers where seen_at < $1", presence.seen_at - PRESENT_FOR * 10)


async def present(pool: asyncpg.Pool, now: datetime) -> list[Presence]:
    """Workers that are alive and have partitions to read."""
    rows = await pool.fetch(
        "select * from workers where seen_at > $1 and partitions > 0 order by id", now - PRESENT_FOR
    )
    return [msgspec.convert(dict(row), Presence) for row in rows]
