"""A batch that waits for its cells has done what needs no decision; what it writes then leaves indexes alone."""

import asyncio
import uuid
from datetime import timedelta

import asyncpg
import pytest

from hub.edges.store.columns import raw_columns
from hub.edges.store.nearby import Surroundings
from hub.edges.store.pool import open_pool
from hub.edges.store.settling import SettlingStore
from hub.edges.store.statements import statements
from hub.pipeline import decide
from hub.ports import Batch, Position, Settled
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport
from tests.builders import AT, a_book, a_located, a_raw
from tests.running import wait_until

pytestmark = pytest.mark.services

_BOOK = a_book()
_REACH_M = {"water": 200.0}


async def _settle(pool: asyncpg.Pool, call: LocatedReport, offset: int) -> Settled:
    now = AT + timedelta(minutes=offset)
    batch = Batch(
        raw=(a_raw(id=call.report.raw_id),),
        located=(call,),
        rejects=(),
        positions=(Position(cluster="c", topic="feed.hotline", partition=0, start=offset, next=offset + 1),),
        reach_m=_REACH_M,
    )

    def decide_now(fresh: list[LocatedReport], nearby: Nearby) -> Decision:
        return decide(fresh, nearby, _BOOK, now)

    return await SettlingStore(pool).settle(batch, decide_now, now)


async def test_a_message_has_landed_before_its_cells_are_waited_for(pool: asyncpg.Pool) -> None:
    call = a_located("1", raw_id=uuid.uuid4())
    async with pool.acquire() as holder, pool.acquire() as other:
        async with holder.transaction():
            await holder.fetch(statements("settle")["lock_cells"], Surroundings([call], _REACH_M).lock_keys())
            settling = asyncio.create_task(_settle(pool, call, 0))

            async def waits() -> bool:
                return bool(await other.fetchval("select exists (select from pg_locks where not granted)"))

            await wait_until(waits, within_seconds=30)
            # Nobody sees the row yet, but nobody can land it a second time either.
            await other.execute("set lock_timeout = '100ms'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await other.execute(statements("relay")["land"], *raw_columns([a_raw(id=call.report.raw_id)]))
        async with asyncio.timeout(30):
            assert (await settling).reports == 1


async def test_a_report_that_joins_writes_no_index_of_its_incident(postgres_url: str) -> None:
    pool = await open_pool(postgres_url, size=1)  # a session tells of its own updates when it is asked to
    try:
        await _settle(pool, a_located("1", raw_id=uuid.uuid4()), 0)
        before = await _updates(pool)
        for n in range(1, 4):
            await _settle(pool, a_located(str(n + 1), raw_id=uuid.uuid4()), n)
        after = await _updates(pool)
    finally:
        await pool.close()
    assert [now - then for now, then in zip(after, before, strict=True)] == [3, 3]


async def _updates(pool: asyncpg.Pool) -> list[int]:
    """How often an incident was written anew, and how often without its indexes."""
    await pool.execute("select pg_stat_force_next_flush()")
    row = await pool.fetchrow("select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'incidents'")
    assert row is not None
    return list(row.values())
