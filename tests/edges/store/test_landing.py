"""Raw messages land whole, and come back as they were."""

import uuid

import asyncpg
import pytest

from hub.edges.outbox.relay import RawRoad
from hub.edges.store.landing import LandingStore
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
