"""Moves what waits in PostgreSQL to Kafka, at least once, in order. It must never change what it moves."""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from hub.edges.clock import utc_now
from hub.edges.kafka_access import KafkaAccess
from hub.edges.metrics import Metrics
from hub.edges.outbox.canaries import Canaries, CanaryPaces
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.topics import BODY_IS_STORED, CHANGES, topic_of
from hub.edges.store.bell import CHANGES_WAIT, RAW_WAITS
from hub.edges.store.patience import BROKEN
from hub.edges.store.pool import connect_alone
from hub.edges.store.statements import statements
from hub.vocabulary.terms import Feed

_log = structlog.get_logger(__name__)
_SQL = statements("relay")

#: Messages moved between two commits.
_BATCH = 1000
#: Brokers take records of 1 MB unless told otherwise; a larger body stays in the database and only its id travels.
_LARGEST_BODY = 500_000
#: How long a relay that heard nothing waits before it looks by itself.
_LOOK_AGAIN_SECONDS = 1.0
_REPUBLISH_EVERY_SECONDS = 5.0
#: A leader that the server does not hear of for this long leads no more: its road may have gone dead.
_SILENT_SECONDS = 6.0
#: How often a leader that has nothing to ask says that it is there.
_SAY_EVERY_SECONDS = 1.5
_RAW_LEAD, _CHANGE_LEAD = 7_140_801, 7_140_802

T = TypeVar("T")
Record = tuple[str, bytes | None, bytes, Sequence[tuple[str, bytes]]]


class Road(Protocol):
    """One thing to move: what waits, and how to note that it is gone."""

    channel: str
    lead: int

    async def waiting(self, connection: asyncpg.Connection) -> tuple[list[Record], list[object]]: ...
    async def moved(self, connection: asyncpg.Connection, ids: list[object], cluster: str) -> None: ...
    async def tend(self, connection: asyncpg.Connection, cluster: str) -> None: ...
    def canaries(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, life: str) -> Canaries | None: ...


class RawRoad:
    """raw_messages → `feed.*`; settled by the decision, published again when nobody did."""

    channel = RAW_WAITS
    lead = _RAW_LEAD

    def __init__(self, paces: CanaryPaces | None = None) -> None:
        self._paces = paces or CanaryPaces()

    def canaries(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, life: str) -> Canaries:
        """They show that these topics are read."""
        return Canaries(connection, producer, life, self._paces)

    async def waiting(self, connection: asyncpg.Connection) -> tuple[list[Record], list[object]]:
        """The next messages in the order they came, with headers that let the worker find them again."""
        rows = await connection.fetch(_SQL["unpublished"], _BATCH, _LARGEST_BODY)
        return [_raw_record(row) for row in rows], [row["id"] for row in rows]

    async def moved(self, connection: asyncpg.Connection, ids: list[object], cluster: str) -> None:
        """Note which life of the broker has them."""
        await connection.execute(_SQL["published"], ids, utc_now(), cluster)

    async def tend(self, connection: asyncpg.Connection, cluster: str) -> None:
        """Put back on the road what an earlier life of the broker lost, or this one."""
        for statement in ("publish_again", "publish_overtaken_again"):
            status = await connection.execute(_SQL[statement], cluster, utc_now())
            if not status.endswith(" 0"):
                count = status.rsplit(" ", 1)[-1]
                _log.warning("raw messages published again", why=statement, count=count, cluster=cluster)


class ChangeRoad:
    """outbox → `changes`; a row goes when the broker has it, the board reconciles what the broker loses."""

    channel = CHANGES_WAIT
    lead = _CHANGE_LEAD

    def canaries(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, life: str) -> None:
        """Screens look at the database themselves."""

    async def waiting(self, connection: asyncpg.Connection) -> tuple[list[Record], list[object]]:
        """The next changes in the order they were decided."""
        rows = await connection.fetch(_SQL["waiting_changes"], _BATCH)
        return [(CHANGES, row["key"].encode(), row["payload"], ()) for row in rows], [row["seq"] for row in rows]

    async def moved(self, connection: asyncpg.Connection, ids: list[object], cluster: str) -> None:
        """Take them off the outbox."""
        await connection.execute(_SQL["changes_sent"], ids)

    async def tend(self, connection: asyncpg.Connection, cluster: str) -> None:
        """Nothing to tend."""


