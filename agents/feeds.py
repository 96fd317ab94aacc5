"""A batch of one feed: understand, one read, decide, one write. No exception may leave it: faust would drop a batch."""

import asyncio
from collections.abc import Sequence

import structlog

from agents.records import Record, positions_of
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.store.patience import BROKEN
from hub.pipeline import decide, understand
from hub.ports import Batch, IncidentStore, StalePosition
from hub.rulebook.book import Rulebook
from hub.stages.fuse import reach_m
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.terms import RejectReason

_log = structlog.get_logger(__name__)
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.05, 2.0


class FeedWorker:
    """Takes batches of records to the store. One instance a process; it holds nothing it cannot lose."""

    def __init__(self, book: Rulebook, store: IncidentStore, metrics: Metrics) -> None:
        self._book = book
        self._atlas = Atlas(book.city)
        self._store = store
        self._metrics = metrics

    async def take(self, records: Sequence[Record], cluster: str) -> None:
        """Settle the records, whatever it takes: wait for what is broken, set aside what is poison."""
        pending = [list(records)]
        wait = _FIRST_WAIT_SECONDS
        while pending:
            run = pending[-1]
            try:
                await self._settle(run, cluster, poison=False)
            except BROKEN as error:
                # The batch stays where it is; nothing after it is read before it is settled.
                _log.warning("the store is away; the batch waits", error=repr(error), messages=len(run))
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
                continue
            except StalePosition:
                pending[-1] = await self._unread(run, cluster)
                if pending[-1] and len(pending[-1]) < len(run):
                    continue
                _log.warning("another worker has this partition", topic=run[0].topic, messages=len(run))
            except Exception as error:
                if len(run) > 1:
                    pending[-1:] = [run[len(run) // 2 :], run[: len(run) // 2]]
                    continue
                _log.exception("a message failed and is set aside", raw_id=str(run[0].message.id), error=repr(error))
                await self._set_aside(run, cluster)
            pending.pop()
            wait = _FIRST_WAIT_SECONDS

    async def _settle(self, run: Sequence[Record], cluster: str, *, poison: bool) -> None:
        now = utc_now()
        located, rejects = self._understand([record.message for record in run], poison=poison)
        batch = Batch(
            raw=tuple({record.message.id: record.message for record in run}.values()),
            located=located,
            rejects=rejects,
            positions=positions_of(run, cluster),
            reach_m={
                family: reach_m(family, self._book) for family in {item.classification.family for item in located}
            },
        )

        def decide_now(fresh: Sequence[LocatedReport], nearby: Nearby) -> Decision:
            return decide(fresh, nearby, self._book, now)

        with self._metrics.batch_seconds.time():
            settled = await self._store.settle(batch, decide_now, now)
        self._metrics.count_settled(settled, rejects)

    async def _set_aside(self, run: Sequence[Record], cluster: str) -> None:
        while True:
            try:
                return await self._settle(run, cluster, poison=True)
            except BROKEN:
                await asyncio.sleep(_LONGEST_WAIT_SECONDS)
            except StalePosition:
                return None

    async def _unread(self, run: Sequence[Record], cluster: str) -> list[Record]:
        """Those of the run that the stored positions do not cover yet."""
        while True:
            try:
                stored = await self._store.positions(cluster)
            except BROKEN:
                await asyncio.sleep(_LONGEST_WAIT_SECONDS)
                continue
            return [r for r in run if r.offset >= stored.get((r.topic, r.partition), 0)]

    def _understand(
        self, messages: Sequence[RawMessage], *, poison: bool
    ) -> tuple[tuple[LocatedReport, ...], tuple[Reject, ...]]:
        located: list[LocatedReport] = []
        rejects: list[Reject] = []
        for message in {message.id: message for message in messages}.values():
            if poison:
                rejects.append(_failed(message))
                continue
            try:
                understood = understand(message, self._book, self._atlas)
            except Exception:
                _log.exception("a message could not be understood", raw_id=str(message.id), feed=message.feed.value)
                understood = (_failed(message),)
            for item in understood:
                if isinstance(item, Reject):
                    rejects.append(item)
                else:
                    located.append(item)
        return tuple(located), tuple(rejects)


def _failed(message: RawMessage) -> Reject:
    return Reject(
        feed=message.feed,
        raw_id=message.id,
        part=0,
        reason=RejectReason.FAILED,
        field="",
        message="The hub failed on this message; it is kept and can be replayed after a mend.",
    )
