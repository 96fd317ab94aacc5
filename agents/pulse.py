"""Shows from outside that the worker's event loop turns, and ends the process when it does not. It must never depend on
that loop.

A thread counts its own ticks, not a clock: a process that was stopped and goes on is not a process that hangs.
"""

import asyncio
import faulthandler
import os
import socket
import sys
import threading
from contextlib import suppress

import structlog

_log = structlog.get_logger(__name__)

_TICK_SECONDS = 1.0


class Pulse:
    """Signs of life. To the supervisor, or systemd, by the protocol of `sd_notify`; to its own thread by a mark."""

    def __init__(self, notify_socket: str, *, hangs_after_seconds: float, exit_code: int) -> None:
        self._notify_socket = notify_socket
        self._most_missed = hangs_after_seconds / _TICK_SECONDS
        self._exit_code = exit_code
        self._turned = True

    async def beat(self) -> None:
        """Beat until cancelled."""
        # Without a GIL to wait for: what a supervisor's SIGABRT finds running is written to the log.
        faulthandler.enable()
        threading.Thread(target=self._watch, name="pulse", daemon=True).start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            while True:
                self._turned = True
                if self._notify_socket:
                    with suppress(OSError):
                        sender.sendto(b"WATCHDOG=1", self._notify_socket.replace("@", "\0", 1))
                await asyncio.sleep(_TICK_SECONDS)

    def _watch(self) -> None:
        missed = 0
        pause = threading.Event()
        while missed < self._most_missed:
            pause.wait(_TICK_SECONDS)
            missed = 0 if self._turned else missed + 1
            self._turned = False
        _log.error("the event loop hangs; the worker starts afresh", seconds=missed * _TICK_SECONDS)
        faulthandler.dump_traceback(sys.stderr, all_threads=True)
        os._exit(self._exit_code)
