"""A server that hangs, a road that went dead: noticed once, at once, and over as soon as it is mended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import asyncpg
import pytest

from hub.edges.embedded.postgres import EmbeddedPostgres
from hub.edges.store.patience import BROKEN
from hub.edges.store.pool import connect_alone, open_pool
from hub.edges.wall.truth import Truth
from tests.road import Road
from tests.running import wait_until

pytestmark = pytest.mark.services

_SECONDS = 3.0


@pytest.fixture
async def road(postgres: EmbeddedPostgres) -> AsyncIterator[Road]:
    road = Road.to_socket(postgres.socket_dir / ".s.PGSQL.5432")
    await road.open()
    yield road
    await road.cut()


@pytest.fixture
async def through(pool: asyncpg.Pool, road: Road) -> AsyncIterator[asyncpg.Pool]:
    """A pool of four warm connections over the road."""
    through = await open_pool(await _url(pool, road), size=4, statement_seconds=_SECONDS)
    for connection in [await through.acquire() for _ in range(4)]:
        await through.release(connection)
    assert through.get_idle_size() == 4
    yield through
    through.terminate()


async def _url(pool: asyncpg.Pool, road: Road) -> str:
    return f"postgresql://postgres@127.0.0.1:{road.port}/{await pool.fetchval('select current_database()')}"


async def _statement(pool: asyncpg.Pool) -> None:
    await pool.fetchval("select 1")


async def _transaction(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select 1")


async def _cursor(pool: asyncpg.Pool) -> None:
    await Truth(pool).live_versions()


@pytest.mark.parametrize("use", [_statement, _transaction, _cursor])
async def test_a_dead_road_costs_one_time_out_for_the_whole_pool(
    through: asyncpg.Pool, road: Road, use: Callable[[asyncpg.Pool], Awaitable[None]]
) -> None:
    road.go_dead()
    # asyncpg by itself waits as long again for the server to confirm that it cancelled. Both clocks are the loop's: a
    # machine that is slow makes both late.
    using, twice = asyncio.ensure_future(use(through)), asyncio.ensure_future(asyncio.sleep(1.9 * _SECONDS))
    await asyncio.wait({using, twice}, return_when=asyncio.FIRST_COMPLETED)
    assert using.done()
    with pytest.raises(BROKEN):
        await using
    await twice
    road.mend()
    # The three that lay idle are as dead: each would cost a time-out, which is an error here.
    for _ in range(4):
        await use(through)


async def test_what_a_lost_transaction_had_locked_is_free_again(
    pool: asyncpg.Pool, through: asyncpg.Pool, road: Road
) -> None:
    connection = await through.acquire()
    await connection.execute("begin")
    await connection.execute("select pg_advisory_xact_lock(7)")
    road.go_dead()
    assert not await pool.fetchval("select pg_try_advisory_xact_lock(7)")
    await _free_again(pool, within_seconds=60)


async def test_a_leader_that_the_server_does_not_hear_leads_no_more(pool: asyncpg.Pool, road: Road) -> None:
    leader = await connect_alone(await _url(pool, road), silent_seconds=_SECONDS)
    await leader.execute("select pg_advisory_lock(7)")
    road.go_dead()
    await _free_again(pool, within_seconds=60)
    leader.terminate()


async def test_a_statement_that_nobody_waits_for_any_more_ends(pool: asyncpg.Pool, through: asyncpg.Pool) -> None:
    with pytest.raises(BROKEN):
        await through.execute("select pg_advisory_lock(7), pg_sleep(600)")
    await _free_again(pool, within_seconds=60)


async def _free_again(pool: asyncpg.Pool, *, within_seconds: float) -> None:
    async def is_free() -> bool:
        return bool(await pool.fetchval("select pg_try_advisory_xact_lock(7)"))

    await wait_until(is_free, within_seconds=within_seconds)


@pytest.mark.parametrize("value", [[2**40], ["seven"]])
async def test_a_value_that_cannot_be_sent_is_not_an_outage(pool: asyncpg.Pool, value: Sequence[object]) -> None:
    with pytest.raises(asyncpg.DataError) as caught:
        await pool.execute("select $1::int[]", value)
    assert not isinstance(caught.value, BROKEN)
