"""Sends the board to every screen over WebSockets. It must never wait for a slow screen or pile up messages for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from hub.edges.wall.board import Board
from hub.edges.wall.gate import LIVE_PATH, SUBPROTOCOL, Gate, Refusal
from hub.edges.wall.ring import Ring

#: Bytes of a snapshot handed to a socket at once; the next chunk waits until the one before has left.
_CHUNK_BYTES = 64 * 1024
#: A message from a screen is of no use to us; this many are forgiven before the socket is closed.
_MESSAGES_FORGIVEN = 16

_encode = msgspec.json.Encoder().encode

#: A page served beside the sockets, such as /metrics: content type and text.
Page = Callable[[], tuple[str, str]]


class Level(Protocol):
    """A figure that goes up and down."""

    def set(self, value: float, /) -> None: ...


class Count(Protocol):
    """A figure that only grows."""

    def inc(self, amount: float = 1, /) -> None: ...


class LiveMetrics(Protocol):
    """What the live side counts."""

    @property
    def live_screens(self) -> Level: ...
    @property
    def live_frames(self) -> Count: ...
    @property
    def live_resyncs(self) -> Count: ...
    @property
    def board_reconciles(self) -> Count: ...


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Paces and bounds of the live server."""

    #: Least time between two frames; the first after a quiet while goes at once.
    pace_seconds: float = 0.1
    #: The same when more than `crowd` screens are connected: each frame is sent to each of them.
    crowd_pace_seconds: float = 0.2
    crowd: int = 200
    #: A sign of life when nothing changes.
    beat_seconds: float = 5.0
    max_screens: int = 2_000
    #: A connected screen that is further behind gets a snapshot instead of the frames it missed.
    max_frames_behind: int = 50
    max_bytes_behind: int = 1024 * 1024
    #: What is kept for screens that come back.
    ring_frames: int = 600
    ring_bytes: int = 16 * 1024 * 1024
    #: How long a snapshot serves new screens before it is made afresh.
    snapshot_seconds: float = 1.0
    #: A screen that cannot take one message in this time is dropped.
    send_within_seconds: float = 30.0
    ping_seconds: float = 20.0
    close_within_seconds: float = 2.0


class _Screen:
    """One open socket and how far it has been told."""

    def __init__(self, socket: ServerConnection, seq: int | None) -> None:
        self.socket = socket
        #: The last frame sent; None until it has a snapshot.
        self.seq = seq
        #: After a break or a snapshot it may be behind as long as the missed frames cost less than a new snapshot.
        self.catching_up = True
        self.news = asyncio.Event()


