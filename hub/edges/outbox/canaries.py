"""Sends a canary through every partition and says which stand still. It must never send one while another waits.

A canary is a record without a body, marked by a header: a worker passes it on like any message, up to the position in
PostgreSQL, and stores nothing of it. At most one waits in a partition, so a hub without workers piles up none.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from hub.edges.clock import utc_now
from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.standstill import PATIENCE_SECONDS, Standstill
from hub.edges.outbox.topics import CANARY, topic_of
from hub.edges.store.canaries import Partition, Standing, note_passed, note_sent, note_stalled, standings
from hub.edges.store.patience import BROKEN
from hub.vocabulary.terms import Feed

_log = structlog.get_logger(__name__)
_LEAD = 7_140_803
_SEND_WITHIN_SECONDS = 5.0
_TOPICS = tuple(topic_of(feed) for feed in Feed)


class CanaryPaces(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how long, in seconds."""

    #: Between two looks.
    look_seconds: float = 1.0
    #: Between two canaries of a partition.
    every_seconds: float = 3.0
    patience_seconds: float = PATIENCE_SECONDS
    #: For the first canary of a partition: its workers may still be starting.
    first_patience_seconds: float = 60.0


async def run_canaries(
    *, database_url: str, kafka: KafkaAccess, cluster: Cluster, paces: CanaryPaces | None = None
) -> None:
    """Send and watch until cancelled, through any outage of either side; of several relays one does."""
    while True:
        try:
            await _lead_and_send(database_url, kafka, cluster, paces or CanaryPaces())
        except (*BROKEN, KafkaError) as error:
            _log.debug("canaries wait", error=repr(error))
        await asyncio.sleep(1.0)


async def _lead_and_send(database_url: str, kafka: KafkaAccess, cluster: Cluster, paces: CanaryPaces) -> None:
    connection = await asyncpg.connect(database_url, command_timeout=10)
    try:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", _LEAD):
            return
        while True:
            if (life := await cluster.id()) is not None:
                await _send_for(connection, kafka, cluster, life, paces)
            await asyncio.sleep(0.2)
    finally:
        with suppress(Exception):
            await connection.close(timeout=2)


async def _send_for(
    connection: asyncpg.Connection, kafka: KafkaAccess, cluster: Cluster, life: str, paces: CanaryPaces
) -> None:
    """Send during one life of the broker; returns when it goes away."""
    producer = AIOKafkaProducer(**kafka.options(), acks="all", request_timeout_ms=5000)
    try:
        await producer.start()
        round = _Round(connection, producer, life, paces)
        while await cluster.id() == life:
            await round.look()
            await round.send()
            await asyncio.sleep(paces.look_seconds)
    finally:
        with suppress(Exception):
            await asyncio.wait_for(producer.stop(), 2.0)


class _Round:
    """What is known of the canaries of one life of the broker, while it answers."""

    def __init__(
        self, connection: asyncpg.Connection, producer: AIOKafkaProducer, life: str, paces: CanaryPaces
    ) -> None:
        self._connection = connection
        self._producer = producer
        self._life = life
        self._paces = paces
        self._standstill = Standstill()
        self._sent_at: dict[Partition, float] = {}
        self._waits: set[Partition] = set()
        #: Partitions of which a worker has passed a canary while we looked.
        self._moving: set[Partition] = set()

    async def look(self) -> None:
        """Note what was passed, and what stands still."""
        await note_passed(self._connection, self._life, utc_now())
        rows = await standings(self._connection, self._life)
        self._waits = {row.key for row in rows if row.waits}
        self._moving |= {row.key for row in rows} - self._waits
        still = self._standstill.look(rows, _now(), patience=self._patience)
        if new := [row for row in still if row.stalled_at is None]:
            _log.warning("partitions stand still", partitions=[f"{row.topic}/{row.partition}" for row in new])
            await note_stalled(self._connection, self._life, new, utc_now(), restarting=False)

    async def send(self) -> None:
        """Send to every partition whose last canary was passed and is some seconds old."""
        due = [
            (topic, number)
            for topic in _TOPICS
            for number in sorted(await self._producer.partitions_for(topic))
            if (topic, number) not in self._waits
            and _now() - self._sent_at.get((topic, number), float("-inf")) >= self._paces.every_seconds
        ]
        if not due:
            return
        sent = await self._send(due)
        self._sent_at |= dict.fromkeys((key for key, _ in sent), _now())
        if sent:
            await note_sent(self._connection, self._life, sent, utc_now())

    async def _send(self, due: Sequence[Partition]) -> list[tuple[Partition, int]]:
        """Each with the offset behind it. A partition without a leader gets none, and keeps no other from its own."""
        async with asyncio.timeout(_SEND_WITHIN_SECONDS):
            futures = [
                await self._producer.send(topic, b"", partition=number, headers=[(CANARY, b"1")])
                for topic, number in due
            ]
        for future in futures:
            future.add_done_callback(_heard)  # also of those that fail later than we wait
        await asyncio.wait(futures, timeout=_SEND_WITHIN_SECONDS)
        return [
            (key, future.result().offset + 1)
            for key, future in zip(due, futures, strict=True)
            if future.done() and not future.cancelled() and future.exception() is None
        ]

    def _patience(self, row: Standing) -> float:
        moving = row.key in self._moving
        return self._paces.patience_seconds if moving else self._paces.first_patience_seconds


def _heard(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _now() -> float:
    return asyncio.get_running_loop().time()
