"""Commits together what callers hand in while a commit is under way. It must never answer a caller before its commit.

A caller that comes while nothing is under way is committed at once and alone; the others share the next transaction.
They share nothing else: a message that PostgreSQL refuses fails its own caller, and a caller that goes away takes no
other along.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import msgspec
import structlog

from hub.edges.store.patience import BROKEN
from hub.ports import Overloaded, RawStore
from hub.vocabulary.messages import RawMessage

#: What a raw message takes beside its body.
_HEAD_BYTES = 512

_log = structlog.get_logger(__name__)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is committed together, and how much may wait."""

    #: Messages and bytes after which a transaction takes no further caller in.
    most_messages: int = 500
    most_bytes: int = 2 * 1024 * 1024
    #: Callers and bytes that may wait; whoever comes then is told so.
    most_callers_waiting: int = 1_000
    most_bytes_waiting: int = 64 * 1024 * 1024


class _Parcel:
    """What one caller handed in."""

    def __init__(self, messages: Sequence[RawMessage]) -> None:
        self.messages = messages
        self.size_bytes = sum(_HEAD_BYTES + len(message.body) for message in messages)
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answer(self, error: BaseException | None) -> None:
        """Tell the caller, if it is still there."""
        if self.committed.done():
            return
        if error is None:
            self.committed.set_result(None)
        else:
            self.committed.set_exception(error)


class GatheredLanding:
    """`RawStore` over another one, which it calls once for many callers."""

    def __init__(self, store: RawStore, bounds: Bounds | None = None) -> None:
        self._store = store
        self._bounds = bounds or Bounds()
        self._waiting: deque[_Parcel] = deque()
        self._waiting_bytes = 0
        self._committing: asyncio.Task[None] | None = None

    async def land(self, messages: Sequence[RawMessage]) -> None:
        """Commit the messages; returns when they are durable. Raises `Overloaded` when too much waits already."""
        parcel = _Parcel(messages)
        bounds = self._bounds
        full = self._waiting_bytes + parcel.size_bytes > bounds.most_bytes_waiting
        if self._waiting and (full or len(self._waiting) >= bounds.most_callers_waiting):
            raise Overloaded
        self._waiting.append(parcel)
        self._waiting_bytes += parcel.size_bytes
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        await parcel.committed

    async def _commit_all(self) -> None:
        """Commit until nobody waits."""
        group: list[_Parcel] = []
        try:
            while group := self._next_group():
                await self._commit(group)
        except BaseException as error:
            # We are stopped: nobody may wait for ever for a commit that will not come.
            for parcel in (*group, *self._waiting):
                parcel.answer(ConnectionAbortedError("the door closes"))
            self._waiting.clear()
            self._waiting_bytes = 0
            if not isinstance(error, asyncio.CancelledError):
                _log.error("landing failed", exc_info=error)
            raise

    def _next_group(self) -> list[_Parcel]:
        group: list[_Parcel] = []
        messages = size_bytes = 0
        while self._waiting and messages < self._bounds.most_messages and size_bytes < self._bounds.most_bytes:
            parcel = self._waiting.popleft()
            self._waiting_bytes -= parcel.size_bytes
            if parcel.committed.done():
                continue  # its caller went away and was told nothing
            group.append(parcel)
            messages += len(parcel.messages)
            size_bytes += parcel.size_bytes
        return group

    async def _commit(self, group: Sequence[_Parcel]) -> None:
        """Commit a group. Halved when something in it cannot be stored, until that is alone."""
        try:
            await self._store.land([message for parcel in group for message in parcel.messages])
        except Exception as error:
            if len(group) == 1 or isinstance(error, BROKEN):
                for parcel in group:
                    parcel.answer(error)
                return
            middle = len(group) // 2
            await self._commit(group[:middle])
            await self._commit(group[middle:])
            return
        for parcel in group:
            parcel.answer(None)
