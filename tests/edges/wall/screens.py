"""A live server and screens on loopback for the tests: real sockets, a clock that stands still."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from hub.edges.metrics import Metrics
from hub.edges.wall.board import Board
from hub.edges.wall.gate import Gate
from hub.edges.wall.push import Limits, LiveServer
from hub.vocabulary.changes import Frame, ScreenMessage, Snapshot
from tests.edges.wall.cards import NOW

decode = msgspec.json.Decoder(ScreenMessage).decode


def let_in(headers: Mapping[str, str], subprotocols: Sequence[str]) -> bool:
    return True


def the_clock() -> datetime:
    return NOW


@contextlib.asynccontextmanager
async def serving(
    board: Board, *, gate: Gate | None = None, metrics: Metrics | None = None, limits: Limits | None = None
) -> AsyncIterator[LiveServer]:
    server = LiveServer(
        board,
        gate=gate or Gate(may_enter=let_in, on_loopback=True),
        clock=the_clock,
        metrics=metrics or Metrics(),
        limits=limits or Limits(pace_seconds=0.02),
        pages={"/healthz": lambda: ("text/plain", "ok"), "/metrics": lambda: ("text/plain", "hub_live_screens 0")},
    )
    async with server.listening("127.0.0.1", 0):
        yield server


def at(server: LiveServer, query: str = "") -> str:
    return f"ws://127.0.0.1:{server.port}/v1/live{query}"


async def hear(socket: ClientConnection, within_seconds: float = 60) -> Snapshot | Frame:
    async with asyncio.timeout(within_seconds):
        return decode(await socket.recv())


async def hear_snapshot(socket: ClientConnection) -> Snapshot:
    message = await hear(socket)
    assert isinstance(message, Snapshot)
    return message


async def hear_until(socket: ClientConnection, ids: set[str]) -> Snapshot:
    """The snapshot that comes first; then frames until the screen knows all these incidents."""
    snapshot = await hear_snapshot(socket)
    known = {card.id for card in snapshot.cards}
    while not ids <= known:
        known |= {card.id for card in (await hear_frame(socket)).cards}
    return snapshot


async def until(condition: Callable[[], bool], within_seconds: float = 60) -> None:
    async with asyncio.timeout(within_seconds):
        while not condition():  # noqa: ASYNC110 - somebody else's state, without an event
            await asyncio.sleep(0.005)


async def hear_frame(socket: ClientConnection) -> Frame:
    message = await hear(socket)
    assert isinstance(message, Frame)
    return message


def screen(server: LiveServer, query: str = "", **options: object) -> connect:
    return connect(at(server, query), proxy=None, max_size=None, **options)  # type: ignore[arg-type]
