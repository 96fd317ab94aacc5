"""Screens on one live server: time to a first full board, gaps, delay from change to screen, and what the server uses.

Run `python -m bench.sockets [screens …]`. The server is a process of its own; the screens share the other.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import psutil
from websockets.asyncio.client import ClientConnection, connect

from hub.edges.clock import utc_now
from hub.edges.embedded.broker import free_port
from hub.edges.metrics import Metrics
from hub.edges.wall.board import Board
from hub.edges.wall.gate import Gate
from hub.edges.wall.push import LiveServer
from hub.vocabulary.changes import Card
from hub.vocabulary.terms import Feed, IncidentStatus, Severity

INCIDENTS = 20_000
CHANGES_A_SECOND = 100
SECONDS = 10
#: Every so many screens read all that they get; the others look at the sequence number only.
READS_ALL_EVERY = 20


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    screens: int
    first_board_seconds: float
    frames: int
    seconds: float
    deliveries_a_second: float
    gaps: int
    delay_p50_ms: float
    delay_p99_ms: float
    server_cpu_share: float
    server_rss_mib: float


class _Head(msgspec.Struct, frozen=True, tag_field="type", tag="frame"):
    seq: int


class _ReadCard(msgspec.Struct, frozen=True):
    updated_at: datetime


class _ReadFrame(msgspec.Struct, frozen=True, tag_field="type", tag="frame"):
    seq: int
    cards: tuple[_ReadCard, ...]


async def measure(screens: int) -> Figures:
    """Connect, let the changes run, count."""
    port = free_port()
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sockets", "serve", str(port), stdin=pipe, stdout=pipe
    )
    assert server.stdin is not None
    assert server.stdout is not None
    await server.stdout.readline()
    started = time.perf_counter()
    walls = await _open(port, screens)
    first_board = time.perf_counter() - started
    server.stdin.write(b"go\n")
    delays: list[float] = []
    heard = await asyncio.gather(
        *(_hear(wall, delays if n % READS_ALL_EVERY == 0 else None) for n, wall in enumerate(walls))
    )
    answer, _ = await server.communicate()
    seconds, used, rss = (float(figure) for figure in answer.split())
    delays.sort()
    frames = max(count for count, _ in heard)
    return Figures(
        screens=screens,
        first_board_seconds=round(first_board, 2),
        frames=frames,
        seconds=round(seconds, 1),
        deliveries_a_second=round(sum(count for count, _ in heard) / seconds),
        gaps=sum(gaps for _, gaps in heard),
        delay_p50_ms=round(delays[len(delays) // 2] * 1000),
        delay_p99_ms=round(delays[len(delays) * 99 // 100] * 1000),
        server_cpu_share=round(used / seconds, 3),
        server_rss_mib=round(rss),
    )


async def _open(port: int, screens: int) -> list[ClientConnection]:
    async def one() -> ClientConnection:
        wall = await connect(
            f"ws://127.0.0.1:{port}/v1/live",
            proxy=None,
            max_size=None,
            compression=None,
            open_timeout=60,
            ping_interval=None,
        )
        message = await wall.recv()
        assert message.startswith('{"type":"snapshot"'), message[:40]
        return wall

    return list(await asyncio.gather(*(one() for _ in range(screens))))


async def _hear(wall: ClientConnection, delays: list[float] | None) -> tuple[int, int]:
    """Frames heard until the server closes, and how many numbers were missing between them."""
    head, whole = msgspec.json.Decoder(_Head), msgspec.json.Decoder(_ReadFrame)
    count = gaps = seq = 0
    async for message in wall:
        if delays is None:
            number = head.decode(message).seq
        else:
            frame, now = whole.decode(message), utc_now()
            number = frame.seq
            delays.extend((now - card.updated_at).total_seconds() for card in frame.cards)
        gaps += number - seq - 1 if seq else 0
        seq, count = number, count + 1
    return count, gaps


async def _serve(port: int) -> None:
    board = Board(epoch="bench", zone=ZoneInfo("Asia/Shanghai"))
    board.load(_card(n, 1, utc_now() - timedelta(hours=1)) for n in range(INCIDENTS))
    board.frame(utc_now())
    server = LiveServer(
        board, gate=Gate(may_enter=_anybody, on_loopback=True), clock=utc_now, metrics=Metrics(), limits=None
    )
    async with server.listening("127.0.0.1", port):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        began, before = time.perf_counter(), time.process_time()
        for n in range(CHANGES_A_SECOND * SECONDS):
            board.take(_card(n, 2, utc_now()))
            server.poke()
            await asyncio.sleep(max(0.0, began + n / CHANGES_A_SECOND - time.perf_counter()))
        seconds, used = time.perf_counter() - began, time.process_time() - before
        print(seconds, used, psutil.Process().memory_info().rss / 2**20, flush=True)


def _anybody(headers: Mapping[str, str], subprotocols: Sequence[str]) -> bool:
    return True


def _card(n: int, version: int, at: datetime) -> Card:
    return Card(
        id=f"YC{n:012d}",
        version=version,
        status=IncidentStatus.DISPATCHED,
        category="water",
        severity=Severity.IV if version == 1 else Severity.III,
        title="自来水管爆裂，路面积水严重，影响出行",
        address="盐湖区河东东街与中银大道交叉口东南角",
        district=f"1408{n % 13:02d}",
        lon=111.0 + n % 1000 / 10_000,
        lat=35.0 + n % 777 / 10_000,
        opened_at=at,
        updated_at=at,
        report_count=version,
        feeds=(Feed.HOTLINE, Feed.GRID),
        lead_bureau="water",
        due_at=at + timedelta(hours=4),
        overdue=False,
    )


def main(arguments: Sequence[str]) -> None:
    """One line of figures a number of screens, or the server."""
    if arguments[:1] == ["serve"]:
        asyncio.run(_serve(int(arguments[1])))
        return
    for screens in [int(argument) for argument in arguments] or [500, 1_000]:
        print(msgspec.json.encode(asyncio.run(measure(screens))).decode(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
