"""Apache Kafka with TLS, SCRAM and ACLs: each process of the hub works with its own rights, others get nothing."""

import asyncio
import os
import random
import ssl
import string
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from hub.edges.embedded.broker import free_port
from hub.edges.embedded.processes import end, spawn
from hub.edges.kafka_access import KafkaAccess, kafka_access
from hub.edges.outbox.cluster import Cluster
from hub.settings import Settings, SettingsError
from tests.brokers import absent
from tests.running import wait_until, without_settings
from tests.screen import Screen
from tests.secured_kafka import SecuredKafka

_SPIED = b'{"title": "written by nobody of ours"}'
Spawn = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """One node for this module."""
    if reason := absent("kafka"):
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    kafka = SecuredKafka(tmp_path_factory.mktemp("secured"))
    try:
        asyncio.run(kafka.start())
        yield kafka
    finally:
        kafka.stop()


@pytest.fixture
def start(postgres_url: str, tmp_path: Path) -> Iterator[Spawn]:
    """Starts a process of the hub with settings of its own."""
    started = []

    def start(*command: str, **environ: str) -> subprocess.Popen[bytes]:
        given = {
            **without_settings(),
            "HUB_DATABASE_URL": postgres_url,
            "HUB_DATA_DIR": str(tmp_path / "hub"),
            **environ,
        }
        process = spawn([sys.executable, "-m", *command], log=tmp_path / f"{command[-1]}.log", environ=given)
        started.append(process)
        return process

    yield start
    for process in started:
        end(process, within_seconds=3)


@pytest.fixture
async def told(secured: SecuredKafka, start: Spawn, pool: asyncpg.Pool) -> AsyncIterator[str]:
    """A call that went all the way through a hub whose processes have a user each; the mark in its title."""
    web, live = str(free_port()), str(free_port())
    start("agents", **secured.environ("worker"))
    start("hub.cli", "serve", "--part", "web", "--part", "relay", HUB_WEB_PORT=web, **secured.environ("relay"))
    start("hub.cli", "serve", "--part", "live", HUB_LIVE_PORT=live, **secured.environ("live"))
    title = f"井盖丢失 {_mark()}"
    screen = Screen(f"ws://127.0.0.1:{live}/v1/live")
    following = asyncio.create_task(screen.follow())
    await _post(f"http://127.0.0.1:{web}/v1/feeds/hotline", {"order_id": title, "title": title, "district": "140802"})
    await screen.until(lambda s: any(card.title == title for card in s.cards.values()), within_seconds=120)
    yield title.split()[1]
    following.cancel()
    await asyncio.wait({following})


async def _post(url: str, call: Mapping[str, str]) -> None:
    async with httpx.AsyncClient(timeout=60) as client:

        async def taken() -> bool:
            try:
                return (await client.post(url, json=call)).status_code == 202
            except httpx.TransportError:
                return False

        await wait_until(taken, within_seconds=60)


def _mark() -> str:
    return "".join(random.choices(string.ascii_lowercase, k=12))


