"""Keeps the parts of a hub running and ends them all. It must never leave a child behind, however it dies itself."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil
import structlog

from hub.edges.embedded.beats import Beats
from hub.edges.embedded.processes import end, spawn

_log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 0.1
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.1, 5.0
#: A part that ran this long is healthy again: its next restart is quick.
_HEALTHY_AFTER_SECONDS = 30.0
_MEMORY_EVERY_SECONDS = 2.0
#: What a part that hangs has to write down where it hangs.
_LAST_WORDS_SECONDS = 1.0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the hub. `command` is asked anew at every start."""

    name: str
    command: Callable[[], Sequence[str]]
    environ: Mapping[str, str] | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    #: Resident memory in MiB after which it is started afresh; 0: no limit.
    limit_mib: int = 0
    #: A part that ends by itself with 0 has done its work.
    may_finish: bool = False
    #: It shows signs of life by `sd_notify`; without one for so long it hangs and is started afresh. 0: it shows none.
    beats_within_seconds: float = 0.0


class _Running:
    """A part and its present process."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.wait_seconds = _FIRST_WAIT_SECONDS
        self.finished = False
        self.beats = Beats(part.beats_within_seconds) if part.beats_within_seconds else None
        self.kill_at = 0.0


class Supervisor:
    """Starts parts in order, restarts those that end, stops them in reverse order."""

    def __init__(self, log_dir: Path, tell: Callable[[str], None]) -> None:
        self._log_dir = log_dir
        self._tell = tell
        self._running: list[_Running] = []
        self._looked_at_memory = 0.0

    def start(self, part: Part) -> None:
        """Start a part; from now on it is kept running."""
        running = _Running(part)
        self._running.append(running)
        self._launch(running)

    def pid(self, name: str) -> int | None:
        """Process id of a part, when it runs."""
        process = next((r.process for r in self._running if r.part.name == name), None)
        return process.pid if process is not None and process.poll() is None else None

    async def watch(self, stop: asyncio.Event) -> None:
        """Restart what ends, until `stop` is set."""
        while not stop.is_set():
            for running in self._running:
                self._look_at(running)
                self._listen_to(running)
            self._look_at_memory()
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """End every part, the last started first."""
        for running in reversed(self._running):
            if running.process is not None:
                end(running.process, with_signal=running.part.stop_signal)
            if running.beats is not None:
                running.beats.close()
        self._running.clear()

    def _launch(self, running: _Running) -> None:
        part, environ = running.part, running.part.environ
        running.kill_at = 0.0
        if running.beats is not None:
            running.beats.expect(_now())
            environ = {**(os.environ if environ is None else environ), **running.beats.environ}
        running.process = spawn(
            part.command(),
            log=self._log_dir / f"{part.name}.log",
            environ=environ,
            user=part.user,
            death_signal=part.stop_signal,
        )
        running.started_at = _now()

    def _look_at(self, running: _Running) -> None:
        if running.finished or running.process is None or (code := running.process.poll()) is None:
            return
        if running.part.may_finish and code == 0:
            running.finished = True
            return
        if not running.start_again_at:
            if _now() - running.started_at > _HEALTHY_AFTER_SECONDS:
                running.wait_seconds = _FIRST_WAIT_SECONDS
            running.start_again_at = _now() + running.wait_seconds
            running.wait_seconds = min(running.wait_seconds * 2, _LONGEST_WAIT_SECONDS)
            log = self._log_dir / f"{running.part.name}.log"
            self._tell(f"{running.part.name} ended ({_reason(code)}) and is started again; {log}: {_last_line(log)}")
        elif _now() >= running.start_again_at:
            running.start_again_at = 0.0
            self._launch(running)

    def _listen_to(self, running: _Running) -> None:
        """End a part that hangs, after it has written down where: a stopped process cannot even do that."""
        if running.beats is None or running.process is None or running.process.poll() is not None:
            return
        if running.kill_at:
            if _now() >= running.kill_at:
                running.process.kill()
        elif running.beats.silent(_now()):
            seconds = running.part.beats_within_seconds
            self._tell(f"{running.part.name} hangs: no sign of life for {seconds:.0f} s; it is ended")
            running.process.send_signal(signal.SIGABRT)
            running.kill_at = _now() + _LAST_WORDS_SECONDS

    def _look_at_memory(self) -> None:
        if _now() - self._looked_at_memory < _MEMORY_EVERY_SECONDS:
            return
        self._looked_at_memory = _now()
        for running in self._running:
            if running.part.limit_mib and running.process is not None and running.process.poll() is None:
                used_mib = _resident_mib(running.process.pid)
                if used_mib > running.part.limit_mib:
                    self._tell(f"{running.part.name} holds {used_mib} MiB; recycling it")
                    end(running.process, with_signal=running.part.stop_signal)


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 2000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:300] if lines else ""


def _resident_mib(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss) >> 20
    except psutil.Error:
        return 0


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _now() -> float:
    return asyncio.get_running_loop().time()
