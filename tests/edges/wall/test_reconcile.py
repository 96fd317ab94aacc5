"""The board agrees with the database whatever Kafka does, over a real database and a real broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from hub.edges.activating.edition import standing
from hub.edges.clock import utc_now
from hub.edges.embedded.broker import free_port
from hub.edges.embedded.postgres import EmbeddedPostgres
from hub.edges.kafka_access import KafkaAccess
from hub.edges.metrics import Metrics
from hub.edges.outbox.changes import card_of
from hub.edges.outbox.cluster import Cluster
from hub.edges.store.canaries import note_sent, note_stalled, standings
from hub.edges.store.columns import incident_columns, timeline_columns
from hub.edges.store.pool import open_pool
from hub.edges.store.presence import PRESENT_FOR, Presence, renew
from hub.edges.store.statements import statements
from hub.edges.wall.board import Board
from hub.edges.wall.reconcile import BoardFeeder, Paces
from hub.edges.wall.serving import serve_live
from hub.edges.wall.truth import Truth, feed_health
from hub.settings import Settings
from hub.vocabulary.changes import Change
from hub.vocabulary.incidents import Incident, TimelineEntry
from hub.vocabulary.terms import Feed, IncidentStatus, Severity, Stage, TimelineKind
from hub.vocabulary.why import Why
from tests.brokers import RunningBroker
from tests.builders import a_book, a_city, a_source, an_incident
from tests.edges.wall.cards import NOW, ZONE
from tests.edges.wall.screens import decode, until
from tests.road import Road

pytestmark = pytest.mark.services

#: Nothing is looked up in the database after the first reading: what comes, comes by Kafka.
KAFKA_ONLY = Paces(round_seconds=0.05, agree_seconds=1e6, compare_seconds=1e6)
EAGER = Paces(round_seconds=0.02, agree_seconds=0.0, compare_seconds=1e6)
COMPARING = Paces(round_seconds=0.02, agree_seconds=1e6, compare_seconds=0.0)


def an_open(id: str = "YC1", version: int = 1, **fields: object) -> Incident:
    now = utc_now()
    given = {"opened_at": now, "last_report_at": now, "updated_at": now}
    return an_incident(id, version=version, **{**given, **fields})


async def write(pool: asyncpg.Pool, *incidents: Incident) -> None:
    """As a decision does: each with an entry in its timeline."""
    why = (Why(stage=Stage.FUSE, rule="test", verdict="opened_alone"),)
    entries = [
        TimelineEntry(incident_id=i.id, version=i.version, n=0, at=i.updated_at, kind=TimelineKind.OPENED, why=why)
        for i in incidents
    ]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(statements("settle")["write_incidents"], *incident_columns(incidents))
        await connection.execute(statements("settle")["write_timeline"], *timeline_columns(entries), "test")


async def publish(broker: str, *incidents: Incident) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    try:
        await producer.start()
        for incident in incidents:
            change = Change(card=card_of(incident), kinds=("opened",), at=incident.updated_at, rulebook_version="test")
            await producer.send_and_wait("changes", msgspec.json.encode(change), key=incident.id.encode())
    finally:
        await producer.stop()


@contextlib.asynccontextmanager
async def feeding(
    pool: asyncpg.Pool, kafka_url: str, paces: Paces, sources: Sequence[object] = ()
) -> AsyncIterator[Board]:
    board = Board(epoch="e1", zone=ZONE)
    feeder = BoardFeeder(
        board,
        pool=pool,
        kafka=KafkaAccess(kafka_url),
        cluster=Cluster(KafkaAccess(kafka_url), partitions=3, replication=1),
        rules=standing(a_book(city=a_city(sources=tuple(sources)))),
        poke=lambda: None,
        clock=utc_now,
        metrics=Metrics(),
        paces=paces,
    )
    task = asyncio.create_task(feeder.run())
    try:
        await until(lambda: board.health.reconciled_at is not None or task.done())
        yield board
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.wait({task})


def has(board: Board, id: str, version: int) -> Callable[[], bool]:
    return lambda: board.version(id) == version


def no_broker() -> str:
    return f"127.0.0.1:{free_port()}"


async def test_the_first_reading_has_the_live_and_counts_the_day(pool: asyncpg.Pool) -> None:
    await write(
        pool,
        an_open("A", severity=Severity.I, title="联系人电话13812345678，路灯不亮"),
        an_open("B", point=None, due_at=utc_now(), overdue=True),
        an_open("C", status=IncidentStatus.CLOSED),
        an_open("D", status=IncidentStatus.CLOSED, updated_at=utc_now() - timedelta(days=9)),
        an_open("E", severity=Severity.I, updated_at=utc_now() + timedelta(seconds=1)),
    )
    async with feeding(pool, no_broker(), KAFKA_ONLY) as board:
        snapshot = board.snapshot(utc_now())
    assert [card.id for card in snapshot.cards] == ["E", "A", "B"], "worst first, then latest changed"
    assert "13812345678" not in snapshot.cards[1].title
    assert (snapshot.tiles.live, snapshot.tiles.overdue, snapshot.tiles.closed_today) == (3, 1, 1)


@pytest.mark.broker
async def test_a_change_comes_by_kafka_alone(pool: asyncpg.Pool, broker: str) -> None:
    async with feeding(pool, broker, KAFKA_ONLY) as board:
        await _followed(board, broker)
        await publish(broker, an_open("A"), an_open("B"), an_open("A", 2, status=IncidentStatus.CLOSED))
        await until(has(board, "A", 2))
        await until(has(board, "B", 1))
        assert board.tiles(utc_now()).live == 2, "B and the one that showed the way"


@pytest.mark.broker
async def test_what_cannot_be_read_stops_nothing(pool: asyncpg.Pool, broker: str) -> None:
    async with feeding(pool, broker, KAFKA_ONLY) as board:
        await _followed(board, broker)
        producer = AIOKafkaProducer(bootstrap_servers=broker)
        await producer.start()
        for poison in (b"", b"\x00", b"{}", b'{"type":"change"}', None):
            await producer.send_and_wait("changes", poison, key=b"A")
        await producer.stop()
        await publish(broker, an_open("A"))
        await until(has(board, "A", 1))


@pytest.mark.broker
async def test_a_change_that_kafka_lost_is_found_in_the_database(pool: asyncpg.Pool, broker: str) -> None:
    await write(pool, an_open("A"))
    async with feeding(pool, broker, EAGER) as board:
        await until(lambda: board.health.broker_down_since is None)
        await write(pool, an_open("A", 2, severity=Severity.I), an_open("B"))
        await until(has(board, "A", 2))
        await until(has(board, "B", 1))
        await write(pool, an_open("A", 3, status=IncidentStatus.CLOSED))
        await until(has(board, "A", 3))
        assert [card.id for card in board.snapshot(utc_now()).cards] == ["B"]


async def test_without_a_broker_the_board_says_so_and_stays_right(pool: asyncpg.Pool) -> None:
    alone = msgspec.structs.replace(KAFKA_ONLY, round_seconds=0.02)
    async with feeding(pool, no_broker(), alone) as board:
        await until(lambda: board.health.broker_down_since is not None)
        await write(pool, an_open("A"))
        await until(has(board, "A", 1))


@pytest.mark.broker
async def test_a_broker_that_died_and_came_back_is_followed_again(
    pool: asyncpg.Pool, start_broker: Callable[[], RunningBroker]
) -> None:
    life = start_broker()
    async with feeding(pool, life.url, KAFKA_ONLY) as board:
        await _followed(board, life.url)
        life.kill()
        await until(lambda: board.health.broker_down_since is not None)
        life.start()
        await until(lambda: board.health.broker_down_since is None, within_seconds=60)
        await _followed(board, life.url, "AGAIN")
    left = [task for task in asyncio.all_tasks() if "AIOKafka" in task.get_coro().__qualname__]
    assert left == [], "the consumer of the dead broker is still there"


async def test_a_lost_database_is_told_and_made_up_for(pool: asyncpg.Pool, postgres: EmbeddedPostgres) -> None:
    database = await pool.fetchval("select current_database()")
    road = Road.to_socket(postgres.socket_dir / ".s.PGSQL.5432")
    await road.open()
    through = await open_pool(f"postgresql://postgres@127.0.0.1:{road.port}/{database}", size=2)
    try:
        async with feeding(through, no_broker(), EAGER) as board:
            await road.cut()
            await until(lambda: board.health.store_down_since is not None)
            await write(pool, an_open("A"))
            await road.open()
            await until(lambda: board.health.store_down_since is None)
            await until(has(board, "A", 1))
    finally:
        through.terminate()
        await road.cut()


async def test_a_row_that_came_too_late_is_found_by_comparing(pool: asyncpg.Pool) -> None:
    async with feeding(pool, no_broker(), COMPARING) as board:
        await write(pool, an_open("A", updated_at=NOW - timedelta(days=40)))
        await until(has(board, "A", 1))


async def test_a_database_that_was_set_back_sets_the_board_back(pool: asyncpg.Pool) -> None:
    await write(pool, an_open("A", 7), an_open("B", 3), an_open("C", 2))
    async with feeding(pool, no_broker(), COMPARING) as board:
        assert board.version("A") == 7
        await pool.execute("update incidents set version = 5, status = 'handling' where id = 'A'")
        await pool.execute("update incidents set status = 'closed', version = 4 where id = 'B'")
        await pool.execute("delete from incidents where id = 'C'")
        await until(has(board, "A", 5))
        await until(has(board, "B", 4))
        await until(lambda: board.version("C") is None)
        assert board.tiles(utc_now()).by_status == {"handling": 1}


async def test_feeds_are_told_with_the_silent_ones(pool: asyncpg.Pool) -> None:
    now = utc_now()
    await pool.executemany(
        "insert into feed_counts (feed, last_received_at, received, rejected) values ($1, $2, $3, $4)",
        [("hotline", now, 5, 1), ("grid", now - timedelta(hours=1), 9, 0), ("video", now - timedelta(days=9), 1, 0)],
    )
    rows = await Truth(pool).feeds()
    sources = (
        a_source("h", Feed.HOTLINE, silent_after_seconds=600),
        a_source("g1", Feed.GRID, silent_after_seconds=86_400),
        a_source("g2", Feed.GRID, silent_after_seconds=600),
        a_source("m", Feed.MEDICAL, silent_after_seconds=600),
        a_source("c", Feed.CITY),
    )
    told = {health.feed: health for health in feed_health(sources, rows, now - timedelta(seconds=60), now, {})}
    assert {feed for feed, health in told.items() if health.silent} == {Feed.GRID}
    assert list(told) == [Feed.HOTLINE, Feed.GRID, Feed.MEDICAL, Feed.CITY, Feed.VIDEO]
    assert (told[Feed.HOTLINE].received, told[Feed.HOTLINE].rejected) == (5, 1)
    later = feed_health(sources, rows, now - timedelta(seconds=601), now, {})
    assert {health.feed for health in later if health.silent} == {Feed.GRID, Feed.MEDICAL}


@pytest.mark.broker
async def test_from_change_to_screen(pool: asyncpg.Pool, broker: str) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake

    await write(pool, an_open("A"))
    settings = Settings(kafka_url=broker, live_port=free_port())
    serving = asyncio.create_task(serve_live(settings, standing(a_book()), pool, Metrics()))
    try:
        known: dict[str, int] = {}
        async with asyncio.timeout(60):
            while not serving.done():
                with contextlib.suppress(OSError, InvalidHandshake):
                    wall = await connect(f"ws://127.0.0.1:{settings.live_port}/v1/live", proxy=None)
                    break
            await write(pool, an_open("B"))
            await publish(broker, an_open("B"))
            while known != {"A": 1, "B": 1}:
                known |= {card.id: card.version for card in decode(await wall.recv()).cards}
        serving.cancel()
        async with asyncio.timeout(60):
            await wall.wait_closed()
            assert wall.close_code == 1001
    finally:
        serving.cancel()
        await asyncio.wait({serving})


async def _followed(board: Board, broker: str, id: str = "FIRST") -> None:
    """Wait until changes are followed; those before it are not for us."""
    number = 0
    async with asyncio.timeout(120):  # Apache Kafka takes its time to start on a busy machine
        while board.version(id) is None:
            number += 1
            with contextlib.suppress(Exception):
                await publish(broker, an_open(id, number, updated_at=_soon(number)))
            await asyncio.sleep(0.05)


def _soon(number: int) -> datetime:
    return utc_now() + timedelta(milliseconds=number)


async def test_a_worker_that_no_longer_says_it_is_there_is_told(pool: asyncpg.Pool) -> None:
    async def seen(ago: timedelta) -> None:
        presence = Presence(id="w", rulebook_version="v", partitions=4, started_at=utc_now(), seen_at=utc_now() - ago)
        await renew(pool, presence)

    await seen(timedelta())
    async with feeding(pool, no_broker(), EAGER) as board:
        await until(lambda: board.health.reconciled_at is not None)
        assert board.health.worker_down_since is None
        await seen(PRESENT_FOR * 2)
        await until(lambda: board.health.worker_down_since is not None)
        await seen(timedelta())
        await until(lambda: board.health.worker_down_since is None)


async def test_a_feed_that_stands_still_is_told_until_it_moves(pool: asyncpg.Pool) -> None:
    def stalled(board: Board) -> dict[Feed, datetime]:
        feeds = board.snapshot(utc_now()).feeds
        return {health.feed: health.stalled_since for health in feeds if health.stalled_since is not None}

    sent_at = utc_now() - timedelta(seconds=12)
    async with pool.acquire() as connection:
        await note_sent(connection, "c", [(("feed.grid", 2), 8), (("feed.city", 0), 3)], sent_at)
        async with feeding(pool, no_broker(), EAGER) as board:
            await until(lambda: board.health.reconciled_at is not None)
            assert board.health.feed_stalled_since is None
            still = [row for row in await standings(connection, "c") if row.topic == "feed.grid"]
            await note_stalled(connection, "c", still, utc_now(), restarting=False)
            await until(lambda: board.health.feed_stalled_since == sent_at)
            assert stalled(board) == {Feed.GRID: sent_at}
            await connection.execute("insert into positions values ('c', 'feed.grid', 2, 8)")
            await until(lambda: board.health.feed_stalled_since is None)
            assert stalled(board) == {}
