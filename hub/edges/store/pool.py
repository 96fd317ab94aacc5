"""Opens connections with our codecs and our patience. It must never hold a statement.

A server that hangs and a connection that leads nowhere look alike: no answer. asyncpg then asks the server to cancel
the statement and waits for it to confirm, on that connection and on the pool's others one after another. Here a
statement without an answer costs its time once: its connection is ended, and the others are not used again.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import asyncpg
import msgspec

from hub.edges.store.patience import patiently

#: Longest that a statement of the hub's own work may take; a screen or a source waits no longer either.
STATEMENT_SECONDS = 5.0
#: Longest until a server has let a connection in.
_CONNECT_SECONDS = 4.0


async def open_pool(
    database_url: str,
    *,
    size: int = 10,
    patience_seconds: float | None = 30.0,
    statement_seconds: float = STATEMENT_SECONDS,
) -> asyncpg.Pool:
    """A pool whose connections read and write jsonb as bytes of JSON. Waits for a server that is still starting.

    A statement that takes longer than `statement_seconds` fails with an error of `BROKEN`.
    """
    pool: asyncpg.Pool | None = None

    async def doubt() -> None:
        if pool is not None:
            await pool.expire_connections()

    async def prepare(connection: asyncpg.Connection) -> None:
        await _read_json_as_bytes(connection)
        _end_when_unanswered(connection, doubt)

    async def connect() -> asyncpg.Pool:
        return await asyncpg.create_pool(
            database_url, min_size=1, max_size=size, init=prepare, **_arguments(statement_seconds)
        )

    pool = await patiently(connect, within_seconds=patience_seconds)
    return pool


async def connect_alone(database_url: str, *, silent_seconds: float) -> asyncpg.Connection:
    """A connection outside any pool, for who holds a lock with it. The server ends it, and frees the lock, when it
    hears nothing for `silent_seconds`."""
    limit = {"idle_session_timeout": _milliseconds(silent_seconds)}
    connection = await asyncpg.connect(database_url, **_arguments(STATEMENT_SECONDS, limit))
    _end_when_unanswered(connection)
    return connection


def _arguments(statement_seconds: float, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {
        "timeout": _CONNECT_SECONDS,
        "command_timeout": statement_seconds,
        "server_settings": {
            "timezone": "UTC",
            # The server's half: a worker that hangs, or that no road leads to any more, frees what it has locked, and
            # a statement that nobody waits for ends.
            "idle_in_transaction_session_timeout": _milliseconds(statement_seconds),
            "client_connection_check_interval": "1s",
            **(more or {}),
        },
    }


def _end_when_unanswered(
    connection: asyncpg.Connection, doubt: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    doubts: set[asyncio.Task[None]] = set()

    def look(query: Any) -> None:
        if not isinstance(query.exception, TimeoutError):
            return
        # Not now: the pool is about to take the connection back, and would find that it has it already.
        asyncio.get_running_loop().call_soon(connection.terminate)
        if doubt is not None:
            doubts.add(asyncio.create_task(doubt()))

    connection.add_query_logger(look)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


async def _read_json_as_bytes(connection: asyncpg.Connection) -> None:
    # jsonb's binary form is a version byte before the text: decoded by msgspec where it is used, never twice.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda document: b"\x01" + (document if isinstance(document, bytes) else msgspec.json.encode(document)),
        decoder=lambda wire: wire[1:],
    )
