"""Kills parts of a hub at moments that a seed gives, and waits until each is back. It must never kill two at once."""

import asyncio
import random

from bench.memory import PARTS
from tests.running import RunningHub, wait_until

_BACK_WITHIN_SECONDS = 60.0


class Faults:
    """kill -9, over and over."""

    def __init__(self, hub: RunningHub, *, seed: int, every_seconds: float) -> None:
        self._hub = hub
        self._rng = random.Random(seed)
        self._every_seconds = every_seconds
        #: Parts killed, in order.
        self.killed: list[str] = []

    async def run(self) -> None:
        """Kill until cancelled."""
        parts: list[str] = []
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * self._every_seconds)
            # Each part once in a round, so that a short run kills all of them.
            parts = parts or self._rng.sample(PARTS, len(PARTS))
            await asyncio.shield(self._kill(parts.pop()))

    async def _kill(self, part: str) -> None:
        dead = await asyncio.to_thread(self._hub.kill, part)
        self.killed.append(part)

        def is_back() -> bool:
            try:
                return self._hub.part(part).pid != dead
            except LookupError:
                return False

        await wait_until(is_back, within_seconds=_BACK_WITHIN_SECONDS, saying=self._hub.logs)
