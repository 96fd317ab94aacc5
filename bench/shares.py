"""A worker that notes what its processor time goes to. It must never differ from `python -m agents` in what it does.

Run as `python -m bench.shares FILE`. Every few milliseconds of processor time the kernel interrupts it, and the place
the main thread has come to is counted: 200 looks a second of work, about 0.2 % of it. The file is written at the end.
"""

import atexit
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import msgspec

from agents.__main__ import main as work

_EVERY_SECONDS = 0.005
#: Parts of a path by what happens there; the innermost frame that is named here counts.
_PLACES = (
    ("/asyncpg/", "PostgreSQL client"),
    ("/hub/stages/normalise/", "decode"),
    ("/hub/stages/classify/", "understand"),
    ("/hub/stages/locate/", "understand"),
    ("/hub/stages/", "decide"),
    ("/hub/edges/store/nearby.py", "read"),
    ("/hub/edges/store/", "write"),
    ("/hub/edges/outbox/", "write"),
    ("/hub/edges/metrics.py", "write"),
    ("/agents/__main__.py", "event loop"),
    ("/agents/understanding.py", "understand"),
    ("/agents/", "hand over"),
    ("/faust/", "faust"),
    ("/mode/", "faust"),
    ("/aiokafka/", "Kafka client"),
)
_UNDERSTAND = frozenset({"understand", "_placed"})
_READ = frozenset({"incident_of"})


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of processor time by place, the consumer's thread apart."""

    seconds: dict[str, float]


class _Looks:
    """Where the main thread was, look by look."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._places: dict[tuple[str, str], str] = {}

    def take(self, number: int, frame: FrameType | None) -> None:
        """Called by the interrupt."""
        while frame is not None:
            code = frame.f_code
            key = (code.co_filename, code.co_name)
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = _place(*key)
            if place:
                self._counts[place] += 1
                return
            frame = frame.f_back
        self._counts["event loop"] += 1

    def shares(self, main_seconds: float, all_seconds: float) -> Shares:
        """The counts as parts of the time that the main thread used."""
        whole = sum(self._counts.values()) or 1
        seconds = {place: count / whole * main_seconds for place, count in self._counts.items()}
        return Shares(seconds={**seconds, "consumer's thread": max(0.0, all_seconds - main_seconds)})


def _place(path: str, function: str) -> str:
    if path.endswith("/hub/pipeline.py"):
        return "understand" if function in _UNDERSTAND else "decide"
    if path.endswith("/columns.py") and function in _READ:
        return "read"
    return next((name for part, name in _PLACES if part in path), "")


def main(arguments: list[str]) -> None:
    """Be a worker, and write the file when it ends."""
    looks = _Looks()
    signal.signal(signal.SIGPROF, looks.take)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_SECONDS, _EVERY_SECONDS)
    begun = (time.thread_time(), time.process_time())

    def write() -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        found = looks.shares(time.thread_time() - begun[0], time.process_time() - begun[1])
        Path(arguments[0]).write_bytes(msgspec.json.encode(found))

    atexit.register(write)
    work()


if __name__ == "__main__":
    main(sys.argv[1:])