async def _read(kafka: KafkaAccess, topic: str, *, sought: str = "", within_seconds: float = 2.0) -> bytes:
    """What it gets, until what is sought is in it. Without the right to a topic aiokafka asks again and again."""
    got = b""
    consumer = AIOKafkaConsumer(**kafka.options(), request_timeout_ms=4_000, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign([TopicPartition(topic, n) for n in range(4)])
        async with asyncio.timeout(within_seconds):
            while not sought or sought.encode() not in got:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    got += b"".join(record.value or b"" for record in records) or b"a canary"
    except (KafkaError, TimeoutError):
        pass
    finally:
        await consumer.stop()
    return got


async def _write(kafka: KafkaAccess, topic: str) -> int:
    """How many of one record it gets rid of."""
    producer = AIOKafkaProducer(**kafka.options(), request_timeout_ms=4_000)
    try:
        await producer.start()
        await producer.send_and_wait(topic, _SPIED, partition=0)
    except KafkaError:
        return 0
    else:
        return 1
    finally:
        await producer.stop()


@pytest.mark.broker
async def test_the_hub_works_with_a_user_for_each_process_and_nobody_else_gets_anything(
    secured: SecuredKafka, told: str, pool: asyncpg.Pool
) -> None:
    assert await pool.fetchval("select count(*) from reports") == 1

    # The call may have been posted twice, when its answer was late.
    async def settled() -> bool:
        return bool(await pool.fetchval("select bool_and(settled_at is not null) from raw_messages"))

    await wait_until(settled, within_seconds=60)
    # The rights are the ones that count, not the addresses: those who have them read and write.
    await _has(secured.access("worker"), "feed.hotline", told)
    await _has(secured.access("live"), "changes", told)
    intruders = {
        "no TLS": KafkaAccess(secured.node.url),
        "no credentials": KafkaAccess(secured.node.url, tls=secured.tls()),
        "a wrong password": secured.access("worker", password="guessed"),
        "a user without rights": secured.access("stranger"),
    }
    for who, kafka in intruders.items():
        for topic in ("feed.hotline", "changes"):
            assert await _read(kafka, topic) == b"", f"{who} reads {topic}"
            assert await _write(kafka, topic) == 0, f"{who} writes {topic}"
        assert await _asked(kafka, "feed.spy") is None, f"{who} makes a topic"
    # Raw messages hold names and telephone numbers: the live server has no right to them, and writes nothing.
    assert await _read(secured.access("live"), "feed.hotline") == b""
    assert await _write(secured.access("worker"), "feed.hotline") == 0
    for topic in ("feed.hotline", "changes"):
        assert _SPIED not in await _read(secured.access("admin"), topic)


async def _has(kafka: KafkaAccess, topic: str, mark: str) -> None:
    assert mark.encode() in await _read(kafka, topic, sought=mark, within_seconds=60)


async def _asked(kafka: KafkaAccess, topic: str) -> str | None:
    cluster = Cluster(kafka, partitions=1, replication=1, topics=(topic,))
    try:
        return await cluster.id()
    finally:
        await cluster.close()


@pytest.mark.broker
async def test_a_node_that_nobody_vouches_for_gets_no_password(secured: SecuredKafka) -> None:
    trusting = secured.access("worker")
    trusting.tls = ssl.create_default_context()
    assert await _asked(trusting, "feed.hotline") is None

    async def answers() -> bool:
        return await _asked(secured.access("worker"), "feed.hotline") is not None

    await wait_until(answers, within_seconds=60)


@pytest.mark.broker
async def test_a_worker_with_a_wrong_password_takes_nothing_and_says_why(
    secured: SecuredKafka, start: Spawn, tmp_path: Path
) -> None:
    worker = start("agents", **secured.environ("worker", password="guessed"))
    log = tmp_path / "agents.log"
    await wait_until(lambda: log.exists() and "Authentication failed" in log.read_text(), within_seconds=60)
    assert worker.poll() is None
    assert "takes messages" not in log.read_text()
    assert "guessed" not in log.read_text()


@pytest.mark.broker
async def test_a_worker_that_may_not_make_its_topics_says_which(
    secured: SecuredKafka, start: Spawn, tmp_path: Path
) -> None:
    start("agents", **secured.environ("stranger"))
    log = tmp_path / "agents.log"
    await wait_until(lambda: log.exists() and "topic feed.city cannot be made" in log.read_text(), within_seconds=60)
    assert "TopicAuthorizationFailed" in log.read_text()
    assert "takes messages" not in log.read_text()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HUB_KAFKA_SECURITY": "ssl"}, "HUB_KAFKA_SECURITY"),
        ({"HUB_KAFKA_SECURITY": "tls", "HUB_KAFKA_URL": ""}, "HUB_KAFKA_URL: needed"),
        ({"HUB_KAFKA_SECURITY": "sasl_tls"}, "HUB_KAFKA_USER: needed"),
        ({"HUB_KAFKA_SECURITY": "sasl_tls", "HUB_KAFKA_USER": "hub"}, "HUB_KAFKA_PASSWORD_FILE: needed"),
        ({"HUB_KAFKA_SECURITY": "tls", "HUB_KAFKA_USER": "hub"}, "HUB_KAFKA_USER: does nothing"),
        ({"HUB_KAFKA_CA_FILE": "/ca.pem"}, "HUB_KAFKA_CA_FILE: does nothing"),
        ({"HUB_KAFKA_MECHANISM": "plain"}, "HUB_KAFKA_MECHANISM"),
        ({"HUB_KAFKA_SECURITY": "tls", "HUB_KAFKA_CA_FILE": "/nowhere.pem"}, "HUB_KAFKA_CA_FILE: cannot be used"),
        ({"HUB_KAFKA_SECURITY": "tls", "HUB_KAFKA_CA_FILE": __file__}, "HUB_KAFKA_CA_FILE: cannot be used"),
        (
            {"HUB_KAFKA_SECURITY": "sasl_tls", "HUB_KAFKA_USER": "hub", "HUB_KAFKA_PASSWORD_FILE": "/nowhere"},
            "HUB_KAFKA_PASSWORD_FILE: cannot be read",
        ),
        (
            {"HUB_KAFKA_SECURITY": "sasl_tls", "HUB_KAFKA_USER": "hub", "HUB_KAFKA_PASSWORD_FILE": os.devnull},
            "HUB_KAFKA_PASSWORD_FILE: is empty",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_by_its_name(environ: Mapping[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        kafka_access(Settings.from_env({"HUB_KAFKA_URL": "kafka:9093", **environ}))
    assert str(error.value).startswith(said)


def test_a_password_is_in_no_text_of_ours(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n", "utf-8")
    settings = Settings(
        kafka_url="kafka:9093",
        kafka_security="sasl_tls",
        kafka_user="hub",
        kafka_password_file=str(tmp_path / "password"),
    )
    kafka = kafka_access(settings)
    assert kafka.options()["sasl_plain_password"] == "s3cret"
    assert "s3cret" not in f"{kafka!r} {settings!r}"
