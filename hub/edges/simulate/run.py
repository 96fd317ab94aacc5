"""Sends simulated days to a running hub over HTTP at any rate. It must never count a message as sent before its 202."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Literal, TextIO
from zoneinfo import ZoneInfo

import httpx
import msgspec

from hub.edges.clock import utc_now
from hub.edges.posting import Door, HubAway, Posted
from hub.edges.simulate.city_day import plan_day, simulate_day
from hub.edges.simulate.payloads import render
from hub.edges.simulate.scenes import Profile
from hub.edges.simulate.telling import Emission, Telling
from hub.rulebook.book import City
from hub.vocabulary.terms import Feed

MIN_RATE, MAX_RATE = 0.1, 5_000.0
#: Above this many messages a second, JSON messages waiting for one feed go together as NDJSON.
BATCH_ABOVE_RATE = 200.0
_BATCH = 200
#: Messages that may wait for one feed; a hub that is away stops the day rather than filling memory.
_WAITING = 1_000
#: A hub that is away when the time is over gets so long to come back, then the rest is told as not sent.
_GRACE_S = 30.0
#: A simulation that fell behind by more does not catch up in a burst.
_MAX_LAG_S = 1.0


class SimulationProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a simulation is."""

    seconds: float
    planned: int
    #: Accepted with a 202.
    sent: int
    #: Refused at the door, as some of the malformed messages are.
    refused: int
    #: Attempts that had to be made again because the hub was away.
    retries: int
    day: int
    #: What was sent last, in a few words.
    note: str = ""


#: `now` dates messages as they are sent; `day` gives them times of the day before yesterday and sends that day only.
#: Fusion measures time, so its precision is only worth measuring with `day`.
Dating = Literal["now", "day"]
ShowProgress = Callable[[SimulationProgress], None]


async def run_simulation(
    *,
    url: str,
    city: City,
    key: str | None = None,
    rate: float = 4.0,
    seed: int = 1,
    duration_s: float | None = None,
    scale: float = 1.0,
    truth_path: Path | None = None,
    run_id: str = "",
    profile: Profile = "demo",
    dating: Dating = "now",
    grace_s: float = _GRACE_S,
    progress: ShowProgress | None = None,
    client: httpx.AsyncClient | None = None,
) -> SimulationProgress:
    """Send day after day until `duration_s` is over or the task is cancelled; returns what was sent.

    The order of the day is kept and its clock compressed to the rate; the times in the messages are near now. Raises
    HubAway when the hub is away at the end of `duration_s` and for `grace_s` after it.
    """
    if not MIN_RATE <= rate <= MAX_RATE:
        raise ValueError(f"rate: between {MIN_RATE} and {MAX_RATE} messages a second")
    make = _Days(seed=seed, city=city, scale=scale, run_id=run_id, profile=profile)
    messages = make.one_past_day() if dating == "day" else make.one_after_another()
    async with _truth_file(truth_path) as truth, Door.open(url, key, client) as door:
        run = _Run(door, rate, truth, progress)
        try:
            await run.send(messages, duration_s, grace_s)
        except ExceptionGroup as group:
            if isinstance(group.exceptions[0], TimeoutError):
                rest = run.now().planned - run.now().sent - run.now().refused
                raise HubAway(f"{url}: no hub answers there; {rest} messages were not sent") from group
            # The lanes fail together; what made the first one fail is the reason.
            raise group.exceptions[0] from group
        return run.now()


