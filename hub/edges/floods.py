"""Tells once what the Kafka client says sixty times a second while its broker is away. It must never hide
anything else."""

import logging
import re
import threading
import time
from collections.abc import Callable

_LIBRARY = "aiokafka"
#: What it says for want of a connection; whatever else it says passes.
_AWAY = re.compile(
    r"NodeNotReadyError|KafkaConnectionError|Unable connect to|Unable to (?:update|request) metadata|coordinator dead"
    r"|[Cc]onnection (?:refused|reset|closed|at \S+ closed)|Connect call failed|Broken pipe"
)

#: A broker that refuses is not away, even when that ends the connection.
_REFUSES = re.compile(r"uthentication|SASL|SSL|[Cc]ertificate|uthoriz")


class BrokerAway(logging.Filter):
    """One line when the broker goes, one a minute while it is away, one when nothing more was said for a while."""

    def __init__(
        self,
        *,
        every_seconds: float = 60.0,
        quiet_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._every_seconds = every_seconds
        self._quiet_seconds = quiet_seconds
        self._clock = clock
        self._lock = threading.Lock()
        #: When it went, when that was last told, when it was last complained of; None: it is here.
        self._since: float | None = None
        self._told = self._heard = 0.0
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; one that stands for many is written in our words, with the library's after."""
        if not record.name.startswith(_LIBRARY):
            return True
        said = record.getMessage()
        if _REFUSES.search(said) or not _AWAY.search(said):
            return True
        with self._lock:
            self._heard = now = self._clock()
            if self._since is None:
                self._since = self._told = now
                self._left_out = 0
                self._listen(self._quiet_seconds)
                _say_instead(record, f"the broker is away: {said}")
                return True
            if now - self._told < self._every_seconds:
                self._left_out += 1
                return False
            self._told = now
            away = now - self._since
            _say_instead(record, f"the broker is away for {away:.0f} s, {self._left_out} such lines left out: {said}")
            return True

    def _listen(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        with self._lock:
            if self._since is None:
                return
            quiet = self._clock() - self._heard
            if quiet < self._quiet_seconds:
                self._listen(self._quiet_seconds - quiet)
                return
            away, left_out = self._heard - self._since, self._left_out
            self._since = None
        logging.getLogger(__name__).warning(
            "the broker is back: away for %.0f s, %d such lines left out", away, left_out
        )


def _say_instead(record: logging.LogRecord, text: str) -> None:
    record.msg, record.args = text, ()
