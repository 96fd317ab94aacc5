"""Follows the Kafka topic `changes` from its end. It must never be relied on alone: the database has the last word."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.topics import CHANGES
from hub.vocabulary.changes import Change

_log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder(Change).decode

#: How long the broker may hold a fetch back. The embedded broker answers only when this is over, also when it has news.
_FETCH_WAIT_MS = 20
_RECORDS_AT_ONCE = 2_000
_PROBE_SECONDS = 1.0
_SHORTEST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 2.0


class _Lost(Exception):
    """The broker is away, or came back without what it had."""


class Follower:
    """Hands every change to `take` as it comes, and says since when it cannot."""

    def __init__(
        self,
        kafka: KafkaAccess,
        cluster: Cluster,
        *,
        take: Callable[[Sequence[Change]], None],
        tell: Callable[[datetime | None], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._kafka = kafka
        self._cluster = cluster
        self._take = take
        self._tell = tell
        self._clock = clock
        self._down_since: datetime | None = None

    async def run(self) -> None:
        """Follow until cancelled; a lost broker is tried again, ever more slowly up to two seconds."""
        wait = _SHORTEST_WAIT_SECONDS
        try:
            while True:
                try:
                    await self._follow()
                except* (_Lost, KafkaError, OSError, TimeoutError) as error:
                    _log.debug("not following changes", error=repr(error.exceptions[0]))
                wait = _SHORTEST_WAIT_SECONDS if self._down_since is None else min(wait * 2, _LONGEST_WAIT_SECONDS)
                self._down(True)
                await asyncio.sleep(wait)
        finally:
            await self._cluster.close()

    async def _follow(self) -> None:
        life = await self._cluster.id()
        if life is None:
            raise _Lost("no broker answers")
        consumer = AIOKafkaConsumer(
            CHANGES,
            **self._kafka.options(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            metadata_max_age_ms=30_000,
            request_timeout_ms=5_000,
        )
        try:
            async with asyncio.timeout(10):
                await consumer.start()
                for partition in consumer.assignment():
                    await consumer.position(partition)
            self._down(False)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._read(consumer))
                both.create_task(self._probe(life))
        finally:
            await _stop(consumer)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            found = await consumer.getmany(timeout_ms=1_000, max_records=_RECORDS_AT_ONCE)
            changes = [change for records in found.values() for r in records if (change := _change(r.value))]
            if changes:
                self._take(changes)

    async def _probe(self, life: str) -> None:
        # A consumer does not say that its broker died: it tries again in silence. So somebody has to ask.
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            if await self._cluster.id() != life:
                # The topics of a new life are made when the next question opens a new connection.
                await self._cluster.close()
                raise _Lost("the broker is away or has forgotten everything")

    def _down(self, down: bool) -> None:
        if down == (self._down_since is not None):
            return
        self._down_since = self._clock() if down else None
        _log.info("changes stopped" if down else "following changes", kafka=self._kafka.servers)
        self._tell(self._down_since)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """End a consumer whose broker may be away. Then aiokafka 0.14 cancels its own `stop()` half-way: that must not look
    as if we were cancelled, and the connection has to be closed for it."""
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait({stopping}, timeout=3)
    if not stopping.done() or stopping.cancelled() or stopping.exception() is not None:
        stopping.cancel()
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            await asyncio.wait_for(consumer._client.close(), 3)  # noqa: SLF001 - there is no other way to close it


def _change(value: bytes | None) -> Change | None:
    try:
        return _decode(value or b"")
    except msgspec.DecodeError as error:
        # ValidationError is one of these. The incident itself is in the database, from where the board has it soon.
        _log.warning("a change that cannot be read", error=str(error))
        return None
