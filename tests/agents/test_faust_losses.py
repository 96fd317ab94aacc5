"""The ways in which faust is known to lose messages, each provoked on a real broker: nothing may be lost.

Failures come from the database itself: a trigger that raises is a defect no code of ours expects.
"""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from agents.app import GROUP
from tests.agents.conftest import StartWorker
from tests.running import wait_until

Send = Callable[[Sequence[object]], Awaitable[None]]

pytestmark = pytest.mark.broker

_COUNT = 200


def _calls(count: int = _COUNT) -> list[object]:
    return [{"order_id": f"n{n}", "title": f"路灯不亮 {n}", "content": "路灯不亮"} for n in range(count)]


async def _reports(pool: asyncpg.Pool) -> int:
    return int(await pool.fetchval("select count(*) from reports"))


async def test_offsets_that_faust_committed_too_far_lose_nothing(
    pool: asyncpg.Pool, broker: str, send: Send, start_worker: StartWorker
) -> None:
    """Loss 1: with messages in flight faust commits past them; after a kill they are never read again."""
    await send(_calls())
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition("feed.hotline", n) for n in range(4)]
    consumer.assign(partitions)
    await consumer.commit({tp: OffsetAndMetadata(_COUNT // 4, "") for tp in partitions})
    await consumer.stop()
    start_worker()

    async def all_there() -> bool:
        return await _reports(pool) == _COUNT

    await wait_until(all_there, within_seconds=60)


async def test_an_exception_in_the_agent_loses_nothing(
    pool: asyncpg.Pool, send: Send, start_worker: StartWorker
) -> None:
    """Loss 2: an exception that leaves an agent acknowledges its event. Poison is set aside alone, and kept."""
    await pool.execute(
        """
        create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'no code of ours expects this'; end $$;
        create trigger refuse before insert on reports for each row
        when (new.source_id = 'n77') execute function refuse();
        """
    )
    await send(_calls())
    start_worker()

    async def settled() -> bool:
        return bool(await pool.fetchval("select coalesce(sum(next_offset), 0) = $1 from positions", _COUNT))

    await wait_until(settled, within_seconds=60)
    assert await _reports(pool) == _COUNT - 1
    reject = await pool.fetchrow("select reason, m.body from rejects join raw_messages m on m.id = raw_id")
    assert reject is not None
    assert reject["reason"] == "failed"
    assert b'"n77"' in reject["body"]


async def test_a_batch_that_fails_keeps_its_backlog(pool: asyncpg.Pool, send: Send, start_worker: StartWorker) -> None:
    """Loss 3: `take()` drops what waits behind a batch that raised. A broken store is waited for in place."""
    await pool.execute(
        """
        create sequence tries;
        create function be_full() returns trigger language plpgsql as $$
        begin
            if nextval('tries') <= 6 then raise exception 'disk full' using errcode = '53100'; end if;
            return null;
        end $$;
        create trigger be_full after insert on reports for each statement execute function be_full();
        """
    )
    await send(_calls(2 * _COUNT))
    start_worker()

    async def all_there() -> bool:
        return await _reports(pool) == 2 * _COUNT

    await wait_until(all_there, within_seconds=90)
    assert await pool.fetchval("select last_value from tries") > 6
    assert await pool.fetchval("select count(*) from rejects") == 0


async def test_a_killed_worker_settles_each_message_once(
    pool: asyncpg.Pool, send: Send, start_worker: StartWorker
) -> None:
    """kill -9 between any two batches: the next worker reads on where the last decision was committed."""
    await send(_calls(2000))
    first = start_worker()

    async def begun() -> bool:
        return await _reports(pool) > 0

    await wait_until(begun, within_seconds=60, every=0.01)
    first.kill()
    start_worker()

    async def settled() -> bool:
        return bool(await pool.fetchval("select sum(next_offset) = 2000 from positions"))

    await wait_until(settled, within_seconds=180)
    assert await _reports(pool) == 2000
    assert await pool.fetchval("select sum(report_count) from incidents") == 2000
    assert await pool.fetchval("select received from feed_counts where feed = 'hotline'") == 2000


@pytest.mark.one_broker
async def test_large_exports_are_settled_in_transactions_of_a_bounded_size(
    pool: asyncpg.Pool, send: Send, start_worker: StartWorker
) -> None:
    """Twenty exports of a thousand orders each in one poll must not become one transaction."""
    await send([_calls_of(export) for export in range(20)])
    start_worker()

    async def settled() -> bool:
        return bool(await pool.fetchval("select coalesce(sum(next_offset), 0) = 20 from positions"))

    await wait_until(settled, within_seconds=180)
    assert await _reports(pool) == 20_000
    assert await pool.fetchval("select count(distinct xmin::text) from raw_messages") >= 10


def _calls_of(export: int) -> list[object]:
    return [{"order_id": f"e{export}-{n}", "title": f"咨询{export}号{n}", "content": "政策咨询"} for n in range(1000)]


@pytest.mark.kafka
async def test_gaps_in_a_partition_stop_nothing(
    pool: asyncpg.Pool, broker: str, send: Send, start_worker: StartWorker
) -> None:
    """Loss 4: the mark of a transaction takes an offset and is never handed out. faust leaves out what lies before the
    last record it had in hand, so a gap that was read again left the partition standing for ever."""
    calls = _calls(8_000)  # more than faust and an inbox hold at once
    producer = AIOKafkaProducer(bootstrap_servers=broker, transactional_id="a source of its own")
    await producer.start()
    for part in range(4):
        async with producer.transaction():
            for call in calls[part::4]:
                await producer.send("feed.hotline", msgspec.json.encode(call), partition=0)
    await producer.stop()
    start_worker()

    async def all_there() -> bool:
        return await _reports(pool) == len(calls)

    await wait_until(all_there, within_seconds=90)
