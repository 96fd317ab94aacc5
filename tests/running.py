"""A real hub for tests: `hub up` in a folder of its own, on free ports, with a hand on each of its processes."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import httpx
import psutil

from hub.edges.embedded.broker import free_port
from hub.edges.embedded.services import Services, running_services
from hub.edges.store.pool import open_pool
from hub.settings import Settings

#: Words in the command line of each part; of the broker, by its kind.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgres", "-D"),
    "embedded": ("tansu", "broker"),
    "kafka": ("kafka.Kafka", "server.properties"),
    "worker": ("-m", "agents"),
    "web": ("--part", "web"),
    "live": ("--part", "live"),
    "simulate": ("hub.cli", "simulate"),
}


def without_settings() -> dict[str, str]:
    """The environment of this process without any setting of the hub, to add a test's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}


class RunningHub:
    """`hub up` as a child process."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *arguments: str) -> None:
        self.folder = folder
        self.environ = {
            **without_settings(),
            "HUB_DATA_DIR": str(folder / "hub"),
            "HUB_WEB_PORT": str(free_port()),
            "HUB_LIVE_PORT": str(free_port()),
            **environ,
        }
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """The settings it was started with."""
        return Settings.from_env(self.environ)

    @property
    def web_url(self) -> str:
        """Where the web server answers."""
        return f"http://127.0.0.1:{self.environ['HUB_WEB_PORT']}"

    @property
    def live_url(self) -> str:
        """Where the screens connect."""
        return f"ws://127.0.0.1:{self.environ['HUB_LIVE_PORT']}/v1/live"

    @property
    def services(self) -> Services:
        """Where its servers are."""
        services = running_services(self.settings)
        assert services is not None, self.logs()
        return services

    @property
    def is_alive(self) -> bool:
        """Whether `hub up` itself still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> "RunningHub":
        """Start it and wait until every part is up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "up.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub.cli", "up", *self._arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environ,
                start_new_session=True,
            )
        try:
            wait_for(self._is_ready, within_seconds=240, saying=self.logs)
        except BaseException:
            self.kill_supervisor()  # or it would run on beside all the tests that follow
            raise
        return self

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does, and wait; returns its exit code."""
        assert self._process is not None
        children = self.children()
        self._process.send_signal(with_signal)
        code = self._process.wait(90)
        _, left = psutil.wait_procs(children, timeout=60)
        assert not left, f"left behind: {[child.cmdline() for child in left]}"
        return code

    def children(self) -> list[psutil.Process]:
        """Every process it started."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def part(self, name: str) -> psutil.Process:
        """The present process of a part."""
        words = _PARTS[self.settings.broker if name == "broker" else name]
        for child in psutil.Process(self._process.pid).children() if self._process else ():
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if all(word in line for word in words):
                return child
        raise LookupError(f"{name} is not running")

    def kill(self, name: str) -> int:
        """kill -9 a part; returns the process id that is no more. One that is just being started anew is waited for."""
        killed: list[int] = []

        def found() -> bool:
            with contextlib.suppress(LookupError, psutil.NoSuchProcess):
                process = self.part(name)
                process.kill()
                killed.append(process.pid)
            return bool(killed)

        wait_for(found, within_seconds=60, saying=self.logs)
        return killed[0]

    def kill_supervisor(self) -> None:
        """kill -9 `hub up` itself."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def post(self, feed: str, payload: object, **headers: str) -> httpx.Response:
        """Post one message to the intake door."""
        content = payload if isinstance(payload, bytes) else None
        json = None if content is not None else payload
        kind = {} if json is not None else {"content-type": "application/json"}
        return httpx.post(
            f"{self.web_url}/v1/feeds/{feed}", content=content, json=json, headers={**kind, **headers}, timeout=60
        )

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        """Ask the API."""
        return httpx.get(f"{self.web_url}{path}", params=parameters, timeout=60)

    async def pool(self) -> asyncpg.Pool:
        """A pool on its database."""
        return await open_pool(self.services.database_url, size=2)

    def execute(self, statement: str) -> str:
        """One statement on its database, for a test without a loop; returns its status."""

        async def job() -> str:
            pool = await self.pool()
            status = await pool.execute(statement)
            await pool.close()
            return str(status)

        # A thread of its own: playwright runs a loop in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, job()).result()

    def logs(self) -> str:
        """The end of everything it said."""
        texts = [self.folder / "up.log", *sorted((self.folder / "hub" / "logs").glob("*.log"))]
        return "\n".join(f"--- {p.name}\n{p.read_text('utf-8', 'replace')[-3000:]}" for p in texts if p.exists())

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.logs()
        said = (self.folder / "up.log").read_text("utf-8", "replace")
        assert "is not up" not in said, self.logs()
        return "is running" in said


async def wait_until(
    true: Callable[[], object], *, within_seconds: float, saying: Callable[[], str] = lambda: "", every: float = 0.1
) -> None:
    """Ask until the answer is true; fails with what `saying` says."""
    deadline = asyncio.get_running_loop().time() + within_seconds
    while True:
        answer = true()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not true after {within_seconds} s\n{saying()}")
        await asyncio.sleep(every)


def wait_for(true: Callable[[], object], *, within_seconds: float, saying: Callable[[], str] = lambda: "") -> None:
    """`wait_until` for a test without a loop."""
    deadline = time.monotonic() + within_seconds
    pause = threading.Event()
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not true after {within_seconds} s\n{saying()}")
        pause.wait(0.1)
