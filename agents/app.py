"""The worker: all wiring on one screen. It must never decide, and nothing runs at import."""

import asyncio
import logging
import os
import socket
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import faust
import structlog
from faust.types import TP

from agents.clockwork import run_clockwork
from agents.collecting import spare_the_collector
from agents.consumer import Begin, ReadPositions, positioned_consumer
from agents.continuity import Continuity
from agents.feeds import FeedWorker
from agents.inbox import Inbox
from agents.listening import run_listening
from agents.outages import Outages
from agents.pulse import Pulse
from agents.shortened import forget_shortened
from agents.watchdog import Patience, Reading, Watchdog
from hub.edges.activating.edition import RunningRules
from hub.edges.activating.following import follow_rulebook
from hub.edges.activating.starting import running_rules
from hub.edges.clock import utc_now
from hub.edges.kafka_access import KafkaAccess
from hub.edges.metrics import Metrics
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.topics import FEED_TOPICS, topic_of
from hub.edges.store.activations import Activations
from hub.edges.store.clocks import ClockStore
from hub.edges.store.landing import LandingStore
from hub.edges.store.patience import BROKEN
from hub.edges.store.pool import open_pool
from hub.edges.store.presence import RENEW_EVERY_SECONDS, Presence, renew
from hub.edges.store.settling import SettlingStore
from hub.settings import Settings
from hub.vocabulary.terms import Feed

_log = structlog.get_logger(__name__)

#: Consumer group of every worker.
GROUP = "tongguan"
#: Exit code that asks whoever started the worker to start it again: the broker lost its memory, or faust its way.
RESTART = 75
_STOP_WITHIN_SECONDS = 5.0
#: Fetched of a partition at a time; a larger message comes alone.
_FETCH_BYTES = 128 * 1024
_RUNS_WAITING = 4


async def run_worker(
    settings: Settings,
    kafka: KafkaAccess,
    metrics: Metrics,
    stop: asyncio.Event,
    patience: Patience | None = None,
) -> int:
    """Take messages until `stop` is set (0) or the worker has to be started afresh (RESTART). Raises SettingsError
    when there is no rulebook to decide by."""
    stopping = asyncio.create_task(stop.wait())
    patience = patience or Patience.with_session(settings.session_timeout_seconds)
    pulse = asyncio.create_task(_pulse(patience))
    cluster = Cluster(kafka, partitions=settings.partitions, replication=settings.replication, topics=FEED_TOPICS)
    life = await _life(cluster, stopping)
    if life is None:
        return 0
    pool = await open_pool(settings.database_url, size=len(Feed) + 3, patience_seconds=None)
    rules, store = await running_rules(pool, settings), SettlingStore(pool)
    spare_the_collector()
    await forget_shortened(kafka, store, life)
    continuity, outages = Continuity(), Outages(store, LandingStore(pool))
    app = build_app(settings, kafka, partial(store.positions, life), continuity.begin)
    inboxes = _inboxes(app, settings, rules, life, continuity, FeedWorker(rules, outages, outages, metrics))
    starting = asyncio.create_task(app.start())
    reading = partial(_reads, app, starting)
    watchdog = _watchdog(settings, cluster, life, reading, outages, patience)
    work = {
        stopping,
        pulse,
        *_clocks(store, pool, rules, metrics),
        asyncio.create_task(follow_rulebook(rules, Activations(pool), settings.city)),
        asyncio.create_task(watchdog.run()),
        asyncio.create_task(_run_started(app, starting, life, rules)),
        asyncio.create_task(_be_present(pool, reading, rules)),
        *(asyncio.create_task(inbox.run()) for inbox in inboxes),
    }
    return await _until_one_ends(work, app, cluster, pool, stop)


async def _until_one_ends(
    work: set[asyncio.Task[Any]], app: faust.App, cluster: Cluster, pool: asyncpg.Pool, stop: asyncio.Event
) -> int:
    done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    code = 0 if stop.is_set() else RESTART
    _say_why(done)
    for task in work:
        task.cancel()
    await _end(app, cluster, pool, code)
    return code


def _clocks(store: SettlingStore, pool: asyncpg.Pool, rules: RunningRules, metrics: Metrics) -> set[asyncio.Task[None]]:
    """What happens with time and not with messages."""
    return {
        asyncio.create_task(run_clockwork(store, ClockStore(pool), rules, utc_now, metrics)),
        asyncio.create_task(run_listening(pool, rules, utc_now)),
    }


async def _life(cluster: Cluster, stopping: asyncio.Task[Any]) -> str | None:
    """The cluster id; None when the worker is to stop before a broker answered."""
    asking = asyncio.create_task(cluster.wait())
    await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    return None if stopping.done() else asking.result()


async def _run_started(app: faust.App, starting: asyncio.Task[None], life: str, rules: RunningRules) -> None:
    await starting
    book = rules.book
    _log.info("worker takes messages", cluster=life, city=book.city.code, rulebook=book.version)
    await app.wait_until_stopped()


