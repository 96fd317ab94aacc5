"""Raw messages land whole, and come back as they were."""

import uuid
from datetime import timedelta

import asyncpg
import pytest

from hub.edges.clock import utc_now
from hub.edges.outbox.relay import RawRoad
from hub.edges.store.canaries import note_passed, note_sent
from hub.edges.store.landing import LandingStore
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import Feed
from tests.builders import a_raw

pytestmark = pytest.mark.services


async def test_what_landed_comes_back(pool: asyncpg.Pool) -> None:
    message = a_raw(b"\x00\xff{}", id=uuid.uuid4())
    store = LandingStore(pool)
    await store.land([message])
    await store.land([message])
    assert await store.raw(message.id) == message
    assert await store.raw(uuid.uuid4()) is None


async def test_a_body_too_large_for_the_road_stays_where_it_landed(pool: asyncpg.Pool) -> None:
    small, large = a_raw(b"{}", id=uuid.uuid4()), a_raw(b"x" * 2_000_000, id=uuid.uuid4())
    await LandingStore(pool).land([small, large])
    async with pool.acquire() as connection:
        records, ids = await RawRoad().waiting(connection)
    bodies = {record[1]: (record[2], dict(record[3]).get("body_is_stored")) for record in records}
    assert set(ids) == {small.id, large.id}
    assert bodies == {small.id.bytes: (b"{}", None), large.id.bytes: (b"", b"1")}


async def test_what_a_canary_overtook_is_published_again(pool: asyncpg.Pool) -> None:
    """The broker took it and does not have it: a later record of each partition was read, it was not."""
    overtaken, behind, other = (a_raw(id=uuid.uuid4(), feed=feed) for feed in (Feed.GRID, Feed.GRID, Feed.CITY))
    await LandingStore(pool).land([overtaken, behind, other])
    now = utc_now()

    async def published(message: RawMessage, ago: float) -> None:
        await pool.execute(
            "update raw_messages set published_at = $2, published_to = 'c', publications = 1 where id = $1",
            message.id,
            now - timedelta(seconds=ago),
        )

    await published(overtaken, 30)
    await published(behind, 19)
    await published(other, 30)
    async with pool.acquire() as connection:
        both = [(("feed.grid", 0), 5), (("feed.grid", 1), 7)]
        await note_sent(connection, "c", [*both, (("feed.city", 0), 3)], now - timedelta(seconds=20))
        await connection.execute("insert into positions values ('c', 'feed.grid', 0, 5)")
        for waits, next_offset in ([], 6), ([overtaken.id], 7):
            await connection.execute(
                "insert into positions values ('c', 'feed.grid', 1, $1) "
                "on conflict (cluster, topic, partition) do update set next_offset = excluded.next_offset",
                next_offset,
            )
            await note_passed(connection, "c", now)
            await RawRoad().tend(connection, "c")
            _, ids = await RawRoad().waiting(connection)
            assert ids == waits
