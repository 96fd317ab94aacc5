"""Real parts for the tests: an embedded PostgreSQL a session, a fresh database a test, an empty broker a test."""

import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from hub.edges.embedded.postgres import EmbeddedPostgres, prepare_postgres
from hub.edges.embedded.processes import end, spawn
from hub.edges.store.migrate import migrate
from hub.edges.store.pool import open_pool
from tests.brokers import RunningBroker, absent, chosen_kinds, empty
from tests.running import RunningHub

# A busy machine makes an example slow, not wrong. With CI set, Hypothesis draws the same examples each time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The server of this session."""
    base = tmp_path_factory.mktemp("postgres")
    server = prepare_postgres(base)
    command = [*server.command(), "-c", "fsync=off", "-c", "full_page_writes=off"]
    process = spawn(command, log=base / "postgres.log", user=server.user, death_signal=signal.SIGINT)
    yield server
    end(process, with_signal=signal.SIGQUIT)


@pytest.fixture
async def postgres_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """URL of an empty, migrated database of this test's own."""
    name = f"t{uuid.uuid4().hex}"
    admin = await open_pool(postgres.url, size=1)
    await admin.execute(f"create database {name}")
    url = postgres.url.replace("/postgres?", f"/{name}?")
    pool = await open_pool(url, size=1)
    await migrate(pool)
    await pool.close()
    yield url
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on this test's database."""
    pool = await open_pool(postgres_url, size=6)
    yield pool
    await pool.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever runs on a broker runs on each of them; what a browser sees is the same on all."""
    if "broker_kind" in metafunc.fixturenames:
        kinds = chosen_kinds()
        if "browser" in metafunc.definition.path.parts or metafunc.definition.get_closest_marker("one_broker"):
            kinds = kinds[:1]
        if metafunc.definition.get_closest_marker("kafka"):
            kinds = ("kafka",)
        metafunc.parametrize("broker_kind", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def broker_kind(request: pytest.FixtureRequest) -> str:
    """`embedded` or `kafka`; fails in CI and skips elsewhere when it cannot run."""
    kind = str(request.param)
    if reason := absent(kind):
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return kind


@pytest.fixture(scope="session")
def running_hub(broker_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One whole hub for the tests that only use it; those that break it start their own."""
    hub = RunningHub(tmp_path_factory.mktemp("running"), {"HUB_BROKER": broker_kind}).start()
    yield hub
    hub.stop()


@pytest.fixture
def start_hub(broker_kind: str, tmp_path: Path) -> Iterator[Callable[..., RunningHub]]:
    """Starts hubs of this test's own."""
    started: list[RunningHub] = []

    def start(environ: Mapping[str, str] | None = None, *arguments: str) -> RunningHub:
        given = {"HUB_BROKER": broker_kind, **(environ or {})}
        hub = RunningHub(tmp_path / f"hub-{len(started)}", given, *arguments)
        started.append(hub)
        return hub.start()

    yield start
    for hub in started:
        if hub.is_alive:
            hub.stop()


@pytest.fixture
def start_broker(broker_kind: str, tmp_path: Path) -> Iterator[Callable[[], RunningBroker]]:
    """Starts brokers of this test's own, to be killed by it."""
    started = []

    def start() -> RunningBroker:
        started.append(RunningBroker(broker_kind, tmp_path).start())
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """The Apache Kafka of this session."""
    broker = RunningBroker("kafka", tmp_path_factory.mktemp("kafka")).start()
    yield broker
    broker.stop()


@pytest.fixture
def hands_on(
    request: pytest.FixtureRequest, broker_kind: str, start_broker: Callable[[], RunningBroker]
) -> RunningBroker:
    """The process behind `broker`."""
    running: RunningBroker = request.getfixturevalue("kafka") if broker_kind == "kafka" else start_broker()
    return running


@pytest.fixture
async def broker(hands_on: RunningBroker) -> str:
    """Bootstrap server of an empty broker: a new embedded one, or the session's Kafka with nothing left in it."""
    await empty(hands_on.url)
    return hands_on.url