def build_app(settings: Settings, kafka: KafkaAccess, read_positions: ReadPositions, begin: Begin) -> faust.App:
    """A faust app held right: see decision 2 of the design and `agents.consumer`."""
    app = faust.App(
        GROUP,
        broker=";".join(f"kafka://{server}" for server in kafka.servers.split(",")),
        broker_credentials=_credentials(kafka),
        store="memory://",
        # Nothing is kept there, but faust makes the folder, and the one it was started in need not be writable.
        datadir=str(Path(tempfile.gettempdir()) / f"{GROUP}-{os.getuid()}"),
        value_serializer="raw",
        key_serializer="raw",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        # A connection that leads nowhere is given up after this; faust's own 90 s would be the length of the outage.
        broker_request_timeout=settings.session_timeout_seconds + 1.0,
        broker_rebalance_timeout=settings.session_timeout_seconds,
        broker_commit_interval=1.0,
        broker_max_poll_records=settings.batch_size,
        # aiokafka hands out what it fetched of one partition before the next: with faust's 1 MB, thousands of messages.
        consumer_max_fetch_size=_FETCH_BYTES,
        stream_processing_timeout=30.0,
        stream_wait_empty=False,
        # In runs of records, see `agents.consumer`. One line for all partitions of a feed: what waits in it keeps a
        # quiet partition waiting as well.
        stream_buffer_maxsize=_RUNS_WAITING,
        loglevel=logging.getLevelName(logging.WARNING),
    )
    # The transport looks its consumer's class up on itself.
    vars(app.transport)["Consumer"] = positioned_consumer(read_positions, begin)
    return app


def _credentials(kafka: KafkaAccess) -> faust.SASLCredentials | faust.SSLCredentials | None:
    if kafka.mechanism:
        return faust.SASLCredentials(
            username=kafka.user, password=kafka.password, ssl_context=kafka.tls, mechanism=kafka.mechanism
        )
    return faust.SSLCredentials(kafka.tls) if kafka.tls is not None else None


def _inboxes(
    app: faust.App, settings: Settings, rules: RunningRules, life: str, continuity: Continuity, worker: FeedWorker
) -> list[Inbox]:
    """One inbox a feed, each with its agent; feeds do not wait for each other."""

    async def rewind(topic: str, partition: int, offset: int) -> None:
        tp = TP(topic, partition)
        if tp in app.consumer.assignment():  # or whoever has it now begins where it has to
            await app.consumer.seek_wait({tp: offset})

    inboxes = []
    for feed in Feed:
        inbox = Inbox(
            life,
            default_source=partial(_first_source, rules, feed),
            batch_size=settings.batch_size,
            continuity=continuity,
            worker=worker,
            rewind=rewind,
        )
        _bind(app, feed, inbox)
        inboxes.append(inbox)
    return inboxes


def _first_source(rules: RunningRules, feed: Feed) -> str:
    return next((source.id for source in rules.book.city.sources if source.feed is feed), "")


def _bind(app: faust.App, feed: Feed, inbox: Inbox) -> None:
    """An agent that only hands over: what it has let go of, faust may acknowledge as it likes."""

    async def take_feed(stream: Any) -> None:
        async for event in stream.events():
            await inbox.put(event.message.records)

    topic = app.topic(topic_of(feed), value_type=bytes, value_serializer="raw", key_serializer="raw")
    app.agent(topic, name=f"agents.{feed.value}", concurrency=1)(take_feed)


def _say_why(done: Iterable[asyncio.Task[Any]]) -> None:
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a part of the worker failed", error=repr(error), exc_info=error)


async def _pulse(patience: Patience) -> None:
    listening = os.environ.get("NOTIFY_SOCKET", "")
    await Pulse(listening, hangs_after_seconds=patience.loop, exit_code=RESTART).beat()


def _watchdog(
    settings: Settings, cluster: Cluster, life: str, reading: Reading, outages: Outages, patience: Patience
) -> Watchdog:
    return Watchdog(
        settings.database_url, cluster, life, id=_worker_id(), reading=reading, outages=outages, patience=patience
    )


def _reads(app: faust.App, starting: asyncio.Task[None]) -> tuple[str, ...] | None:
    """The partitions this worker reads, or None while the group shares them out."""
    if app.rebalancing or not starting.done():
        return None
    return tuple(sorted(f"{tp.topic}/{tp.partition}" for tp in app.consumer.assignment()))


def _worker_id() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


async def _be_present(pool: asyncpg.Pool, reading: Reading, rules: RunningRules) -> None:
    started_at = utc_now()
    while True:
        reads = reading() or ()
        presence = Presence(
            id=_worker_id(),
            rulebook_version=rules.book.version,
            partitions=len(reads),
            started_at=started_at,
            seen_at=utc_now(),
            reads=reads,
        )
        with suppress(*BROKEN):
            await renew(pool, presence)
        await asyncio.sleep(RENEW_EVERY_SECONDS)


async def _end(app: faust.App, cluster: Cluster, pool: asyncpg.Pool, code: int) -> None:
    # Positions are in PostgreSQL: a stop that hangs in faust loses nothing, so it is cut short.
    cut = threading.Timer(_STOP_WITHIN_SECONDS, os._exit, (code,))
    cut.daemon = True
    cut.start()
    with suppress(Exception):
        await app.stop()
    await cluster.close()
    pool.terminate()
    cut.cancel()
