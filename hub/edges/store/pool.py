"""Opens connections with our codecs. It must never hold a statement."""

import asyncpg
import msgspec

from hub.edges.store.patience import patiently


async def open_pool(
    database_url: str, *, size: int = 10, patience_seconds: float | None = 30.0, statement_seconds: float = 10.0
) -> asyncpg.Pool:
    """A pool whose connections read and write jsonb as bytes of JSON. Waits for a server that is still starting.

    A statement that takes longer than `statement_seconds` fails with `TimeoutError`: its server hangs, or the
    connection leads nowhere. asyncpg waits as long again for the server to confirm the cancelling.
    """

    async def connect() -> asyncpg.Pool:
        return await asyncpg.create_pool(
            database_url,
            min_size=1,
            max_size=size,
            init=_prepare,
            command_timeout=statement_seconds,
            server_settings={"timezone": "UTC"},
        )

    return await patiently(connect, within_seconds=patience_seconds)


async def _prepare(connection: asyncpg.Connection) -> None:
    # jsonb's binary form is a version byte before the text: decoded by msgspec where it is used, never twice.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda document: b"\x01" + (document if isinstance(document, bytes) else msgspec.json.encode(document)),
        decoder=lambda wire: wire[1:],
    )
