"""Microseconds of processor time a message in each room and in each step before PostgreSQL, without any server.

Run `python -m bench.stages [messages]`. Each step is timed without the steps inside it; the clock itself adds half
a microsecond a call. Reading rows, sending arguments and faust are not here: `python -m bench` has the whole.
"""

import functools
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

import hub.dispatching
import hub.perceiving
import hub.pipeline
from bench.messages import hotline_orders
from hub.edges.outbox.changes import changes_of
from hub.edges.rules import load_city
from hub.edges.simulate.city_day import simulate_day
from hub.edges.store import columns
from hub.edges.store.nearby import Surroundings
from hub.rulebook.book import City, Rulebook
from hub.settings import Settings
from hub.stages.fuse import reach_m
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision, Incident, Nearby
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.places import neighbours
from hub.vocabulary.terms import Feed

_BATCH = 500
#: Rooms and steps by the module that calls them; supervision has a clock of its own and is not on this way.
ROOMS: Mapping[ModuleType, tuple[str, ...]] = {
    hub.pipeline: ("normalise", "classify", "locate", "words_of", "fuse", "grown", "digest"),
    hub.dispatching: ("mute_of", "route", "set_deadlines"),
    hub.perceiving: ("perceive",),
}


class Meter:
    """Time by step; what a step calls is not counted twice."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, measured."""

        @functools.wraps(function)
        def measured(*args: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            begun = time.thread_time()
            try:
                return function(*args, **named)
            finally:
                whole = time.thread_time() - begun
                self.seconds[step] += whole - self._inner.pop()
                self._inner[-1] += whole

        return measured


class _Memory:
    """What a store would have near a batch."""

    def __init__(self) -> None:
        self._incidents: dict[str, Incident] = {}
        self._at: dict[tuple[str, int | str], set[str]] = {}

    def near(self, located: Sequence[LocatedReport]) -> Nearby:
        ids: set[str] = set()
        for item in located:
            spots: list[int | str] = [item.place.address_key] if item.place.address_key else []
            spots += neighbours(item.place.cell) if item.place.cell is not None else ()
            for spot in spots:
                ids |= self._at.get((item.classification.family, spot), set())
        return Nearby(incidents=tuple(self._incidents[each] for each in sorted(ids)))

    def keep(self, decision: Decision) -> None:
        for incident in decision.incidents:
            self._incidents[incident.id] = incident
            for spot in (incident.cell, incident.address_key):
                if spot:
                    self._at.setdefault((incident.family, spot), set()).add(incident.id)


@contextmanager
def _measured(meter: Meter) -> Iterator[None]:
    """The rooms as the order of the rooms calls them, each with the meter around it."""
    rooms = [(module, room, getattr(module, room)) for module, names in ROOMS.items() for room in names]
    for module, room, function in rooms:
        setattr(module, room, meter.timed(room, function))
    try:
        yield
    finally:
        for module, room, function in rooms:
            setattr(module, room, function)


def _take(meter: Meter, book: Rulebook, messages: Sequence[RawMessage]) -> None:
    """Take the messages through the rooms and to columns, batch by batch."""
    atlas, memory = Atlas(book.city), _Memory()
    understand = meter.timed("understand, the rest", hub.pipeline.understand)
    decide = meter.timed("decide, the rest", hub.pipeline.decide)
    surround = meter.timed("spots and locks", lambda *batch: Surroundings(*batch).lock_keys())
    for begin in range(0, len(messages), _BATCH):
        found = [item for raw in messages[begin : begin + _BATCH] for item in understand(raw, book, atlas)]
        located = [item for item in found if not isinstance(item, Reject)]
        surround(located, {name: reach_m(name, book) for name in {item.classification.family for item in located}})
        now = messages[min(begin + _BATCH, len(messages)) - 1].received_at
        decision = decide(located, memory.near(located), book, now)
        memory.keep(decision)
        _lay_out(meter, decision, now)


def _lay_out(meter: Meter, decision: Decision, now: datetime) -> None:
    meter.timed("columns of reports", columns.report_columns)(decision.filings, columns.Documents())
    meter.timed("columns of petitioners", columns.petitioner_columns)(decision.filings)
    meter.timed("columns of incidents", columns.incident_columns)(decision.incidents)
    meter.timed("columns of tasks", columns.task_columns)(decision.tasks)
    meter.timed("columns of deadlines", columns.deadline_columns)(decision.tasks)
    meter.timed("columns of timeline", columns.timeline_columns)(decision.timeline)
    meter.timed("changes", changes_of)(decision.incidents, decision.timeline, now)


def _orders(city: City, count: int) -> Iterator[RawMessage]:
    source = next(source.id for source in city.sources if source.feed is Feed.HOTLINE)
    received_at = datetime(2026, 6, 1, 8, tzinfo=UTC)
    for n, body in enumerate(hotline_orders(city, count)):
        yield _raw(n, Feed.HOTLINE, source, "", body, received_at)


def _day(city: City, count: int) -> Iterator[RawMessage]:
    start = datetime(2026, 6, 1, tzinfo=ZoneInfo(next(source.timezone for source in city.sources)))
    for n, sent in enumerate(islice(simulate_day(1, city, start, scale=count / 4_000), count)):
        yield _raw(n, sent.feed, sent.source, sent.content_type, sent.body, sent.at.astimezone(UTC))


def _raw(n: int, feed: Feed, source: str, content_type: str, body: bytes, received_at: datetime) -> RawMessage:
    return RawMessage(
        id=uuid.UUID(int=n), feed=feed, source=source, content_type=content_type, body=body, received_at=received_at
    )


def main(arguments: Sequence[str]) -> None:
    """One table for the orders of `make bench` and for a simulated day."""
    count = int(arguments[0]) if arguments else 10_000
    book = load_city(Settings().city_dir())
    orders, day = list(_orders(book.city, count)), list(_day(book.city, count))
    runs = []
    for messages in (orders, day):
        meter = Meter()
        with _measured(meter):
            _take(meter, book, messages)
        runs.append((len(messages), meter.seconds))
    table = Table("step", "orders, µs", "share", "day, µs", "share")
    totals = [sum(seconds.values()) for _, seconds in runs]
    for step in sorted(runs[0][1] | runs[1][1], key=lambda step: -runs[0][1][step]):
        cells = (
            (f"{seconds[step] / number * 1e6:.1f}", f"{seconds[step] / total:.0%}")
            for (number, seconds), total in zip(runs, totals, strict=True)
        )
        table.add_row(step, *(cell for pair in cells for cell in pair))
    wholes = [f"{total / number * 1e6:.1f}" for (number, _), total in zip(runs, totals, strict=True)]
    table.add_row("together", wholes[0], "", wholes[1], "")
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
