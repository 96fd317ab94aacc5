"""Sends a canary through every partition and says which stand still. It must never send one while another waits.

A canary is a record without a body, marked by a header: a worker passes it on like any message, up to the position in
PostgreSQL, and stores nothing of it. At most one waits in a partition, so a hub without workers piles up none. They go
by the producer that moves the raw messages: the embedded broker may lose what two producers send to one partition.
"""

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from hub.edges.clock import utc_now
from hub.edges.outbox.standstill import PATIENCE_SECONDS, Standstill
from hub.edges.outbox.topics import CANARY, FEED_TOPICS
from hub.edges.store.canaries import Partition, Standing, note_passed, note_sent, note_stalled, standings

_log = structlog.get_logger(__name__)


class CanaryPaces(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how long, in seconds."""

    #: Between two looks.
    look_seconds: float = 1.0
    #: Between two canaries of a partition.
    every_seconds: float = 2.0
    patience_seconds: float = PATIENCE_SECONDS
    #: For the first canary of a partition: its workers may still be starting.
    first_patience_seconds: float = 60.0


class Canaries:
    """The canaries of one life of the broker, sent by one producer while it answers."""

    def __init__(
        self, connection: asyncpg.Connection, producer: AIOKafkaProducer, life: str, paces: CanaryPaces
    ) -> None:
        self._connection = connection
        self._producer = producer
        self._life = life
        self._paces = paces
        self._standstill = Standstill()
        self._looked_at = float("-inf")
        self._sent_at: dict[Partition, float] = {}
        #: The same by the clock that the raw messages' publication is noted by.
        self._left_at = utc_now()
        #: On their way to the broker. A partition without a leader takes none, and nobody waits for it.
        self._leaving: dict[Partition, asyncio.Future[Any]] = {}
        self._waits: set[Partition] = set()
        #: Partitions of which a worker has passed a canary while we looked.
        self._moving: set[Partition] = set()

    async def turn(self) -> None:
        """Look and send, when it is time; to be called often."""
        if _now() - self._looked_at < self._paces.look_seconds:
            return
        self._looked_at = _now()
        await self._note_taken()
        await self._look()
        await self._send()

    async def _note_taken(self) -> None:
        taken = {key: future for key, future in self._leaving.items() if future.done()}
        for key in taken:
            del self._leaving[key]
        sent = []
        for key, future in taken.items():
            with suppress(KafkaError, asyncio.CancelledError):
                sent.append((key, future.result().offset + 1))
        if sent:
            await note_sent(self._connection, self._life, sent, self._left_at)

    async def _look(self) -> None:
        """Note what was passed, and what stands still."""
        await note_passed(self._connection, self._life, utc_now())
        rows = await standings(self._connection, self._life)
        self._waits = {row.key for row in rows if row.waits}
        self._moving |= {row.key for row in rows} - self._waits
        still = self._standstill.look(rows, _now(), patience=self._patience)
        if new := [row for row in still if row.stalled_at is None]:
            _log.warning("partitions stand still", partitions=[f"{row.topic}/{row.partition}" for row in new])
            await note_stalled(self._connection, self._life, new, utc_now(), restarting=False)

    async def _send(self) -> None:
        """Send to every partition whose last canary was passed and is some seconds old."""
        # The earliest of those still on their way: whatever was published before it was overtaken by all of them.
        self._left_at = self._left_at if self._leaving else utc_now()
        for topic in FEED_TOPICS:
            for number in sorted(await self._producer.partitions_for(topic)):
                key = (topic, number)
                due = _now() - self._sent_at.get(key, float("-inf")) >= self._paces.every_seconds
                if due and key not in self._waits and key not in self._leaving:
                    future = await self._producer.send(topic, b"", partition=number, headers=[(CANARY, b"1")])
                    future.add_done_callback(_heard)  # also of those that nobody asks any more
                    self._leaving[key] = future
                    self._sent_at[key] = _now()

    def _patience(self, row: Standing) -> float:
        moving = row.key in self._moving
        return self._paces.patience_seconds if moving else self._paces.first_patience_seconds


def _heard(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _now() -> float:
    return asyncio.get_running_loop().time()