async def run_relay(road: Road, *, database_url: str, kafka: KafkaAccess, cluster: Cluster, metrics: Metrics) -> None:
    """Move one road's messages until cancelled, through any outage of either side."""
    while True:
        try:
            await _lead_and_move(road, database_url=database_url, kafka=kafka, cluster=cluster, metrics=metrics)
        except (*BROKEN, KafkaError) as error:
            metrics.relay_errors.inc()
            _log.warning("relay waits", road=road.channel, error=repr(error))
            await asyncio.sleep(0.3)


async def _lead_and_move(
    road: Road, *, database_url: str, kafka: KafkaAccess, cluster: Cluster, metrics: Metrics
) -> None:
    connection = await connect_alone(database_url, silent_seconds=_SILENT_SECONDS)
    woken = asyncio.Event()
    try:
        if not await connection.fetchval(_SQL["lead"], road.lead):
            await asyncio.sleep(1.0)  # another relay leads; ask again on a new connection
            return
        await connection.add_listener(road.channel, lambda *_: woken.set())
        while True:
            life = await _while_leading(connection, cluster.id())
            if life is None:
                await connection.execute("select 1")
                await asyncio.sleep(0.2)
                continue
            await _move_for(road, connection, life, kafka=kafka, cluster=cluster, metrics=metrics, woken=woken)
    finally:
        with suppress(Exception):
            await connection.close(timeout=2)


async def _move_for(
    road: Road,
    connection: asyncpg.Connection,
    life: str,
    *,
    kafka: KafkaAccess,
    cluster: Cluster,
    metrics: Metrics,
    woken: asyncio.Event,
) -> None:
    """Move during one life of the broker; returns when another begins."""
    producer = AIOKafkaProducer(
        **kafka.options(), acks="all", linger_ms=2, max_batch_size=256 * 1024, request_timeout_ms=5000
    )
    tend_at = asked_at = 0.0
    now = asyncio.get_running_loop().time
    try:
        await _while_leading(connection, producer.start())
        canaries = road.canaries(connection, producer, life)
        while True:
            if now() - asked_at > _LOOK_AGAIN_SECONDS / 2:
                if await _while_leading(connection, cluster.id()) != life:
                    return
                asked_at = now()
            if now() - tend_at > _REPUBLISH_EVERY_SECONDS:
                await road.tend(connection, life)
                tend_at = now()
            if canaries is not None:
                await canaries.turn()
            woken.clear()
            records, ids = await road.waiting(connection)
            if records:
                await _while_leading(connection, _send(producer, records))
                await road.moved(connection, ids, life)
                metrics.relay_published.labels(road.channel).inc(len(ids))
            else:
                await _heard(woken)
    finally:
        with suppress(Exception):
            await asyncio.wait_for(producer.stop(), 2.0)


async def _while_leading(connection: asyncpg.Connection, work: Coroutine[Any, Any, T]) -> T:
    """Do work of another kind, and let the database hear of us meanwhile."""
    task = asyncio.create_task(work)
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=_SAY_EVERY_SECONDS)
            if done:
                return task.result()
            await connection.execute("select 1")
    finally:
        task.cancel()


async def _send(producer: AIOKafkaProducer, records: Sequence[Record]) -> None:
    sent: list[Awaitable[object]] = []
    async with asyncio.timeout(15):
        for topic, key, value, headers in records:
            sent.append(await producer.send(topic, value, key=key, headers=list(headers)))
        await asyncio.gather(*sent)


def _raw_record(row: asyncpg.Record) -> Record:
    headers = [
        ("raw_id", row["id"].bytes),
        ("source", row["source"].encode()),
        ("content_type", row["content_type"].encode()),
        ("received_at", row["received_at"].isoformat().encode()),
    ]
    if row["body"] is None:
        headers.append((BODY_IS_STORED, b"1"))
    return (topic_of(Feed(row["feed"])), row["id"].bytes, row["body"] or b"", headers)


async def _heard(woken: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), _LOOK_AGAIN_SECONDS / 2)
