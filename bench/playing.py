"""Plays a simulated day by its own clock, some times faster. It must never count a message before its 202."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from hub.edges.clock import utc_now
from hub.edges.posting import Door
from hub.edges.simulate.city_day import plan_day
from hub.edges.simulate.payloads import render
from hub.edges.simulate.telling import Emission, Telling
from hub.rulebook.book import City
from hub.vocabulary.terms import Feed

_DAY_HOURS = 24.0
#: A shorter piece of a day begins with the morning.
_MORNING_HOUR = 7.0


class Player:
    """One day or a piece of it; each feed keeps its order, and waits while the hub is away."""

    def __init__(self, city: City, *, hours: float, speed: float, scale: float, seed: int) -> None:
        self._city = city
        self._speed = speed
        first = 0.0 if hours >= _DAY_HOURS else _MORNING_HOUR * 3_600
        day = plan_day(seed, city, scale=scale, run_id="bench", profile="day")
        self._begins_s = first
        self._tellings = [each for each in day if first <= each.sent_s < first + hours * 3_600]
        self._lanes: dict[Feed, asyncio.Queue[Emission]] = {feed: asyncio.Queue() for feed in Feed}
        self.accepted = 0
        self.refused = 0
        #: Ids of the reports that the hub must have.
        self.reports: set[str] = set()

    async def play(self, door: Door) -> None:
        """Post everything; returns when all of it is answered."""
        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(self._lane(door, feed)) for feed in Feed]
            loop = asyncio.get_running_loop()
            begun = loop.time()
            for telling, emission in self._emissions():
                due = begun + (telling.sent_s - self._begins_s) / self._speed
                await asyncio.sleep(max(0.0, due - loop.time()))
                self._lanes[emission.feed].put_nowait(emission)
            for queue in self._lanes.values():
                await queue.join()
            for lane in lanes:
                lane.cancel()

    def _emissions(self) -> Iterator[tuple[Telling, Emission]]:
        first_told: dict[tuple[Feed, str], datetime] = {}
        for telling in self._tellings:
            at = utc_now()
            happened = at - timedelta(seconds=telling.late_s)
            first = first_told.setdefault((telling.feed, telling.source_id), happened)
            yield telling, render(telling, self._city, sent_at=at, occurred_at=first)

    async def _lane(self, door: Door, feed: Feed) -> None:
        queue = self._lanes[feed]
        while True:
            emission = await queue.get()
            posted = await door.post(feed, emission.source, emission.content_type, emission.body)
            if posted.accepted:
                self.accepted += posted.accepted
                if emission.expect == "report":
                    self.reports.add(f"{feed}:{emission.source_id}")
            else:
                self.refused += 1
            queue.task_done()
