"""Time from the door's 202 to the wall of a real browser: at a steady rate, after a burst, after silence.

The browser says when it has drawn what a message brought (`painted.js`); both clocks are the machine's one clock.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import asyncpg
import msgspec
from playwright.async_api import Page

from bench.calls import Call, separate_calls
from bench.chromium import open_wall
from bench.posting import Poster
from bench.whole_hub import whole_hub
from hub.edges.clock import utc_now
from hub.edges.rules import load_city
from tests.running import RunningHub, wait_until

_PAINTED = Path(__file__).with_name("painted.js")
#: How long the last calls of a phase may take to be seen.
_SEEN_WITHIN_SECONDS = 60.0
_WARM_UP = 300
_SINGLES, _SINGLES_PER_SECOND = 60, 4.0
_BURST_AT_ONCE = 32


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from 202 to painted, in one phase of a run."""

    name: str
    messages: int
    #: Calls posted late because the machine could not keep the rate count from their 202 all the same.
    per_second: float
    shown: int
    first_ms: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    #: Where the time goes: median milliseconds of each stretch.
    stretches: dict[str, float]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure."""

    broker: str = "embedded"
    rates: tuple[float, ...] = (200.0, 1_000.0)
    seconds: float = 30.0
    burst: int = 5_000
    silence_minutes: float = 0.0


class _Posted(msgspec.Struct):
    raw_id: str
    answered: float


class _Seen(msgspec.Struct, frozen=True):
    frame_at: float
    heard: float
    painted: float


async def measure(plan: Plan) -> list[Phase]:
    """Start a hub and a browser, run the phases one after the other."""
    async with whole_hub(plan.broker) as hub, Poster.open(hub.web_url) as poster:
        async with open_wall(f"{hub.web_url}/?sort=newest", script=_PAINTED) as page:
            pool = await hub.pool()
            run = _Run(poster, page, pool, separate_calls(load_city(hub.settings.city_dir()).city))
            try:
                return await _phases(run, plan, hub)
            finally:
                await pool.close()


async def _phases(run: "_Run", plan: Plan, hub: RunningHub) -> list[Phase]:
    await run.phase("warm-up", _WARM_UP, 50.0)
    phases = [await run.phase(f"at {rate:g}/s", int(rate * plan.seconds), rate) for rate in plan.rates]
    if plan.burst:
        await run.burst(plan.burst)
        phases.append(await run.phase(f"right after a burst of {plan.burst:,}", _SINGLES, _SINGLES_PER_SECOND))
        await run.rest()
    if plan.silence_minutes:
        await asyncio.sleep(plan.silence_minutes * 60)
        phases.append(await run.phase(f"after {plan.silence_minutes:g} min of silence", _SINGLES, _SINGLES_PER_SECOND))
    return phases


class _Run:
    """One browser and one hub, phase after phase."""

    def __init__(self, poster: Poster, page: Page, pool: asyncpg.Pool, calls: Iterator[Call]) -> None:
        self._poster = poster
        self._page = page
        self._pool = pool
        self._calls = calls
        self._posted: dict[str, _Posted] = {}
        self._seen: dict[str, _Seen] = {}

    async def phase(self, name: str, count: int, per_second: float) -> Phase:
        """Post calls at a steady rate and wait until the wall shows each."""
        begun = time.perf_counter()
        posts = []
        for n in range(count):
            await asyncio.sleep(max(0.0, begun + n / per_second - time.perf_counter()))
            posts.append(asyncio.create_task(self._post()))
        marks = await asyncio.gather(*posts)
        took = max(self._posted[mark].answered for mark in marks) - begun
        # Calls of a burst that are still on their way are not waited for, those of this phase are.
        await self._all_seen(marks)
        return await self._told(name, marks, len(marks) / took)

    async def burst(self, count: int) -> None:
        """Post as fast as the door answers."""

        async def some() -> None:
            for _ in range(count // _BURST_AT_ONCE):
                await self._post()

        begun = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(_BURST_AT_ONCE)))
        took = time.perf_counter() - begun
        print(f"burst: {count:,} posted one by one in {took:.1f} s, {count / took:,.0f}/s", flush=True)

    async def rest(self) -> None:
        """Wait until nothing is on its way any more."""

        async def is_settled() -> bool:
            return not await self._pool.fetchval("select exists (select from raw_messages where settled_at is null)")

        await wait_until(is_settled, within_seconds=600, every=0.2)

    async def _post(self) -> str:
        call = next(self._calls)
        answer = await self._poster.post("/v1/feeds/hotline", call.body)
        if answer.status != 202:
            raise RuntimeError(f"the door answered {answer.status}: {answer.body[:200]!r}")
        (raw_id,) = msgspec.json.decode(answer.body)["ids"]
        self._posted[call.mark] = _Posted(raw_id, answer.at)
        return call.mark

    async def _all_seen(self, marks: Sequence[str]) -> None:
        deadline = time.perf_counter() + _SEEN_WITHIN_SECONDS
        while time.perf_counter() < deadline:
            await self._look()
            if all(mark in self._seen for mark in marks):
                return
            await asyncio.sleep(0.5)

    async def _look(self) -> None:
        """Fetch what the page noted, its times turned into this process's."""
        ahead = await self._page_is_ahead()
        wall = utc_now().timestamp() - time.perf_counter()
        for each in await self._page.evaluate("window.bench.take()"):
            seen = _Seen(each["at"] / 1000 - wall, each["heard"] / 1000 - ahead, each["painted"] / 1000 - ahead)
            for mark in each["marks"]:
                self._seen.setdefault(mark, seen)

    async def _page_is_ahead(self) -> float:
        """Seconds between the two clocks' zeros, by the quickest of a few questions."""
        asked = []
        for _ in range(7):
            before = time.perf_counter()
            theirs = await self._page.evaluate("window.bench.now()") / 1000
            after = time.perf_counter()
            asked.append((after - before, theirs - (before + after) / 2))
        return min(asked)[1]

    async def _told(self, name: str, marks: Sequence[str], per_second: float) -> Phase:
        shown = [mark for mark in marks if mark in self._seen]
        spans = [(self._seen[mark].painted - self._posted[mark].answered) * 1000 for mark in shown]
        in_order = sorted(spans)
        return Phase(
            name=name,
            messages=len(marks),
            per_second=round(per_second, 1),
            shown=len(shown),
            first_ms=round(spans[0], 1),
            p50_ms=round(statistics.median(spans), 1),
            p99_ms=round(quantile(in_order, 0.99), 1),
            worst_ms=round(in_order[-1], 1),
            stretches=await self._stretches(shown),
        )

    async def _stretches(self, marks: Sequence[str]) -> dict[str, float]:
        ids = [self._posted[mark].raw_id for mark in marks]
        rows = await self._pool.fetch(
            "select id, received_at, published_at, settled_at from raw_messages where id = any($1::uuid[])", ids
        )
        stamps = {str(row["id"]): row for row in rows}
        wall = utc_now().timestamp() - time.perf_counter()
        spans: dict[str, list[float]] = {}
        for mark in marks:
            posted, seen = self._posted[mark], self._seen[mark]
            for step, seconds in _steps(stamps[posted.raw_id], posted.answered, seen, wall):
                spans.setdefault(step, []).append(seconds * 1000)
        return {step: round(statistics.median(values), 1) for step, values in spans.items()}


def _steps(stamps: Mapping[str, object], answered: float, seen: _Seen, wall: float) -> Iterator[tuple[str, float]]:
    """The stretches between the moments that the hub itself noted; `settled` is when its batch began to be settled."""
    received, published, settled = (
        stamps[name].timestamp() - wall  # type: ignore[attr-defined]
        for name in ("received_at", "published_at", "settled_at")
    )
    yield "received → 202", answered - received
    yield "received → on the road", published - received
    yield "received → taken by the worker", settled - received
    yield "taken → in a frame", seen.frame_at - settled
    yield "frame → heard", seen.heard - seen.frame_at
    yield "heard → painted", seen.painted - seen.heard


def quantile(in_order: Sequence[float], share: float) -> float:
    """The value that `share` of the ordered values do not exceed."""
    return in_order[min(len(in_order) - 1, int(len(in_order) * share))]