class LiveServer:
    """The board's sockets: a snapshot or the missed frames first, then every frame."""

    def __init__(
        self,
        board: Board,
        *,
        gate: Gate,
        clock: Callable[[], datetime],
        metrics: LiveMetrics,
        limits: Limits | None = None,
        pages: Mapping[str, Page] | None = None,
    ) -> None:
        self._board = board
        self._gate = gate
        self._clock = clock
        self._metrics = metrics
        self._limits = limits or Limits()
        self._pages = dict(pages or {})
        self._ring = Ring(max_frames=self._limits.ring_frames, max_bytes=self._limits.ring_bytes)
        self._ring.newest = board.seq
        self._screens: set[_Screen] = set()
        self._poked = asyncio.Event()
        self._snapshot: tuple[int, float, bytes] | None = None
        self._server: Server | None = None

    @property
    def screens(self) -> int:
        """Open sockets."""
        return len(self._screens)

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("the live server is not listening")
        return int(self._server.sockets[0].getsockname()[1])

    def poke(self) -> None:
        """Say that the board may have changed. Call it after every change; frames are paced here."""
        if self._board.changed:
            self._poked.set()

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator["LiveServer"]:
        """Serve until left. Leaving closes every socket with 1001 (going away)."""
        limits = self._limits
        async with serve(
            self._handle,
            host,
            port,
            process_request=self._admit,
            select_subprotocol=_select_subprotocol,
            compression=None,
            max_size=1024,
            max_queue=4,
            open_timeout=10,
            ping_interval=limits.ping_seconds,
            ping_timeout=limits.ping_seconds,
            close_timeout=limits.close_within_seconds,
            server_header=None,
        ) as self._server:
            # A group, so that sockets without frames cannot outlive a pace that failed.
            async with asyncio.TaskGroup() as group:
                pace = group.create_task(self._pace())
                try:
                    yield self
                finally:
                    pace.cancel()

    async def _pace(self) -> None:
        while True:
            idle = False
            try:
                async with asyncio.timeout(self._limits.beat_seconds):
                    await self._poked.wait()
            except TimeoutError:
                idle = True
            self._poked.clear()
            if self._publish(even_if_idle=idle):
                is_crowd = len(self._screens) > self._limits.crowd
                await asyncio.sleep(self._limits.crowd_pace_seconds if is_crowd else self._limits.pace_seconds)

    def _publish(self, *, even_if_idle: bool) -> bool:
        frame = self._board.frame(self._clock(), even_if_idle=even_if_idle)
        if frame is None:
            return False
        self._ring.add(frame.seq, _encode(frame))
        self._metrics.live_frames.inc()
        for screen in self._screens:
            screen.news.set()
        return True

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        refusal = self._gate.refuse_host(request.headers)
        if refusal is None and path in self._pages:
            return self._page(connection, request, path)
        if refusal is None and path != LIVE_PATH:
            refusal = Refusal(HTTPStatus.NOT_FOUND, "path", f"The live channel is {LIVE_PATH}.")
        refusal = refusal or self._gate.refuse_origin(request.headers) or self._gate.refuse_key(request.headers)
        if refusal is None and len(self._screens) >= self._limits.max_screens:
            refusal = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "full", "Too many screens are connected.")
        return None if refusal is None else _problem(connection, refusal)

    def _page(self, connection: ServerConnection, request: Request, path: str) -> Response:
        if path != "/healthz" and (refusal := self._gate.refuse_key(request.headers)):
            return _problem(connection, refusal)
        content_type, text = self._pages[path]()
        return _respond(connection, HTTPStatus.OK, content_type, text)

    async def _handle(self, socket: ServerConnection) -> None:
        if len(self._screens) >= self._limits.max_screens:
            # Many came through the door at once.
            await socket.close(1013, "too many screens")
            return
        screen = _Screen(socket, self._resume_from(socket.request.path if socket.request else ""))
        self._screens.add(screen)
        self._metrics.live_screens.set(len(self._screens))
        tell = asyncio.create_task(self._tell(screen))
        try:
            await _ignore_messages(socket)
        except ConnectionClosed:
            pass  # broken off, which is no less usual than leaving
        finally:
            tell.cancel()
            await asyncio.wait({tell})
            self._screens.discard(screen)
            self._metrics.live_screens.set(len(self._screens))
        if not tell.cancelled():
            tell.result()

    def _resume_from(self, path: str) -> int | None:
        query = parse_qs(urlsplit(path).query)
        epoch, seq = query.get("epoch", [""])[0], query.get("seq", [""])[0]
        if epoch != self._board.epoch or not (seq.isascii() and seq.isdigit() and len(seq) < 19):
            return None
        if not self._ring.continues(int(seq)):
            return None
        if int(seq) == self._ring.newest:
            # It missed nothing: the frame it has is said again, as a first sign of life.
            return int(seq) - 1 if self._ring.holds(int(seq)) else None
        return int(seq)

    async def _tell(self, screen: _Screen) -> None:
        try:
            while True:
                if self._lost_touch(screen):
                    await self._resynchronise(screen)
                elif screen.seq is not None and screen.seq < self._ring.newest:
                    async with asyncio.timeout(self._limits.send_within_seconds):
                        await screen.socket.send(self._ring.frame(screen.seq + 1), text=True)
                    screen.seq += 1
                else:
                    screen.catching_up = False
                    screen.news.clear()
                    await screen.news.wait()
        except ConnectionClosed:
            pass
        except TimeoutError:
            screen.socket.transport.abort()
        except Exception:
            # A defect of ours: better a screen that comes back than one that looks open and shows nothing.
            screen.socket.transport.abort()
            raise

    def _lost_touch(self, screen: _Screen) -> bool:
        if screen.seq is None or not self._ring.continues(screen.seq):
            return True
        limits = self._limits
        affordable = limits.max_bytes_behind
        if screen.catching_up and self._snapshot is not None:
            affordable = max(affordable, len(self._snapshot[2]))
        if not screen.catching_up and self._ring.newest - screen.seq > limits.max_frames_behind:
            return True
        return self._ring.bytes_after(screen.seq, affordable) > affordable

    async def _resynchronise(self, screen: _Screen) -> None:
        if screen.seq is not None:
            self._metrics.live_resyncs.inc()
        seq, snapshot = self._fresh_snapshot(screen.seq or 0)
        async with asyncio.timeout(self._limits.send_within_seconds):
            if len(snapshot) <= _CHUNK_BYTES:
                await screen.socket.send(snapshot, text=True)
            else:
                await screen.socket.send(_chunks(snapshot), text=True)
        screen.seq = seq
        screen.catching_up = True

    def _fresh_snapshot(self, at_least: int) -> tuple[int, bytes]:
        """One that screens share for a moment; never older than what the screen has, nor than the ring."""
        now = asyncio.get_running_loop().time()
        held = self._snapshot
        stale = held is None or now - held[1] > self._limits.snapshot_seconds or held[0] < at_least
        if held is None or stale or not self._ring.continues(held[0]):
            snapshot = self._board.snapshot(self._clock())
            held = self._snapshot = (snapshot.seq, now, _encode(snapshot))
        return held[0], held[2]


async def _ignore_messages(socket: ServerConnection) -> None:
    """Read what a screen sends, so that its pongs and its close are seen; a talkative one is shown the door."""
    forgiven = 0
    async for _ in socket:
        forgiven += 1
        if forgiven > _MESSAGES_FORGIVEN:
            await socket.close(1008, "this channel only speaks")
            return


def _chunks(message: bytes) -> Iterator[memoryview]:
    view = memoryview(message)
    return (view[start : start + _CHUNK_BYTES] for start in range(0, len(view), _CHUNK_BYTES))


def _select_subprotocol(_: ServerConnection, names: Sequence[Subprotocol]) -> Subprotocol | None:
    # Never the key: what is selected is sent back.
    return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in names else None


def _problem(connection: ServerConnection, refusal: Refusal) -> Response:
    body = {"type": f"urn:tongguan:live:{refusal.reason}", "status": int(refusal.status), "detail": refusal.detail}
    return _respond(connection, refusal.status, "application/problem+json", _encode(body).decode())


def _respond(connection: ServerConnection, status: HTTPStatus, content_type: str, text: str) -> Response:
    response = connection.respond(status, text)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = content_type
    return response
