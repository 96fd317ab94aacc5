"""Notices that this worker no longer takes what it should, and ends it. It must never do so for another's outage.

Asks PostgreSQL on a connection of its own how the canaries stand: whatever is stuck on the way of a message (fetcher,
agent, inbox, pool, transaction), the position behind the canary does not come.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import asyncpg
import msgspec
import structlog

from agents.outages import Outages
from hub.edges.clock import utc_now
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.standstill import PATIENCE_SECONDS, Standstill
from hub.edges.store.canaries import Partition, Reader, Standing, name_of, note_stalled, readers, standings
from hub.edges.store.patience import BROKEN

_log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 0.5
_ASK_WITHIN_SECONDS = 5.0
#: Each worker that started afresh without helping a partition doubles the patience of the next, up to this.
_LONGEST_PATIENCE_SECONDS = 300.0
#: Offsets a partition moves between two looks when it carries more than canaries.
_A_BACKLOG = 5


class Reading(Protocol):
    """What the worker reads now, as faust says."""

    def __call__(self) -> tuple[str, ...] | None:
        """Names of the partitions, or None while they are being shared out."""
        ...


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long what may last, in seconds."""

    #: A partition of our own without progress.
    own: float = PATIENCE_SECONDS
    #: The same while the worker works off a backlog in others: faust lets some wait.
    busy: float = 3 * PATIENCE_SECONDS
    #: A partition that no worker reads: sharing out takes a session or two.
    orphan: float
    #: Sharing out itself.
    sharing: float
    #: The event loop without a turn.
    loop: float = 10.0

    @classmethod
    def with_session(cls, session_seconds: float) -> "Patience":
        """For a group whose members are given up after `session_seconds`."""
        return cls(orphan=PATIENCE_SECONDS + 2 * session_seconds, sharing=30.0 + 5 * session_seconds)


class Watchdog:
    """Watches one worker. `run` returns when it has to be started afresh."""

    def __init__(
        self,
        database_url: str,
        cluster: Cluster,
        life: str,
        *,
        id: str,
        reading: Reading,
        outages: Outages,
        patience: Patience,
    ) -> None:
        self._database_url = database_url
        self._cluster = cluster
        self._life = life
        self._id = id
        self._reading = reading
        self._outages = outages
        self._patience = patience
        self._standstill = Standstill()
        self._connection: asyncpg.Connection | None = None
        self._reads: tuple[str, ...] | None = None
        self._sharing_since = _now()
        self._read_to: dict[Partition, int] = {}
        self._busy_at = float("-inf")

    async def run(self) -> None:
        """Look until something stands still, or the broker is another one."""
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
                life = await self._cluster.id()
                if life is None:
                    self._excuse()
                elif life != self._life:
                    _log.warning("the broker lost its memory; the worker starts afresh", was=self._life, now=life)
                    return
                elif await self._stands_still():
                    return
        finally:
            self._hang_up()

    async def _stands_still(self) -> bool:
        try:
            async with asyncio.timeout(_ASK_WITHIN_SECONDS):
                still = await self._look()
                if still:
                    await note_stalled(await self._connected(), self._life, still, utc_now(), restarting=True)
        except BROKEN as error:
            _log.debug("the watchdog waits for the database", error=repr(error))
            self._hang_up()
            self._excuse()
            return False
        if still:
            names = [name_of(row.key) for row in still]
            _log.error("partitions stand still; the worker starts afresh", partitions=names)
            return True
        return self._shares_for_ever()

    async def _look(self) -> list[Standing]:
        connection = await self._connected()
        rows = await standings(connection, self._life)
        others = await readers(connection, utc_now())
        reads = self._reading()
        if self._outages.seen():
            self._excuse()
        if reads != self._reads or reads is None:
            # Whoever reads anew has the whole patience before it.
            self._standstill.excuse()
            self._reads = reads
        if reads is None:
            return []
        self._sharing_since = _now()
        owner = {name: reader.id for reader in others for name in reader.reads if reader.id != self._id}
        owner |= dict.fromkeys(reads, self._id)
        for_orphans = "" if _eldest(others) == self._id else "another worker"

        def owner_of(row: Standing) -> str:
            return owner.get(name_of(row.key), for_orphans)

        mine = [row for row in rows if owner_of(row) in (self._id, "")]
        read_to = {row.key: row.read_to for row in mine}
        if any(offset - self._read_to.get(key, offset) >= _A_BACKLOG for key, offset in read_to.items()):
            self._busy_at = _now()
        self._read_to = read_to
        return self._standstill.look(mine, _now(), patience=self._patience_for, owner=owner_of)

    def _patience_for(self, row: Standing) -> float:
        own = self._patience.busy if _now() - self._busy_at < self._patience.own else self._patience.own
        first = own if name_of(row.key) in (self._reads or ()) else self._patience.orphan
        return float(min(first * 2 ** min(row.restarts, 16), _LONGEST_PATIENCE_SECONDS))

    def _shares_for_ever(self) -> bool:
        if _now() - self._sharing_since < self._patience.sharing:
            return False
        _log.error("partitions are shared out without an end; the worker starts afresh")
        return True

    def _excuse(self) -> None:
        self._standstill.excuse()
        self._sharing_since = _now()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._database_url, command_timeout=_ASK_WITHIN_SECONDS)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.terminate()
        self._connection = None


def _eldest(alive: Sequence[Reader]) -> str:
    """Who answers for a partition that nobody reads: one worker, and after it has started afresh another."""
    return alive[0].id if alive else ""


def _now() -> float:
    return asyncio.get_running_loop().time()
