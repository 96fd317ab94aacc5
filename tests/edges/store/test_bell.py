"""Whoever waits for something to move hears of it after the commit, and not once for each message."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from hub.edges.store.bell import CHANGES_WAIT, RAW_WAITS, Bell
from hub.edges.store.landing import LandingStore
from hub.edges.store.settling import SettlingStore
from hub.pipeline import decide
from hub.ports import Batch, Position
from tests.builders import AT, a_book, a_located, a_raw
from tests.running import wait_until

pytestmark = pytest.mark.services


@asynccontextmanager
async def _listening(pool: asyncpg.Pool, channel: str) -> AsyncIterator[Callable[[], int]]:
    """How often the channel was heard."""
    heard = 0

    def hear(*_: object) -> None:
        nonlocal heard
        heard += 1

    async with pool.acquire() as connection:
        await connection.add_listener(channel, hear)
        yield lambda: heard
        await connection.remove_listener(channel, hear)


async def test_what_lands_is_heard_of(pool: asyncpg.Pool) -> None:
    async with _listening(pool, RAW_WAITS) as heard:
        await LandingStore(pool).land([a_raw(id=uuid.uuid4())])
        await wait_until(heard, within_seconds=60)


async def test_a_change_is_heard_of(pool: asyncpg.Pool) -> None:
    call, book = a_located("1", raw_id=uuid.uuid4()), a_book()
    batch = Batch(
        raw=(a_raw(id=call.report.raw_id),),
        located=(call,),
        rejects=(),
        positions=(Position(cluster="c", topic="feed.hotline", partition=0, start=0, next=1),),
        reach_m={},
    )
    async with _listening(pool, CHANGES_WAIT) as heard:
        await SettlingStore(pool).settle(batch, lambda fresh, nearby: decide(fresh, nearby, book, AT), AT)
        await wait_until(heard, within_seconds=60)


async def test_rings_under_way_go_together_and_the_last_is_never_lost(pool: asyncpg.Pool) -> None:
    bell = Bell(pool, RAW_WAITS)
    async with _listening(pool, RAW_WAITS) as heard:
        for _ in range(1_000):
            bell.ring()
        await wait_until(heard, within_seconds=60)
        await asyncio.sleep(0)
        before = heard()
        assert before < 10
        bell.ring()
        await wait_until(lambda: heard() > before, within_seconds=60)
