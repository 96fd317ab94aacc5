"""Screens on one live server, some of them slow: delay of the others, and what the server holds in memory meanwhile."""

import asyncio
import time

import msgspec
import psutil

from bench.serving_board import ServingBoard, serving_board
from bench.socket_screens import FastScreen, SlowScreen

INCIDENTS = 5_000
#: Every so many fast screens read all that they get.
_FOLDS_EVERY = 20
_CATCH_UP_SECONDS = 60.0
_OPEN_AT_ONCE = 50


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure."""

    screens: int = 1_000
    slow_share: float = 0.1
    changes_a_second: float = 100.0
    #: Longer than the half minute for which the server waits for a screen to take one message.
    seconds: float = 60.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    screens: int
    slow: int
    first_board_seconds: float
    frames_a_second: float
    gaps: int
    delay_p50_ms: float
    delay_p99_ms: float
    cpu_share: float
    #: MiB of the server every second, from before the changes to after the slow screens came back.
    rss_mib: list[float]
    dropped: int
    resynchronised: int
    #: Screens whose board was not the server's in the end.
    wrong: int


async def measure(plan: Plan) -> Figures:
    """Connect, let the changes run past fast and slow screens, let the slow ones return, compare."""
    slow_count = int(plan.screens * plan.slow_share)
    async with serving_board(INCIDENTS, plan.changes_a_second) as board:
        began = time.perf_counter()
        fast = await _open(board, plan.screens - slow_count)
        first_board = time.perf_counter() - began
        slow = [SlowScreen(board.url) for _ in range(slow_count)]
        rss: list[float] = []
        sampling = asyncio.create_task(_sample(board.pid, rss))
        following = [asyncio.create_task(screen.follow()) for screen in fast]
        late = [asyncio.create_task(_be_slow(screen, n, plan.seconds)) for n, screen in enumerate(slow)]
        await asyncio.sleep(2)
        await board.begin()
        await asyncio.sleep(plan.seconds)
        ran = await board.end()
        delays = sorted(delay for screen in fast for delay in screen.delays)
        frames = max(screen.frames for screen in fast)
        held = await asyncio.gather(*late)
        right = await asyncio.gather(
            *(screen.catch_up(held[n], ran.versions, _CATCH_UP_SECONDS) for n, screen in enumerate(slow))
        )
        wrong = right.count(False) + sum(s.folded.versions != ran.versions for s in fast[::_FOLDS_EVERY])
        for task in (*following, sampling):
            task.cancel()
        await asyncio.wait({*following, sampling})
    return Figures(
        screens=plan.screens,
        slow=slow_count,
        first_board_seconds=round(first_board, 2),
        frames_a_second=round(frames / ran.seconds, 1),
        gaps=sum(screen.gaps for screen in fast),
        delay_p50_ms=round(delays[len(delays) // 2] * 1000),
        delay_p99_ms=round(delays[len(delays) * 99 // 100] * 1000),
        cpu_share=round(ran.cpu_seconds / ran.seconds, 3),
        rss_mib=[round(each, 1) for each in rss],
        dropped=sum(screen.was_dropped for screen in slow),
        resynchronised=sum(screen.folded.snapshots > 1 for screen in slow),
        wrong=wrong,
    )


async def _open(board: ServingBoard, count: int) -> list[FastScreen]:
    door = asyncio.Semaphore(_OPEN_AT_ONCE)

    async def one(n: int) -> FastScreen:
        async with door:
            return await FastScreen.open(board.url, folds=n % _FOLDS_EVERY == 0)

    return list(await asyncio.gather(*(one(n) for n in range(count))))


async def _be_slow(screen: SlowScreen, n: int, seconds: float):  # type: ignore[no-untyped-def]
    """A third reads nothing for a while that the server forgives, a third for longer, a third a few bytes a second."""
    if n % 3 == 2:
        await screen.trickle(seconds)
        return None
    return await screen.hold(seconds / 3 if n % 3 == 0 else seconds)


async def _sample(pid: int, rss: list[float]) -> None:
    process = psutil.Process(pid)
    while True:
        rss.append(process.memory_info().rss / 2**20)
        await asyncio.sleep(1)
