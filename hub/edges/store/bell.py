"""Wakes the relay after a commit. It must never ring inside the transaction that gave it something to do.

A transaction that notifies holds one lock of the whole database until its commit is on the disk, so that commits would
wait for each other, one disk write at a time, however many connections there are. A bell that is lost with its process
costs the relay half a second: it looks by itself.
"""

import asyncio
from contextlib import suppress

import asyncpg

from hub.edges.store.patience import BROKEN

#: Channel of messages that have landed, and of changes in the outbox.
RAW_WAITS, CHANGES_WAIT = "hub_raw", "hub_outbox"


class Bell:
    """One channel. Rings that come while one is under way go together."""

    def __init__(self, pool: asyncpg.Pool, channel: str) -> None:
        self._pool = pool
        self._channel = channel
        self._pressed = False
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Wake whoever listens, soon."""
        self._pressed = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        while self._pressed:
            self._pressed = False
            with suppress(*BROKEN):
                await self._pool.execute("select pg_notify($1, '')", self._channel)
