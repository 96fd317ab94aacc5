"""Every screen gets every frame or a snapshot that stands in for it, over real sockets."""

import asyncio
import contextlib
import itertools
import socket as sockets

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hub.edges.metrics import Metrics
from hub.edges.wall.push import Limits, LiveServer
from hub.vocabulary.changes import Frame, Snapshot
from tests.edges.wall.cards import board, card
from tests.edges.wall.screens import decode, hear, hear_frame, hear_snapshot, hear_until, screen, serving, until


async def test_a_screen_gets_a_snapshot_then_the_changes() -> None:
    b = board()
    b.take(card("A"))
    async with serving(b) as server, screen(server) as wall:
        snapshot = await hear_snapshot(wall)
        assert [c.id for c in snapshot.cards] == ["A"]
        b.take(card("B", title="路灯不亮"))
        server.poke()
        frame = await hear_frame(wall)
        while not any(c.id == "B" for c in frame.cards):
            frame = await hear_frame(wall)
        assert frame.epoch == snapshot.epoch
        assert {c.title for c in frame.cards if c.id == "B"} == {"路灯不亮"}


async def test_idle_screens_hear_a_sign_of_life() -> None:
    limits = Limits(beat_seconds=0.05, pace_seconds=0.01)
    async with serving(board(), limits=limits) as server, screen(server) as wall:
        snapshot = await hear_snapshot(wall)
        beats = [await hear_frame(wall) for _ in range(3)]
        assert [beat.seq - snapshot.seq for beat in beats] == [1, 2, 3]
        assert all(beat.cards == () for beat in beats)


async def test_a_burst_is_one_or_two_frames() -> None:
    b = board()
    async with serving(b, limits=Limits(pace_seconds=1.0)) as server, screen(server) as wall:
        await hear_snapshot(wall)
        for n in range(300):
            b.take(card(f"I{n}"))
            server.poke()
            if n % 100 == 0:
                await asyncio.sleep(0)
        got = await _until_live(wall, 300)
        assert len(got) <= 2


@pytest.mark.parametrize(("screens", "waits"), [(1, False), (2, True)])
async def test_more_screens_than_a_crowd_get_fewer_frames(screens: int, waits: bool) -> None:
    """The first change goes at once; the next waits for the pace, and a crowd's is far longer than we wait."""
    b = board()
    limits = Limits(pace_seconds=0.01, crowd_pace_seconds=60, crowd=1)
    async with serving(b, limits=limits) as server, contextlib.AsyncExitStack() as stack:
        walls = [await stack.enter_async_context(screen(server)) for _ in range(screens)]
        for wall in walls:
            await hear_snapshot(wall)
        b.take(card("first"))
        server.poke()
        assert [c.id for c in (await hear_frame(walls[0])).cards] == ["first"]
        b.take(card("second"))
        server.poke()
        with pytest.raises(TimeoutError) if waits else contextlib.nullcontext():
            assert [c.id for c in (await hear(walls[0], 0.5 if waits else 60)).cards] == ["second"]


async def test_resume_gives_exactly_what_was_missed() -> None:
    b = board()
    async with serving(b) as server:
        async with screen(server) as wall:
            await hear_snapshot(wall)
            seen = (await _change(b, server, wall, "A")).seq
        async with screen(server) as witness:
            await hear_snapshot(witness)
            for id in ("B", "C"):
                last = await _change(b, server, witness, id)
            async with screen(server, f"?epoch={b.epoch}&seq={seen}") as wall:
                frames = [await hear_frame(wall) for _ in range(last.seq - seen)]
        assert [frame.seq for frame in frames] == list(range(seen + 1, last.seq + 1))
        assert {c.id for frame in frames for c in frame.cards} == {"B", "C"}


async def test_resume_with_nothing_missed_repeats_the_last_frame_as_a_sign_of_life() -> None:
    b = board()
    async with serving(b) as server, screen(server) as wall:
        await hear_snapshot(wall)
        last = await _change(b, server, wall, "A")
        async with screen(server, f"?epoch={b.epoch}&seq={last.seq}") as again:
            assert await hear(again) == last


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?epoch=other&seq=1",
        "?epoch=e1",
        "?epoch=e1&seq=",
        "?epoch=e1&seq=-1",
        "?epoch=e1&seq=999",
        "?epoch=e1&seq=99999999999999999999999999",
        "?epoch=e1&seq=x",
        "?seq=1",
        "?epoch=e1&seq=%00",
    ],
)
async def test_what_cannot_be_resumed_gets_a_snapshot(query: str) -> None:
    b = board()
    async with serving(b) as server, screen(server) as wall:
        await hear_snapshot(wall)
        await _change(b, server, wall, "A")
        async with screen(server, query) as other:
            assert (await hear_until(other, {"A"})).epoch == b.epoch


async def test_what_has_left_the_ring_is_resumed_by_a_snapshot() -> None:
    b = board()
    async with serving(b, limits=Limits(pace_seconds=0.01, ring_frames=2)) as server, screen(server) as wall:
        await hear_snapshot(wall)
        first = await _change(b, server, wall, "A")
        for id in ("B", "C", "D"):
            await _change(b, server, wall, id)
        async with screen(server, f"?epoch={b.epoch}&seq={first.seq}") as other:
            await hear_until(other, {"A", "B", "C", "D"})