class _Run:
    """One simulation under way: a pacing producer and one lane a feed, so that a feed's messages keep their order."""

    def __init__(self, door: Door, rate: float, truth: TextIO | None, progress: ShowProgress | None) -> None:
        self._door = door
        self._rate = rate
        self._truth = truth
        self._show = progress or (lambda _: None)
        self._lanes: dict[Feed, asyncio.Queue[Emission]] = {}
        self._planned = self._sent = self._refused = self._day = 0
        self._note = ""
        self._started = asyncio.get_running_loop().time()

    def now(self) -> SimulationProgress:
        return SimulationProgress(
            seconds=round(asyncio.get_running_loop().time() - self._started, 3),
            planned=self._planned,
            sent=self._sent,
            refused=self._refused,
            retries=self._door.retries,
            day=self._day,
            note=self._note,
        )

    async def send(
        self, messages: AsyncIterator[tuple[int, Emission]], duration_s: float | None, grace_s: float
    ) -> None:
        async with asyncio.TaskGroup() as group:
            workers = []
            for feed in Feed:
                self._lanes[feed] = asyncio.Queue(_WAITING)
                workers.append(group.create_task(self._lane(feed)))
            workers.append(group.create_task(self._report()))
            await self._produce(messages, duration_s, grace_s)
            async with asyncio.timeout(None if duration_s is None else grace_s):
                for lane in self._lanes.values():
                    await lane.join()
            for worker in workers:
                worker.cancel()

    async def _produce(
        self, messages: AsyncIterator[tuple[int, Emission]], duration_s: float | None, grace_s: float
    ) -> None:
        loop = asyncio.get_running_loop()
        begun = due = 0.0
        async for self._day, emission in messages:
            now = loop.time()
            # The clock starts with the first message: planning a day takes a moment.
            begun = begun or now
            if duration_s is not None and now - begun >= duration_s:
                return
            if now - due > _MAX_LAG_S:
                due = now
            if due > now:
                await asyncio.sleep(due - now)
            due += 1 / self._rate
            self._planned += 1
            async with asyncio.timeout_at(None if duration_s is None else begun + duration_s + grace_s):
                await self._lanes[emission.feed].put(emission)

    async def _lane(self, feed: Feed) -> None:
        lane = self._lanes[feed]
        held: Emission | None = None
        while True:
            batch = [held or await lane.get()]
            held = None
            while self._rate > BATCH_ABOVE_RATE and len(batch) < _BATCH and not lane.empty():
                held = lane.get_nowait()
                if not _fits(batch[-1], held):
                    break
                batch.append(held)
                held = None
            posted = await self._door.post(feed, batch[0].source, _content_type(batch), _body(batch))
            self._account(batch, posted)
            for _ in batch:
                lane.task_done()

    def _account(self, batch: list[Emission], posted: Posted) -> None:
        if not posted.accepted:
            self._refused += len(batch)
            return
        self._sent += len(batch)
        for emission in batch:
            self._note = emission.note or self._note
            if self._truth is not None:
                self._truth.write(truth_line(emission) + "\n")

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._show(self.now())


def truth_line(emission: Emission) -> str:
    """One line of the truth file: which report belongs to which happening."""
    return msgspec.json.encode(
        {
            "report": f"{emission.feed}:{emission.source_id}",
            "happening": emission.truth,
            "expect": emission.expect,
            "note": emission.note,
        }
    ).decode()


class _Days(msgspec.Struct, frozen=True, kw_only=True):
    """Makes messages with the number of their day. Planning runs in a thread, so that sending does not stand still."""

    seed: int
    city: City
    scale: float
    run_id: str
    profile: Profile

    async def one_after_another(self) -> AsyncIterator[tuple[int, Emission]]:
        """Day after day, each message dated when it is asked for."""
        for day in count():
            first_told: dict[tuple[Feed, str], datetime] = {}
            for telling in await asyncio.to_thread(self._plan, day):
                at = utc_now()
                happened = at - timedelta(seconds=telling.late_s)
                first = first_told.setdefault((telling.feed, telling.source_id), happened)
                yield day, render(telling, self.city, sent_at=at, occurred_at=first)

    async def one_past_day(self) -> AsyncIterator[tuple[int, Emission]]:
        """One day with its own times, over even with the hours that its last reports come late."""
        today = utc_now().astimezone(ZoneInfo(self.city.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        start = today - timedelta(days=2)
        for emission in await asyncio.to_thread(self._render, start):
            yield 0, emission

    def _plan(self, day: int) -> list[Telling]:
        return plan_day(self.seed, self.city, scale=self.scale, day=day, run_id=self.run_id, profile=self.profile)

    def _render(self, start: datetime) -> list[Emission]:
        day = simulate_day(self.seed, self.city, start, self.scale, run_id=self.run_id, profile=self.profile)
        return list(day)


def _fits(one: Emission, other: Emission) -> bool:
    """Whether two messages can share an NDJSON body: sound one-line JSON of one source, in UTF-8."""
    return one.source == other.source and _is_line(one) and _is_line(other)


def _is_line(emission: Emission) -> bool:
    if emission.content_type != "application/json" or emission.expect != "report" or b"\n" in emission.body:
        return False
    try:
        # One line in another encoding would make the whole body unreadable.
        emission.body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _content_type(batch: list[Emission]) -> str:
    return batch[0].content_type if len(batch) == 1 else "application/x-ndjson"


def _body(batch: list[Emission]) -> bytes:
    return b"\n".join(emission.body for emission in batch)


@asynccontextmanager
async def _truth_file(path: Path | None) -> AsyncIterator[TextIO | None]:
    if path is None:
        yield None
        return
    with path.open("a", encoding="utf-8", buffering=1) as file:
        yield file
