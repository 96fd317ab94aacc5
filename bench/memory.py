"""Memory of every process of a hub over time, and whether it is flat. It must never count shared pages twice."""

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec
import psutil

from tests.running import RunningHub

PARTS = ("broker", "postgres", "worker", "web", "live")
_EVERY_SECONDS = 5.0
_MIB = 2**20


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One part: medians of the thirds of a run in MiB, and what it grows an hour of the run's own time."""

    part: str
    thirds: tuple[float, float, float]
    slope_mib_an_hour: float

    @property
    def is_flat(self) -> bool:
        """Whether the last third's median is within a tenth of the middle third's."""
        return self.thirds[2] <= 1.1 * self.thirds[1]


class MemoryLog:
    """Samples until cancelled. A part that is down at the moment has no sample."""

    def __init__(self, hub: RunningHub, others: Mapping[str, Callable[[], Sequence[psutil.Process]]]) -> None:
        self._hub = hub
        self._others = others
        self._samples: dict[str, list[tuple[float, float]]] = {}

    async def run(self) -> None:
        """Sample every few seconds."""
        while True:
            await asyncio.to_thread(self._sample)
            await asyncio.sleep(_EVERY_SECONDS)

    def told(self) -> list[Memory]:
        """What became of each part."""
        return [_memory(part, samples) for part, samples in self._samples.items() if len(samples) >= 3]

    def _sample(self) -> None:
        for part in PARTS:
            try:
                process = self._hub.part(part)
                self._note(part, [process, *process.children(recursive=True)])
            except (LookupError, psutil.Error):
                continue
        for name, processes in self._others.items():
            self._note(name, processes())

    def _note(self, part: str, processes: Sequence[psutil.Process]) -> None:
        total = 0
        for process in processes:
            try:
                # PostgreSQL's and Chromium's processes share most of what they have: each page is counted in parts.
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        if total:
            self._samples.setdefault(part, []).append((time.perf_counter(), total / _MIB))


def _memory(part: str, samples: Sequence[tuple[float, float]]) -> Memory:
    third = len(samples) // 3
    parts = samples[:third], samples[third : 2 * third], samples[2 * third :]
    slope, _ = statistics.linear_regression(*zip(*samples, strict=True))
    first, middle, last = (round(statistics.median(mib for _, mib in each), 1) for each in parts)
    return Memory(part=part, thirds=(first, middle, last), slope_mib_an_hour=round(slope * 3600, 1))


def chromium_processes() -> list[psutil.Process]:
    """The browser that this process started."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "chromium" in child.name():
                found.append(child)
        except psutil.Error:
            continue
    return found
