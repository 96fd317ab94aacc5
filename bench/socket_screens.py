"""Screens as programs: quick ones, ones that stop reading for a while, ones that read a few bytes a second."""

import asyncio
import os
import socket
from base64 import b64encode
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.edges.clock import utc_now

_SMALL_BUFFER_BYTES = 16 * 1024
_TRICKLE_BYTES = 16


class _Card(msgspec.Struct, frozen=True):
    id: str
    version: int
    updated_at: datetime


class _Snapshot(msgspec.Struct, frozen=True, tag_field="type", tag="snapshot"):
    epoch: str
    seq: int
    cards: tuple[_Card, ...]


class _Frame(msgspec.Struct, frozen=True, tag_field="type", tag="frame"):
    epoch: str
    seq: int
    cards: tuple[_Card, ...]
    gone: tuple[str, ...]


class _Head(msgspec.Struct, frozen=True, tag_field="type", tag="frame"):
    seq: int


_decode = msgspec.json.Decoder(_Snapshot | _Frame).decode
_decode_head = msgspec.json.Decoder(_Head).decode


class FastScreen:
    """Reads as fast as it can. One in many folds what it reads; the others look at the sequence number only."""

    def __init__(self, socket: ClientConnection, *, folds: bool) -> None:
        self._socket = socket
        self._folds = folds
        self.folded = Folded()
        self.frames = 0
        self.gaps = 0
        #: Seconds from each change to this screen.
        self.delays: list[float] = []

    @classmethod
    async def open(cls, url: str, *, folds: bool) -> "FastScreen":
        """Connected, with its snapshot read."""
        socket = await _connect(url)
        screen = cls(socket, folds=folds)
        screen.folded.take(str(await socket.recv()))
        return screen

    async def follow(self) -> None:
        """Read until the server closes or the task is cancelled."""
        try:
            async for text in self._socket:
                self._take(str(text))
        except ConnectionClosed:
            pass

    def _take(self, text: str) -> None:
        self.frames += 1
        if self._folds:
            now = utc_now()
            message = self.folded.take(text)
            self.delays.extend((now - card.updated_at).total_seconds() for card in message.cards)
            self.gaps = self.folded.gaps
            return
        seq = _decode_head(text).seq
        self.gaps += seq != self.folded.seq + 1
        self.folded.seq = seq


class Folded:
    """What a screen shows: version by incident."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.epoch = ""
        self.seq = 0
        self.snapshots = 0
        self.gaps = 0

    def take(self, text: str) -> _Snapshot | _Frame:
        """Apply a message by the rules of docs/live.md."""
        message = _decode(text)
        if isinstance(message, _Snapshot):
            self.snapshots += 1
            self.versions = {card.id: card.version for card in message.cards}
        else:
            self.gaps += message.seq > self.seq + 1
            for card in message.cards:
                self.versions[card.id] = max(card.version, self.versions.get(card.id, 0))
            for id in message.gone:
                self.versions.pop(id, None)
        self.epoch, self.seq = message.epoch, message.seq
        return message


class SlowScreen:
    """Connects with a small buffer and does not keep up; later it reads on, or comes back if it was dropped."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.folded = Folded()
        self.was_dropped = False

    async def hold(self, seconds: float) -> ClientConnection | None:
        """Take the snapshot, then read nothing for so long. None when the server dropped it meanwhile."""
        connection = await _connect(self._url, buffer_bytes=_SMALL_BUFFER_BYTES)
        self.folded.take(str(await connection.recv()))
        await asyncio.sleep(seconds)
        return connection

    async def trickle(self, seconds: float) -> None:
        """Read a few bytes a second for so long, or until dropped; never whole messages."""
        loop = asyncio.get_running_loop()
        raw = _small_socket()
        raw.setblocking(False)
        address = urlsplit(self._url)
        await loop.sock_connect(raw, (address.hostname, address.port))
        key = b64encode(os.urandom(16)).decode()
        await loop.sock_sendall(
            raw,
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode(),
        )
        begun = loop.time()
        try:
            while loop.time() - begun < seconds:
                if not await loop.sock_recv(raw, _TRICKLE_BYTES):
                    self.was_dropped = True
                    return
                await asyncio.sleep(1)
        except OSError:
            self.was_dropped = True
        finally:
            raw.close()

    async def catch_up(self, connection: ClientConnection | None, expected: dict[str, int], seconds: float) -> bool:
        """Read on, coming back as often as the connection breaks; whether it shows what is expected in the end."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    resume = f"?epoch={self.folded.epoch}&seq={self.folded.seq}" if self.folded.epoch else ""
                    connection = connection or await _connect(self._url + resume)
                    if await self._until(connection, expected):
                        await connection.close()
                        return True
                    self.was_dropped, connection = True, None
        except TimeoutError:
            return False

    async def _until(self, connection: ClientConnection, expected: dict[str, int]) -> bool:
        try:
            async for text in connection:
                self.folded.take(str(text))
                if self.folded.versions == expected:
                    return True
        except ConnectionClosed:
            pass
        return False


async def _connect(url: str, *, buffer_bytes: int = 0) -> ClientConnection:
    given = _small_socket() if buffer_bytes else None
    if given is not None:
        given.setblocking(False)
        address = urlsplit(url)
        await asyncio.get_running_loop().sock_connect(given, (address.hostname, address.port))
    return await connect(
        url,
        sock=given,
        proxy=None,
        max_size=None,
        max_queue=1 if buffer_bytes else 16,
        compression=None,
        open_timeout=120,
        ping_interval=None,
    )


def _small_socket() -> socket.socket:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
    return raw
