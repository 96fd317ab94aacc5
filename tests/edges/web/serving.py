"""The web server on a real socket, in a thread with a loop of its own."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

import uvicorn
from litestar import Litestar

from hub.edges.store.migrate import migrate
from hub.edges.store.pool import open_pool
from hub.edges.web.heads import BoundedHeads


class ServedInThread:
    """Serves what `build` makes until it is stopped. Use as a context; `url` is where."""

    def __init__(self, build: Callable[[], Awaitable[Litestar]]) -> None:
        self._build = build
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._up = threading.Event()
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "ServedInThread":
        self._thread.start()
        assert self._up.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()

    async def _serve(self) -> None:
        app = await self._build()
        config = uvicorn.Config(
            app, http=BoundedHeads, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=3
        )
        self._server = uvicorn.Server(config)
        # The socket listens already: whoever connects before the server is up waits in its backlog.
        self._up.set()
        await self._server.serve(sockets=[self._socket])


async def a_database(postgres_url: str, name: str) -> str:
    """A new, migrated database on the test's server; its URL."""
    admin = await open_pool(postgres_url, size=1)
    await admin.execute(f"create database {name}")
    await admin.close()
    url = postgres_url.replace("/postgres?", f"/{name}?")
    pool = await open_pool(url, size=1)
    await migrate(pool)
    await pool.close()
    return url
