"""Two workers meet two calls about one place in the same second, a thousand times: one incident each time."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from agents.feeds import FeedWorker
from agents.records import Record
from hub.edges.activating.edition import standing
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.rules import load_city
from hub.edges.store.landing import LandingStore
from hub.edges.store.pool import open_pool
from hub.edges.store.settling import SettlingStore
from hub.rulebook.book import Rulebook
from hub.settings import Settings
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.places import Point
from hub.vocabulary.terms import Feed
from tests.agents.conftest import StartWorker
from tests.chaos.numbered import spots
from tests.running import wait_until

Send = Callable[[Sequence[object]], Awaitable[None]]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(480)]

_TIMES = 1_000


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_city(Settings().city_dir())


def _call(number: int, caller: int, spot: Point) -> dict[str, object]:
    return {
        "order_id": f"p{number}-{caller}",
        "title": "自来水主管道爆裂",
        "content": "来电人反映自来水主管道爆裂，水流不止。",
        "longitude": round(spot.lon + caller * 1e-4, 6),
        "latitude": round(spot.lat, 6),
        "crs": "wgs84",
    }


async def test_two_workers_at_once_in_step(postgres_url: str, pool: asyncpg.Pool, book: Rulebook) -> None:
    """Two workers with connections of their own, started together on every place: as close as two can meet."""
    pools = [await open_pool(postgres_url, size=2) for _ in range(2)]
    workers = [FeedWorker(standing(book), SettlingStore(own), LandingStore(own), Metrics()) for own in pools]
    source = next(source.id for source in book.city.sources if source.feed is Feed.HOTLINE)
    for number, spot in enumerate(spots(book.city, _TIMES)):
        both = (_record(source, number, caller, spot) for caller in range(2))
        await asyncio.gather(*(_settle(worker, record) for worker, record in zip(workers, both, strict=True)))
    await _once_each(pool, reports=2)
    for own in pools:
        await own.close()


def _record(source: str, number: int, caller: int, spot: Point) -> Record:
    now = utc_now()
    message = RawMessage(
        id=uuid.uuid4(),
        feed=Feed.HOTLINE,
        source=source,
        content_type="application/json",
        body=msgspec.json.encode(_call(number, caller, spot)),
        received_at=now - timedelta(milliseconds=caller),
    )
    return Record(topic="feed.hotline", partition=caller, offset=number, message=message)


async def _settle(worker: FeedWorker, record: Record) -> None:
    async for run in worker.understand([record]):
        await worker.settle(run, "one life")


async def test_two_worker_processes(pool: asyncpg.Pool, send: Send, start_worker: StartWorker, book: Rulebook) -> None:
    """Two processes that share the partitions, four calls about each place, one a partition."""
    start_worker()
    start_worker()

    async def they_share() -> bool:
        return bool(await pool.fetchval("select count(*) = 2 from workers where partitions > 0"))

    await wait_until(they_share, within_seconds=60)
    await send([_call(n, caller, spot) for n, spot in enumerate(spots(book.city, _TIMES)) for caller in range(4)])

    async def settled() -> bool:
        return bool(await pool.fetchval("select coalesce(sum(next_offset), 0) = $1 from positions", 4 * _TIMES))

    await wait_until(settled, within_seconds=180)
    await _once_each(pool, reports=4)


async def _once_each(pool: asyncpg.Pool, *, reports: int) -> None:
    counts = await pool.fetch("select report_count, count(*) as many from incidents group by 1")
    assert {row["report_count"]: row["many"] for row in counts} == {reports: _TIMES}
    assert await pool.fetchval("select count(*) from reports") == reports * _TIMES
    assert await pool.fetchval("select count(*) from tasks where role = 'lead'") == _TIMES
    assert await pool.fetchval("select count(*) from rejects") == 0
