"""A road to a server that a test can cut, slow down or let go dead: a small TCP proxy in the test's own loop."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hub.edges.embedded.broker import free_port

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CHUNK_BYTES = 65_536


class Road:
    """Listens on `port` and carries to where `there` leads, until it is told otherwise."""

    def __init__(self, there: Callable[[], Coroutine[Any, Any, Streams]]) -> None:
        self._there = there
        self.port = free_port()
        self.delay_seconds = 0.0
        self._dead = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def to_socket(cls, socket: Path) -> "Road":
        """A road to a Unix socket."""
        return cls(lambda: asyncio.open_unix_connection(str(socket)))

    @classmethod
    def to_port(cls, port: int) -> "Road":
        """A road to a port of this machine."""
        return cls(lambda: asyncio.open_connection("127.0.0.1", port))

    async def open(self) -> None:
        """Let connections in."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Reset every connection, refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def go_dead(self) -> None:
        """Half-open: nothing is carried and nothing is closed, and new connections are let in to the same fate."""
        self._dead = True
        for task in self._tasks:
            task.cancel()

    def mend(self) -> None:
        """Carry again what connects from now on, at full speed; what went dead stays dead, as on a real network."""
        self._dead = False
        self.delay_seconds = 0.0

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self._dead:
            return
        try:
            there, back = await self._there()
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(back)
        if self._dead:
            return
        for pump in (self._pump(reader, back), self._pump(there, writer)):
            task = asyncio.create_task(pump)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
        self._writers.discard(writer)
