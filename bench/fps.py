"""Frames a second of a wall without a GPU while an operator drags the map of a busy city about."""

import asyncio
import math
import statistics
import time
from pathlib import Path

import msgspec
from playwright.async_api import CDPSession, Page

from bench.chromium import open_wall
from bench.serving_board import serving_board
from bench.whole_hub import whole_hub
from hub.edges.embedded.broker import free_port

_PANNING = Path(__file__).with_name("panning.js")
_HAND_MOVES_A_SECOND = 60
_SETTLE_SECONDS = 4.0
SIZES = ((1920, 1080), (3840, 1080))


class Smoothness(msgspec.Struct, frozen=True, kw_only=True):
    """One size of wall."""

    width: int
    height: int
    fps_still: float
    fps_panning: float
    #: Frames a second of the slowest second.
    fps_worst_second: float
    gap_p99_ms: float
    gap_worst_ms: float
    #: Share of the time that the page's own thread was busy while panning.
    busy_share: float
    #: Gaps of more than 50 ms between two frames.
    long_frames: int


async def measure(incidents: int, changes_a_second: float, seconds: float) -> list[Smoothness]:
    """Each size in turn, on one hub whose pages point to the made-up city."""
    async with serving_board(incidents, changes_a_second) as board:
        environ = {"HUB_LIVE_URL": board.url, "HUB_LIVE_PORT": str(free_port())}
        async with whole_hub("embedded", environ) as hub:
            await board.begin()
            found = [await _one(hub.web_url, width, height, seconds) for width, height in SIZES]
            await board.end()
    return found


async def _one(url: str, width: int, height: int, seconds: float) -> Smoothness:
    async with open_wall(url, script=_PANNING, width=width, height=height) as page:
        await asyncio.sleep(_SETTLE_SECONDS)
        still = await _counted(page, asyncio.sleep(seconds / 2))
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")
        busy = await _busy_seconds(session)
        gaps = await _counted(page, _drag(page, seconds))
        busy = await _busy_seconds(session) - busy
    in_order = sorted(gaps)
    return Smoothness(
        width=width,
        height=height,
        fps_still=_fps(still),
        fps_panning=_fps(gaps),
        fps_worst_second=min(_seconds(gaps), default=0.0),
        gap_p99_ms=round(in_order[len(in_order) * 99 // 100], 1),
        gap_worst_ms=round(in_order[-1], 1),
        busy_share=round(busy * 1000 / sum(gaps), 2),
        long_frames=sum(gap > 50 for gap in gaps),
    )


async def _counted(page: Page, meanwhile: object) -> list[float]:
    await page.evaluate("window.bench.begin()")
    await meanwhile  # type: ignore[misc]
    return list(await page.evaluate("window.bench.end()"))


async def _drag(page: Page, seconds: float) -> None:
    """Takes hold of the map and moves it in slow rounds, as a hand does."""
    box = await page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < seconds:
        turn = passed * math.pi
        await page.mouse.move(x + 0.3 * box["width"] * math.sin(turn), y + 0.25 * box["height"] * math.sin(turn * 0.7))
        await asyncio.sleep(max(0.0, 1 / _HAND_MOVES_A_SECOND - (time.perf_counter() - begun - passed)))
    await page.mouse.up()


async def _busy_seconds(session: CDPSession) -> float:
    answer = await session.send("Performance.getMetrics")
    return float(next(each["value"] for each in answer["metrics"] if each["name"] == "TaskDuration"))


def _fps(gaps: list[float]) -> float:
    return round(1000 / statistics.fmean(gaps), 1)


def _seconds(gaps: list[float]) -> list[float]:
    """Frames of each whole second."""
    counts: list[float] = []
    count, passed = 0, 0.0
    for gap in gaps:
        count, passed = count + 1, passed + gap
        if passed >= 1000:
            counts.append(round(count * 1000 / passed, 1))
            count, passed = 0, 0.0
    return counts
