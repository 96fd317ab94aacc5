"""Workers come, stop, resume and die while messages flow: each message is settled once, no happening is doubled."""

import signal
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import msgspec
import pytest

from hub.edges.rules import load_city
from hub.settings import Settings
from tests.agents.conftest import StartWorker
from tests.chaos.numbered import numbered
from tests.running import wait_until

Send = Callable[[Sequence[object]], Awaitable[None]]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(480)]

_COUNT, _HAPPENINGS = 6_000, 600


async def test_one_worker_three_workers_one_stopped_one_left(
    pool: asyncpg.Pool, send: Send, start_worker: StartWorker
) -> None:
    sent = numbered(load_city(Settings().city_dir()).city, _COUNT, happenings=_HAPPENINGS, seed=5)
    thirds = [sent.bodies[n::3] for n in range(3)]

    async def send_third(n: int) -> None:
        await send([msgspec.Raw(body) for body in thirds[n]])

    await send_third(0)
    first = start_worker()
    await _reports_reach(pool, 200)
    second, third = start_worker(), start_worker()
    await send_third(1)
    second.send_signal(signal.SIGSTOP)  # it holds partitions and may be in the middle of a transaction
    await send_third(2)
    third.kill()
    await _positions_reach(pool, len(sent.bodies) // 2)
    second.send_signal(signal.SIGCONT)
    first.kill()
    await _positions_reach(pool, len(sent.bodies))
    assert {row["source_id"] for row in await pool.fetch("select source_id from reports")} == sent.reports
    assert await pool.fetchval("select count(distinct raw_id) from rejects") == sent.poisoned
    assert await pool.fetchval("select count(*) from incidents") == sent.happenings
    assert await pool.fetchval("select sum(report_count) from incidents") == len(sent.reports)
    assert await pool.fetchval("select count(*) from tasks where role = 'lead'") == sent.happenings


async def _reports_reach(pool: asyncpg.Pool, count: int) -> None:
    async def reached() -> bool:
        return bool(await pool.fetchval("select count(*) >= $1 from reports", count))

    await wait_until(reached, within_seconds=60)


async def _positions_reach(pool: asyncpg.Pool, count: int) -> None:
    async def reached() -> bool:
        return bool(await pool.fetchval("select coalesce(sum(next_offset), 0) >= $1 from positions", count))

    await wait_until(reached, within_seconds=90)
