"""Keeps the board in agreement with PostgreSQL, with Kafka for speed. It must never end because one of them is away."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec
import structlog

from hub.edges.activating.edition import RunningRules
from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.cluster import Cluster
from hub.edges.store.patience import BROKEN
from hub.edges.store.presence import PRESENT_FOR
from hub.edges.wall.board import Board
from hub.edges.wall.following import Follower
from hub.edges.wall.push import LiveMetrics
from hub.edges.wall.truth import Truth, feed_health
from hub.vocabulary.changes import Change, Health

_log = structlog.get_logger(__name__)


class Paces(msgspec.Struct, frozen=True, kw_only=True):
    """How often the board asks the database, in seconds."""

    #: Between two rounds; each tells the feeds' health.
    round_seconds: float = 1.0
    #: Between two looks for changed incidents while Kafka brings them; without Kafka every round looks.
    agree_seconds: float = 2.0
    #: Between two comparisons of every live incident's version.
    compare_seconds: float = 60.0
    #: Changes are looked for this far before the last one seen: a transaction may commit later than its time says,
    #: and the workers' clocks differ a little.
    overlap_seconds: float = 10.0
    #: A round that takes longer has lost the database.
    round_within_seconds: float = 10.0
    #: The first reading and a comparison read every live incident.
    all_within_seconds: float = 120.0


class BoardFeeder:
    """Feeds a board: every live incident once, then the changes from Kafka, and what Kafka lost from the database."""

    def __init__(
        self,
        board: Board,
        *,
        pool: asyncpg.Pool,
        kafka: KafkaAccess,
        cluster: Cluster,
        rules: RunningRules,
        poke: Callable[[], None],
        clock: Callable[[], datetime],
        metrics: LiveMetrics,
        paces: Paces | None = None,
    ) -> None:
        self._board = board
        self._truth = Truth(pool)
        self._follower = Follower(kafka, cluster, take=self._take, tell=self._broker, clock=clock)
        self._rules = rules
        self._poke = poke
        self._clock = clock
        self._metrics = metrics
        self._paces = paces or Paces()
        self._health = Health(broker_down_since=None, store_down_since=None, reconciled_at=None)
        self._loaded = False
        #: The latest change seen in the database.
        self._mark = clock()
        self._watched_since = clock()
        self._agreed_at = float("-inf")
        self._compared_at = float("-inf")

    async def run(self) -> None:
        """Feed the board until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follower.run())
            both.create_task(self._agree_for_ever())

    async def _agree_for_ever(self) -> None:
        while True:
            try:
                await self._round()
            except BROKEN as error:
                self._store(down=True)
                _log.debug("the board cannot reach the database", error=repr(error))
            else:
                self._store(down=False)
            self._poke()
            await asyncio.sleep(self._paces.round_seconds)

    async def _round(self) -> None:
        paces, now = self._paces, asyncio.get_running_loop().time()
        if not self._loaded:
            async with asyncio.timeout(paces.all_within_seconds):
                await self._load()
            self._loaded, self._agreed_at, self._compared_at = True, now, now
        elif now - self._compared_at >= paces.compare_seconds:
            async with asyncio.timeout(paces.all_within_seconds):
                await self._compare_everything()
            self._compared_at = now
        elif self._health.broker_down_since is not None or now - self._agreed_at >= paces.agree_seconds:
            async with asyncio.timeout(paces.round_within_seconds):
                await self._catch_up()
            self._agreed_at = now
        async with asyncio.timeout(paces.round_within_seconds):
            rows = await self._truth.feeds()
            stalled = await self._truth.stalled()
            self._workers(await self._truth.worker_seen_at(), min(stalled.values(), default=None))
        self._board.tell_feeds(
            feed_health(self._rules.book.city.sources, rows, self._watched_since, self._clock(), stalled)
        )

    async def _load(self) -> None:
        started = self._clock()
        # Ended first: an incident that ends while the live ones are read is then found by the next look for changes.
        async for card in self._truth.ended_since(self._board.midnight(started)):
            self._board.take(card)
        async for card in self._truth.live():
            self._board.take(card)
        self._mark = started
        self._agreed(started)

    async def _catch_up(self) -> None:
        started = self._clock()
        changed = await self._truth.changed_since(self._mark - timedelta(seconds=self._paces.overlap_seconds))
        news = [id for id, version, _ in changed if (self._board.version(id) or 0) < version]
        await self._read_again(news)
        if changed:
            # No later than now: one worker with a fast clock must not make us overlook the others.
            self._mark = max(self._mark, min(started, max(at for _, _, at in changed)))
        self._agreed(started)

    async def _compare_everything(self) -> None:
        """Find what no look for changes can: a database that was set back, and rows that came too late."""
        started = self._clock()
        live = await self._truth.live_versions()
        differing = [id for id, version in live.items() if self._board.version(id) != version]
        await self._read_again([*differing, *self._board.not_among(live)])
        self._agreed(started)

    async def _read_again(self, ids: Collection[str]) -> None:
        """Put the board right about these incidents; what it had before it asked cannot be ahead of the database."""
        if not ids:
            return
        had = {id: self._board.version(id) or 0 for id in ids}
        cards = {card.id: card for card in await self._truth.by_id(ids)}
        for id, version in had.items():
            card = cards.get(id)
            if (card is None or card.version < version) and self._board.version(id) == version:
                self._board.forget(id)
        self._board.load(cards.values())
        self._poke()

    def _take(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._board.apply(change)
        self._poke()

    def _agreed(self, at: datetime) -> None:
        self._metrics.board_reconciles.inc()
        self._tell(msgspec.structs.replace(self._health, reconciled_at=at))

    def _broker(self, down_since: datetime | None) -> None:
        self._tell(msgspec.structs.replace(self._health, broker_down_since=down_since))

    def _workers(self, seen_at: datetime | None, stalled_since: datetime | None) -> None:
        """A worker that died or hangs no longer renews its row, or passes no canary; the wall must not call what
        stands still live."""
        last = seen_at or self._watched_since
        since = last if self._clock() - last > PRESENT_FOR else None
        health = msgspec.structs.replace(self._health, worker_down_since=since, feed_stalled_since=stalled_since)
        if health != self._health:
            self._tell(health)

    def _store(self, *, down: bool) -> None:
        since = self._health.store_down_since
        if down == (since is not None):
            return
        _log.info("the board lost the database" if down else "the board reads the database again")
        self._tell(msgspec.structs.replace(self._health, store_down_since=self._clock() if down else None))

    def _tell(self, health: Health) -> None:
        self._health = health
        self._board.tell_health(health)
        self._poke()
