"""Brings a database to the schema of this version, forward only. Two migrating at once wait for each other."""

from importlib.resources import files

import asyncpg

_FOLDER = files("hub.edges.store") / "migrations"
#: Any number that nothing else locks; it keeps two migrations apart.
_LOCK = 7_140_800


async def migrate(pool: asyncpg.Pool) -> list[str]:
    """Apply what is missing, each step in a transaction of its own. Returns the names of the steps applied."""
    applied: list[str] = []
    async with pool.acquire() as connection:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        try:
            await connection.execute(
                "create table if not exists migrations "
                "(name text primary key, applied_at timestamptz not null default clock_timestamp())"
            )
            for name in await missing(connection):
                async with connection.transaction():
                    await connection.execute((_FOLDER / name).read_text("utf-8"))
                    await connection.execute("insert into migrations (name) values ($1)", name)
                applied.append(name)
        finally:
            await connection.execute("select pg_advisory_unlock($1)", _LOCK)
    return applied


async def missing(connection: asyncpg.Connection) -> list[str]:
    """Names of the steps this database has not seen, in order."""
    known = sorted(step.name for step in _FOLDER.iterdir() if step.name.endswith(".sql"))
    if await connection.fetchval("select to_regclass('migrations')") is None:
        return known
    done = {row["name"] for row in await connection.fetch("select name from migrations")}
    return [name for name in known if name not in done]
