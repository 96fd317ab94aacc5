"""A hand on the process of `bench.busy_board`: start it, let it change, hear its figures."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import msgspec

from bench.busy_board import Ran
from hub.edges.embedded.broker import free_port


class ServingBoard:
    """A live server in another process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.url = f"ws://127.0.0.1:{port}/v1/live"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def begin(self) -> None:
        """Let the changes run."""
        await self._say()

    async def end(self) -> Ran:
        """Stop the changes; the server goes on serving."""
        await self._say()
        assert self._process.stdout is not None
        return msgspec.json.decode(await self._process.stdout.readline(), type=Ran)

    async def _say(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        await self._process.stdin.drain()


@contextlib.asynccontextmanager
async def serving_board(incidents: int, changes_a_second: float) -> AsyncIterator[ServingBoard]:
    """Serve until left."""
    port, pipe = free_port(), asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.busy_board", str(port), str(incidents), str(changes_a_second)),
        stdin=pipe,
        stdout=pipe,
        limit=64 * 1024 * 1024,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield ServingBoard(process, port)
    finally:
        process.stdin.close()
        await process.wait()
