"""A hub whose servers the test holds in its hand: its PostgreSQL, its broker, the roads to both, several workers."""

import asyncio
import contextlib
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import psutil

from hub.edges.clock import utc_now
from hub.edges.embedded.postgres import EmbeddedPostgres, prepare_postgres
from hub.edges.embedded.processes import end, spawn
from hub.edges.store.pool import open_pool
from hub.edges.store.presence import present
from tests.brokers import RunningBroker
from tests.road import Road
from tests.running import RunningHub, wait_until

#: Files of PostgreSQL may grow to this and no further while its disk is full; its log's segments are no larger.
_FULL_AT_BYTES = 1 << 20
_BACK_WITHIN_SECONDS = 60.0


class Town:
    """The parts of one hub. `hub up` keeps one worker, web and live; the rest is the test's, as a city's would be."""

    def __init__(self, folder: Path, broker_kind: str) -> None:
        self._folder = folder
        self._node: EmbeddedPostgres = prepare_postgres(folder, initdb_options=["--wal-segsize=1"])
        self._postgres: subprocess.Popen[bytes] | None = None
        self.store_road = Road.to_socket(self._node.socket_dir / ".s.PGSQL.5432")
        self.broker_road = Road(lambda: asyncio.open_connection("127.0.0.1", self.broker.port))
        self.broker = RunningBroker(broker_kind, folder, road_port=self.broker_road.port)
        self.hub = RunningHub(
            folder,
            {
                "HUB_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{self.store_road.port}/postgres",
                "HUB_KAFKA_URL": f"127.0.0.1:{self.broker_road.port}",
            },
        )
        self._more_workers: list[subprocess.Popen[bytes]] = []

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Town"]:
        """Everything is up inside."""
        await self.store_road.open()
        await self.broker_road.open()
        try:
            self.broker.start()
            await self.start_postgres()
            await asyncio.to_thread(self.hub.start)
            yield self
        finally:
            await self._close()

    async def pool(self) -> asyncpg.Pool:
        """Straight to the database, whatever happens to the road."""
        return await open_pool(self._node.url, size=2)

    async def start_postgres(self) -> None:
        """Start it and wait until it answers; what is left of a killed one may stand in its way for a moment."""
        command = [*self._node.command(), "-c", "fsync=off"]
        async with asyncio.timeout(_BACK_WITHIN_SECONDS):
            while True:
                if self._postgres is None or self._postgres.poll() is not None:
                    log = self._folder / "postgres.log"
                    self._postgres = spawn(command, log=log, user=self._node.user, death_signal=signal.SIGINT)
                try:
                    connection = await asyncpg.connect(self._node.url, timeout=2)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.sleep(0.05)
                else:
                    await connection.close()
                    return

    def end_postgres(self, with_signal: signal.Signals) -> None:
        """kill -9, or a fast shutdown with SIGINT."""
        assert self._postgres is not None
        end(self._postgres, with_signal=with_signal)

    def postgres_processes(self) -> list[psutil.Process]:
        """The server and all its sessions."""
        assert self._postgres is not None
        server = psutil.Process(self._postgres.pid)
        return [server, *server.children(recursive=True)]

    async def widen(self) -> None:
        """Give each report a page of its own: their file is soon longer than a full disk lets be."""
        pool = await self.pool()
        await pool.execute("alter table reports set (fillfactor = 10)")
        await pool.close()

    def fill_disk(self) -> None:
        """No file of PostgreSQL grows beyond a megabyte any more."""
        self._limit_files(_FULL_AT_BYTES)

    def empty_disk(self) -> None:
        """There is room again."""
        self._limit_files(resource.RLIM_INFINITY)

    def said_disk_full(self) -> int:
        """How often PostgreSQL said that it cannot write a file."""
        text = (self._folder / "postgres.log").read_text("utf-8", "replace")
        return text.count("File too large") + text.count("No space left on device")

    def said_waiting(self) -> int:
        """How often a worker said that a batch waits."""
        logs = [self._folder / "hub" / "logs" / "worker.log", *self._folder.glob("worker-*.log")]
        return sum(log.read_text("utf-8", "replace").count("the batch waits") for log in logs)

    def workers(self) -> list[psutil.Process]:
        """Every worker that runs."""
        kept = [psutil.Process(p.pid) for p in self._more_workers if p.poll() is None]
        with contextlib.suppress(LookupError):
            kept.append(self.hub.part("worker"))
        return kept

    async def be(self, workers: int) -> None:
        """Start or end workers beside the one of `hub up` until so many share the partitions."""
        self._more_workers = [process for process in self._more_workers if process.poll() is None]
        while len(self._more_workers) >= workers:
            await asyncio.to_thread(end, self._more_workers.pop())
        while len(self._more_workers) < workers - 1:
            log = self._folder / f"worker-{len(self._more_workers) + 2}.log"
            self._more_workers.append(spawn([sys.executable, "-m", "agents"], log=log, environ=self.hub.environ))
        pool = await self.pool()

        async def they_share() -> bool:
            pids = {process.pid for process in self.workers()}
            here = {int(presence.id.rpartition(":")[2]) for presence in await present(pool, utc_now())}
            return len(pids) == workers and pids <= here

        await wait_until(they_share, within_seconds=_BACK_WITHIN_SECONDS, saying=self.logs)
        await pool.close()

    async def wait_for(self, true: Callable[[], object]) -> None:
        """Wait for a part to be back."""
        await wait_until(true, within_seconds=_BACK_WITHIN_SECONDS, saying=self.logs, every=0.05)

    def logs(self) -> str:
        """The end of everything that was said."""
        return self.hub.logs() + "\n".join(
            f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-3000:]}"
            for path in sorted(self._folder.glob("*.log"))
        )

    def _limit_files(self, bytes_: int) -> None:
        for process in self.postgres_processes():
            with contextlib.suppress(ProcessLookupError):
                _limit(process.pid, bytes_, self._node.user)

    async def _close(self) -> None:
        for process in self._more_workers:
            await asyncio.to_thread(end, process)
        if self.hub.is_alive:
            await asyncio.to_thread(self.hub.stop)
        self.broker.stop()
        if self._postgres is not None:
            await asyncio.to_thread(end, self._postgres, with_signal=signal.SIGINT)
        await self.store_road.cut()
        await self.broker_road.cut()


def _limit(pid: int, bytes_: int, user: str | None) -> None:
    """Limit the files of a process softly. Only its own user may, or who is mightier than root in a container is."""
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))
    except PermissionError:
        soft = "unlimited" if bytes_ == resource.RLIM_INFINITY else str(bytes_)
        subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={soft}:unlimited"], check=False, user=user, group=user)


@contextlib.contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    """SIGSTOP, and SIGCONT whatever happens."""
    try:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
