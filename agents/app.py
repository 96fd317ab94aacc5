"""The worker: all wiring on one screen. It must never decide, and nothing runs at import."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import asyncpg
import faust
import structlog

from agents.clockwork import run_clockwork
from agents.consumer import positioned_consumer
from agents.feeds import FeedWorker
from agents.records import Record, record_of
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.topics import topic_of
from hub.edges.store.patience import BROKEN
from hub.edges.store.pool import open_pool
from hub.edges.store.presence import RENEW_EVERY_SECONDS, Presence, renew
from hub.edges.store.settling import SettlingStore
from hub.rulebook.book import Rulebook
from hub.settings import Settings
from hub.vocabulary.terms import Feed

_log = structlog.get_logger(__name__)

#: Consumer group of every worker.
GROUP = "tongguan"
#: Exit code that asks whoever started the worker to start it again: the broker lost its memory, or faust its way.
RESTART = 75
_STOP_WITHIN_SECONDS = 5.0


async def run_worker(settings: Settings, book: Rulebook, metrics: Metrics, stop: asyncio.Event) -> int:
    """Take messages until `stop` is set (0) or the worker has to be started afresh (RESTART)."""
    cluster = Cluster(settings.kafka_url, partitions=settings.partitions, replication=settings.replication)
    life = await _wait_for_broker(cluster, stop)
    if life is None:
        return 0
    pool = await open_pool(settings.database_url, size=len(Feed) + 2, patience_seconds=None)
    store = SettlingStore(pool)
    app = build_app(settings, partial(store.positions, life))
    worker = FeedWorker(book, store, metrics)
    for feed in Feed:
        _bind(app, feed, worker, life, settings, book)
    clockwork = asyncio.create_task(run_clockwork(store, book, utc_now))
    watch = asyncio.create_task(_watch(cluster, life))
    await app.start()
    presence = asyncio.create_task(_be_present(pool, app, book))
    _log.info("worker ready to take messages", cluster=life, city=book.city.code, rulebook=book.version)
    ended = asyncio.create_task(app.wait_until_stopped())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopping, watch, clockwork}, return_when=asyncio.FIRST_COMPLETED)
    code = 0 if stop.is_set() else RESTART
    # Positions are in PostgreSQL: a stop that hangs in faust loses nothing, so it is cut short.
    cut = threading.Timer(_STOP_WITHIN_SECONDS, os._exit, (code,))
    cut.daemon = True
    cut.start()
    for task in (ended, stopping, clockwork, watch, presence):
        task.cancel()
    with suppress(Exception):
        await app.stop()
    await cluster.close()
    pool.terminate()
    cut.cancel()
    return code


def build_app(settings: Settings, read_positions: Any) -> faust.App:
    """A faust app held right: see decision 2 of the design and `agents.consumer`."""
    app = faust.App(
        GROUP,
        broker=";".join(f"kafka://{server}" for server in settings.kafka_url.split(",")),
        store="memory://",
        value_serializer="raw",
        key_serializer="raw",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_commit_interval=1.0,
        broker_max_poll_records=settings.batch_size * 2,
        stream_processing_timeout=30.0,
        stream_wait_empty=False,
        loglevel=logging.getLevelName(logging.WARNING),
    )
    # The transport looks its consumer's class up on itself.
    vars(app.transport)["Consumer"] = positioned_consumer(read_positions)
    return app


def _bind(app: faust.App, feed: Feed, worker: FeedWorker, life: str, settings: Settings, book: Rulebook) -> None:
    source = next((source.id for source in book.city.sources if source.feed is feed), "")

    async def take_feed(stream: Any) -> None:
        async for events in stream.take_events(settings.batch_size, within=settings.batch_within_seconds):
            records = _records(events, life, source)
            await worker.take(records, life)

    topic = app.topic(topic_of(feed), value_type=bytes, value_serializer="raw", key_serializer="raw")
    app.agent(topic, name=f"agents.{feed.value}", concurrency=1)(take_feed)


def _records(events: Sequence[Any], life: str, source: str) -> list[Record]:
    now = utc_now()
    return [
        record_of(
            cluster=life,
            topic=event.message.topic,
            partition=event.message.partition,
            offset=event.message.offset,
            value=event.message.value or b"",
            headers=_headers(event.message.headers),
            default_source=source,
            now=now,
        )
        for event in events
    ]


def _headers(headers: Any) -> Sequence[tuple[str, bytes]]:
    if not headers:
        return ()
    return list(headers.items()) if isinstance(headers, Mapping) else headers


async def _wait_for_broker(cluster: Cluster, stop: asyncio.Event) -> str | None:
    waited = 0
    while not stop.is_set():
        if (life := await cluster.id()) is not None:
            return life
        if waited % 20 == 0:
            _log.info("waiting for the broker")
        waited += 1
        await asyncio.sleep(0.25)
    return None


async def _watch(cluster: Cluster, life: str) -> None:
    """Returns when the broker runs under another cluster id: what faust knows of it is gone."""
    while True:
        await asyncio.sleep(0.5)
        now = await cluster.id()
        if now is not None and now != life:
            _log.warning("the broker lost its memory; the worker starts afresh", was=life, now=now)
            return


async def _be_present(pool: asyncpg.Pool, app: faust.App, book: Rulebook) -> None:
    started_at = utc_now()
    while True:
        presence = Presence(
            id=f"{socket.gethostname()}:{os.getpid()}",
            rulebook_version=book.version,
            partitions=0 if app.rebalancing else len(app.consumer.assignment()),
            started_at=started_at,
            seen_at=utc_now(),
        )
        with suppress(*BROKEN):
            await renew(pool, presence)
        await asyncio.sleep(RENEW_EVERY_SECONDS)
