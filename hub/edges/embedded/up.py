"""A whole hub in one command: servers, worker, web, live, and on request a simulated day."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec

from hub.edges.activating.starting import check_folder_first, ready_rules
from hub.edges.clock import utc_now
from hub.edges.embedded.broker import EmbeddedBroker, free_port
from hub.edges.embedded.kafka import prepare_kafka
from hub.edges.embedded.postgres import EmbeddedPostgres, prepare_postgres
from hub.edges.embedded.services import Services, forget_services, running_services, write_services
from hub.edges.embedded.supervisor import Part, Supervisor
from hub.edges.kafka_access import kafka_access
from hub.edges.keys import posting_key, read_key_file
from hub.edges.store.migrate import migrate
from hub.edges.store.pool import open_pool
from hub.edges.store.presence import present
from hub.settings import Settings, SettingsError

Tell = Callable[[str], None]

_PATIENCE_SECONDS = 120.0
#: A worker beats once a second, and ends itself after ten without a turn of its loop; then it cannot even do that.
_BEATS_WITHIN_SECONDS = 12.0


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """The simulated day that `hub up --simulate` plays into the hub."""

    rate: float
    seed: int
    #: Moves of tasks a second by simulated bureaus.
    moves: float = 0.0


async def run_hub(settings: Settings, tell: Tell, *, simulation: Simulation | None, stop: asyncio.Event) -> None:
    """Run until `stop`; `tell` gets a line whenever something a person waits for has happened."""
    if (other := running_services(settings)) is not None:
        raise SettingsError(f"a hub runs here already (process {other.pid}): {other.web_url}")
    _ports_are_free(settings)
    if settings.api_keys_file:
        read_key_file(Path(settings.api_keys_file))  # said here, not in the log of the parts that read it
    kafka_access(settings)  # likewise
    check_folder_first(settings)
    supervisor = Supervisor(Path(settings.data_dir) / "logs", tell)
    watch: asyncio.Task[None] | None = None
    try:
        settings = _start_servers(settings, supervisor, tell)
        watch = asyncio.create_task(supervisor.watch(stop))
        await _ready_database(settings, tell)
        _start_parts(settings, supervisor, simulation)
        write_services(settings, _services(settings))
        await _until_up(settings, tell, stop)
        await watch
    finally:
        forget_services(settings)
        tell("stopping")
        if watch is not None:
            watch.cancel()
        await asyncio.to_thread(supervisor.stop)
        tell("stopped; data is kept")


def _ports_are_free(settings: Settings) -> None:
    """Say which port is taken before anything starts, not in a log of a part that cannot."""
    for variable, host, port in (
        ("HUB_WEB_PORT", settings.web_host, settings.web_port),
        ("HUB_LIVE_PORT", settings.live_host, settings.live_port),
    ):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise SettingsError(
                    f"{variable}: {host}:{port} cannot be used ({error.strerror}); set another"
                ) from None


def _start_servers(settings: Settings, supervisor: Supervisor, tell: Tell) -> Settings:
    if not settings.database_url:
        tell("preparing PostgreSQL")
        postgres = prepare_postgres(Path(settings.data_dir))
        supervisor.start(_postgres_part(postgres))
        settings = msgspec.structs.replace(settings, database_url=postgres.url)
    if not settings.kafka_url:
        settings = msgspec.structs.replace(settings, kafka_url=_start_broker(settings, supervisor, tell))
    return settings


def _start_broker(settings: Settings, supervisor: Supervisor, tell: Tell) -> str:
    """Start the broker of the settings; returns its bootstrap server."""
    port = settings.broker_port or free_port(besides=(settings.web_port, settings.live_port))
    if settings.broker == "kafka":
        tell("preparing Apache Kafka")
        node = prepare_kafka(Path(settings.data_dir), port=port)
        supervisor.start(Part(name="broker", command=node.command))  # its memory is bounded by its heap
        return node.url
    broker = EmbeddedBroker(port=port)
    supervisor.start(Part(name="broker", command=broker.command, limit_mib=settings.broker_limit_mib))
    return broker.url


def _postgres_part(postgres: EmbeddedPostgres) -> Part:
    # SIGINT is PostgreSQL's fast shutdown: it ends its sessions and writes a checkpoint.
    return Part(name="postgres", command=postgres.command, user=postgres.user, stop_signal=signal.SIGINT)


def _start_parts(settings: Settings, supervisor: Supervisor, simulation: Simulation | None) -> None:
    environ = {**os.environ, **_environ(settings)}
    hub = [sys.executable, "-m", "hub.cli"]

    def start(name: str, *command: str, may_finish: bool = False, beats: float = 0.0, **extra: str) -> None:
        part = Part(
            name=name,
            command=lambda: command,
            environ={**environ, **extra},
            may_finish=may_finish,
            beats_within_seconds=beats,
        )
        supervisor.start(part)

    for number in range(settings.workers):
        name = f"worker-{number + 1}" if settings.workers > 1 else "worker"
        start(name, sys.executable, "-m", "agents", beats=_BEATS_WITHIN_SECONDS)
    start("web", *hub, "serve", "--part", "web", "--part", "relay")
    start("live", *hub, "serve", "--part", "live")
    if simulation is not None:
        day = ("--rate", str(simulation.rate), "--seed", str(simulation.seed), "--moves", str(simulation.moves))
        key = posting_key(Path(settings.api_keys_file)) if settings.api_keys_file else None
        # By the environment: a command line is there for everybody to read.
        start("simulate", *hub, "simulate", "--url", _web_url(settings), *day, may_finish=True, TONGGUAN_KEY=key or "")


def _environ(settings: Settings) -> dict[str, str]:
    """The settings as a child reads them, defaults left out."""
    default = Settings()
    return {
        f"HUB_{name.upper()}": str(getattr(settings, name))
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(default, name)
    }


async def _ready_database(settings: Settings, tell: Tell) -> None:
    pool = await open_pool(settings.database_url, size=1, patience_seconds=_PATIENCE_SECONDS, statement_seconds=600)
    try:
        steps = await migrate(pool)
        tell(f"database ready{f', {len(steps)} migrations applied' if steps else ''}")
        await ready_rules(pool, settings, tell)
    finally:
        await pool.close()


async def _until_up(settings: Settings, tell: Tell, stop: asyncio.Event) -> None:
    waits = {
        "broker": asyncio.create_task(_answers(_broker_answers, settings, stop)),
        "web": asyncio.create_task(_answers(_web_answers, settings, stop)),
        "live": asyncio.create_task(_answers(_live_answers, settings, stop)),
        "worker": asyncio.create_task(_answers(_worker_answers, settings, stop)),
    }
    for name, wait in waits.items():
        if not await wait and not stop.is_set():
            tell(f"{name} is not up after {_PATIENCE_SECONDS:.0f} s; see {settings.data_dir}/logs/{name}.log")
        elif not stop.is_set():
            tell(f"{name} is up")
    if not stop.is_set():
        write_services(settings, msgspec.structs.replace(_services(settings), up=True))
        tell(f"READY {_web_url(settings)}")


async def _answers(question: Callable[[Settings], Awaitable[None]], settings: Settings, stop: asyncio.Event) -> bool:
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while not stop.is_set() and asyncio.get_running_loop().time() < deadline:
        try:
            await question(settings)
        except Exception:
            await asyncio.sleep(0.1)
        else:
            return True
    return False


async def _broker_answers(settings: Settings) -> None:
    # A bare connection: a Kafka client writes an error for every attempt while the broker starts.
    host, _, port = settings.kafka_url.split(",")[0].rpartition(":")
    _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    writer.close()


async def _web_answers(settings: Settings) -> None:
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        (await client.get(f"{_web_url(settings)}/readyz")).raise_for_status()


async def _live_answers(settings: Settings) -> None:
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        answer = await client.get(f"http://{_local(settings.live_host)}:{settings.live_port}/healthz")
        answer.raise_for_status()


async def _worker_answers(settings: Settings) -> None:
    pool = await open_pool(settings.database_url, size=1, patience_seconds=2)
    try:
        if not await present(pool, utc_now()):
            raise TimeoutError("no worker has partitions yet")
    finally:
        await pool.close()


def _services(settings: Settings) -> Services:
    return Services(
        pid=os.getpid(),
        database_url=settings.database_url,
        kafka_url=settings.kafka_url,
        web_url=_web_url(settings),
        city=settings.city,
        live_url=settings.live_url or f"ws://{_local(settings.live_host)}:{settings.live_port}/v1/live",
    )


def _web_url(settings: Settings) -> str:
    return f"http://{_local(settings.web_host)}:{settings.web_port}"


def _local(host: str) -> str:
    """An address at which this machine reaches itself."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
