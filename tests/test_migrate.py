import asyncpg

from hub.edges.store.migrate import migrate


async def test_second_migration_has_nothing_to_do(pool: asyncpg.Pool) -> None:
    assert await migrate(pool) == []


async def test_broker(broker: str) -> None:
    assert broker
