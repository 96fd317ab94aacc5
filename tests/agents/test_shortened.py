"""A topic that was deleted and made again, on a broker that keeps its cluster id: what comes after is not lost."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import pytest

from agents.shortened import forget_shortened
from hub.edges.embedded.processes import end
from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.cluster import Cluster
from hub.edges.store.settling import SettlingStore
from tests.agents.conftest import StartWorker
from tests.brokers import empty
from tests.running import wait_until

Send = Callable[[Sequence[object]], Awaitable[None]]

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def _calls(name: str, count: int) -> list[object]:
    return [{"order_id": f"{name}{n}", "title": f"路灯不亮 {n}", "content": "路灯不亮"} for n in range(count)]


async def _reports_are(pool: asyncpg.Pool, count: int) -> None:
    async def are() -> bool:
        return bool(await pool.fetchval("select count(*) = $1 from reports", count))

    await wait_until(are, within_seconds=90)


async def test_a_topic_that_was_made_again_is_read_from_its_start(
    pool: asyncpg.Pool, broker: str, send: Send, start_worker: StartWorker, tmp_path: Path
) -> None:
    await send(_calls("before-", 80))
    first = start_worker()
    await _reports_are(pool, 80)
    end(first, within_seconds=3)
    await empty(broker)
    cluster = Cluster(KafkaAccess(broker), partitions=4, replication=1)
    await cluster.wait()
    await cluster.close()
    # Fewer than before: at the places of records that were read, with the same partitions and offsets.
    await send(_calls("after-", 40))
    start_worker()
    await _reports_are(pool, 120)
    assert await pool.fetchval("select sum(next_offset) from positions") == 40
    assert "reading it from its start" in (tmp_path / "worker.log").read_text("utf-8")


async def test_a_position_that_its_log_reaches_stays(pool: asyncpg.Pool, broker: str, send: Send) -> None:
    await send(_calls("a-", 40))  # ten in each of four partitions
    store = SettlingStore(pool)
    positions = [(0, 9), (1, 10), (2, 11), (7, 5)]  # the last partition is no more
    for partition, after in positions:
        await pool.execute("insert into positions values ('life', 'feed.hotline', $1, $2)", partition, after)
    await forget_shortened(KafkaAccess(broker), store, "life")
    assert await store.positions("life") == {("feed.hotline", n): after for n, after in positions if n != 2}
