"""Real parts for the tests: an embedded PostgreSQL a session, a fresh database a test, an embedded broker a test."""

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from hub.edges.embedded.broker import EmbeddedBroker, free_port
from hub.edges.embedded.postgres import EmbeddedPostgres, prepare_postgres
from hub.edges.embedded.processes import end, spawn
from hub.edges.store.migrate import migrate
from hub.edges.store.pool import open_pool
from tests.running import RunningHub


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


@pytest.fixture(scope="session")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One whole hub for the tests that only use it; those that break it start their own."""
    hub = RunningHub(tmp_path_factory.mktemp("running"), {}).start()
    yield hub
    hub.stop()


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[Callable[..., RunningHub]]:
    """Starts hubs of this test's own."""
    started: list[RunningHub] = []

    def start(environ: Mapping[str, str] | None = None, *arguments: str) -> RunningHub:
        hub = RunningHub(tmp_path / f"hub-{len(started)}", environ or {}, *arguments)
        started.append(hub)
        return hub.start()

    yield start
    for hub in started:
        if hub.is_alive:
            hub.stop()


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts an embedded broker on a port (0: a free one) and returns its bootstrap server."""
    started = []

    def start(port: int = 0) -> str:
        broker = EmbeddedBroker(port=port or free_port())
        started.append(spawn(broker.command(), log=tmp_path / "broker.log"))
        return broker.url

    yield start
    for process in started:
        end(process)


@pytest.fixture
async def broker(start_broker: Callable[..., str]) -> str:
    """Bootstrap server of a broker of this test's own."""
    url = start_broker()
    async with asyncio.timeout(10):
        while True:
            admin = AIOKafkaAdminClient(bootstrap_servers=url)
            try:
                await admin.start()
            except Exception:
                await admin.close()
                await asyncio.sleep(0.02)
            else:
                await admin.close()
                return url