async def test_five_hundred_screens_get_every_frame_without_a_gap() -> None:
    b = board()
    async with serving(b, limits=Limits(pace_seconds=0.05)) as server:
        walls = [await screen(server) for _ in range(500)]
        try:
            starts = [(await hear_snapshot(wall)).seq for wall in walls]
            heard = [asyncio.create_task(_until_live(wall, 20)) for wall in walls]
            for n in range(20):
                b.take(card(f"I{n}"))
                server.poke()
                await hear_frame_of(heard[0], n)
            for start, frames in zip(starts, await asyncio.gather(*heard), strict=True):
                numbers = [frame.seq for frame in frames]
                assert numbers == list(range(start + 1, start + 1 + len(numbers)))
                ids = {c.id for frame in frames for c in frame.cards}
                assert ids == {f"I{n}" for n in range(20)}
            assert server.screens == 500
        finally:
            await asyncio.gather(*(wall.close() for wall in walls))


async def hear_frame_of(task: "asyncio.Task[list[Frame]]", n: int) -> None:
    """Let the loop turn once, so that changes spread over several frames."""
    await asyncio.wait({task}, timeout=0.02)


@pytest.mark.parametrize(("frames", "size"), [(5, 1 << 40), (1 << 40, 300_000)], ids=["by frames", "by bytes"])
async def test_a_slow_screen_is_resynchronised_and_holds_up_nobody(frames: int, size: int) -> None:
    b, metrics = board(), Metrics()
    limits = Limits(pace_seconds=0.005, max_frames_behind=frames, max_bytes_behind=size, ring_bytes=1 << 40)
    async with serving(b, metrics=metrics, limits=limits) as server, screen(server) as quick:
        await hear_snapshot(quick)
        async with screen(server, sock=_narrow(server), max_queue=1, ping_interval=None) as slow:
            start = (await hear_snapshot(slow)).seq
            # Nobody reads `slow` now: its buffers fill, and the frames go past it.
            for n in itertools.count():
                b.load(card(f"I{k}", n + 1, title="堵" * 200) for k in range(100))
                server.poke()
                quick_frame = await hear_frame(quick)
                if quick_frame.seq > start + 60:
                    break
            message: Snapshot | Frame = await hear(slow)
            heard = [message.seq]
            while not isinstance(message, Snapshot):
                message = await hear(slow)
                heard.append(message.seq)
            assert heard[-1] - heard[-2] > 5, "it was spared the frames between"
            assert {c.version for c in message.cards} <= {n, n + 1}
            assert b"hub_live_resyncs_total 1.0" in metrics.text()


async def test_a_big_snapshot_arrives_in_one_message() -> None:
    b = board()
    b.load(card(f"I{n}", title="洪" * 150) for n in range(2_000))
    async with serving(b) as server, screen(server) as wall:
        assert len((await hear_snapshot(wall)).cards) == 2_000


async def test_a_screen_that_never_reads_its_snapshot_is_dropped() -> None:
    b = board()
    b.load(card(f"I{n}", title="洪" * 200) for n in range(5_000))
    async with serving(b, limits=Limits(send_within_seconds=0.3)) as server:
        wall = await screen(server, sock=_narrow(server), max_queue=1, ping_interval=None)
        await until(lambda: server.screens == 1)
        # Its own buffers hold a part; the rest is never taken, and the server gives up.
        await until(lambda: server.screens == 0)
        assert await _close_code(wall) == 1006


async def test_talkative_and_long_winded_screens_are_shown_the_door() -> None:
    async with serving(board()) as server:
        async with screen(server) as wall:
            for _ in range(17):
                await wall.send("hello?")
            assert await _close_code(wall) == 1008
        async with screen(server) as wall:
            await wall.send("x" * 2_000)
            assert await _close_code(wall) == 1009


async def test_one_screen_too_many_gets_503_until_another_leaves() -> None:
    async with serving(board(), limits=Limits(max_screens=1)) as server:
        async with screen(server) as wall:
            await hear_snapshot(wall)
            with pytest.raises(InvalidStatus) as refused:
                await screen(server)
            assert refused.value.response.status_code == 503
        # The close handshake is over when `screen` is left, and the server counted it before it answered.
        async with screen(server) as wall:
            await hear_snapshot(wall)


async def test_leaving_says_going_away() -> None:
    async with serving(board()) as server:
        wall = await screen(server)
        await hear_snapshot(wall)
    assert await _close_code(wall) == 1001


async def _change(b: object, server: LiveServer, wall: ClientConnection, id: str) -> Frame:
    """Put an incident on the board and wait for its frame."""
    b.take(card(id))  # type: ignore[attr-defined]
    server.poke()
    while True:
        frame = await hear_frame(wall)
        if any(c.id == id for c in frame.cards):
            return frame


async def _until_live(wall: ClientConnection, live: int) -> list[Frame]:
    frames: list[Frame] = []
    while not frames or frames[-1].tiles.live < live:
        async with asyncio.timeout(60):
            message = decode(await wall.recv())
        assert isinstance(message, Frame)
        frames.append(message)
    return frames


async def _close_code(wall: ClientConnection) -> int | None:
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await wall.recv()
    return wall.close_code


def _narrow(server: LiveServer) -> sockets.socket:
    narrow = sockets.socket()
    narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", server.port))
    narrow.setblocking(False)
    return narrow
