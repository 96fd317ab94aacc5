"""Posts single messages over kept connections, cheaply enough not to disturb what is measured on the same machine."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answer(msgspec.Struct, frozen=True):
    """What the door said, and when (`time.perf_counter`)."""

    status: int
    body: bytes
    at: float


class Poster:
    """As many connections as are needed at once; each answer's time is taken as its head arrives."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname or "", urlsplit(url).port or 80
        self._idle: list[_Connection] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator["Poster"]:
        """A poster whose connections end with it."""
        poster = cls(url)
        try:
            yield poster
        finally:
            for _, writer in poster._idle:
                writer.close()

    async def post(self, path: str, body: bytes) -> Answer:
        """Post one JSON document. A kept connection that the server closed meanwhile is replaced."""
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._exchange(connection, path, body)
            except (asyncio.IncompleteReadError, ConnectionError):
                connection[1].close()
        return await self._exchange(await asyncio.open_connection(self._host, self._port), path, body)

    async def _exchange(self, connection: _Connection, path: str, body: bytes) -> Answer:
        reader, writer = connection
        writer.write(
            b"POST %b HTTP/1.1\r\nhost: %b:%d\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (path.encode(), self._host.encode(), self._port, len(body), body)
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = time.perf_counter()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
        answer = Answer(int(head[9:12]), await reader.readexactly(length), at)
        self._idle.append(connection)
        return answer
