"""A batch of one feed: understand, one read, decide, one write. No exception may leave it: faust would drop a batch."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import TypeVar

import msgspec
import structlog

from agents.records import Record, positions_of
from agents.understanding import Understood, failed, understood
from hub.edges.activating.edition import RunningRules
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.store.patience import BROKEN
from hub.pipeline import decide
from hub.ports import Batch, IncidentStore, RawLookup, RulebookReplaced, StalePosition
from hub.stages.fuse import reach_m
from hub.stages.perceive import looks
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.05, 2.0
#: Reports and rejects written in one transaction, give or take one message; an export can hold thousands in each.
_MOST_PARTS = 1_000
#: Messages understood between two looks at what else is to do; half a millisecond at most.
_YIELD_EVERY = 4


class FeedWorker:
    """Takes batches of records to the store. One instance a process; it holds nothing it cannot lose."""

    def __init__(self, rules: RunningRules, store: IncidentStore, raw: RawLookup, metrics: Metrics) -> None:
        self._rules = rules
        self._store = store
        self._raw = raw
        self._metrics = metrics

    async def understand(self, records: Sequence[Record]) -> AsyncIterator[list[Understood]]:
        """The records in order, understood, in runs that one transaction can write and one rulebook decides."""
        run: list[Understood] = []
        parts, edition = 0, self._rules.edition
        for number, record in enumerate(records):
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)  # PostgreSQL's answers to the run before are not kept waiting
            if record.stored:
                record = await self._with_body(record)
            run.append(understood(record, edition))
            parts += run[-1].parts
            if parts >= _MOST_PARTS:
                yield run
                run, parts, edition = [], 0, self._rules.edition
        if run:
            yield run

    async def settle(self, run: list[Understood], cluster: str) -> None:
        """Settle a run, whatever it takes: wait for what is broken, set aside what is poison."""
        pending = [run]
        while pending:
            run = pending.pop()
            try:
                await _waiting(lambda run=run: self._settle(run, cluster))  # type: ignore[misc]
            except StalePosition:
                unread = await self._unread(run, cluster)
                if unread and len(unread) < len(run):
                    pending.append(unread)
                else:
                    _log.warning("another worker has this partition", topic=run[0].record.topic, messages=len(run))
            except RulebookReplaced:
                pending.append(await self._again(run))
            except Exception as error:
                # A defect of ours: halve the run until the culprit is alone.
                if len(run) > 1:
                    pending += (run[len(run) // 2 :], run[: len(run) // 2])
                    continue
                raw_id = str(run[0].record.message.id)
                _log.exception("a message failed and is set aside", raw_id=raw_id, error=repr(error))
                pending.append([failed(run[0].record, run[0].edition)])

    async def _settle(self, run: Sequence[Understood], cluster: str) -> None:
        now, edition = utc_now(), run[0].edition
        each = {item.record.message.id: item for item in run}.values()
        located = tuple(report for item in each for report in item.located)
        rejects = tuple(reject for item in each for reject in item.rejects)
        batch = Batch(
            raw=tuple(item.record.message for item in each if not item.record.canary),
            located=located,
            rejects=rejects,
            positions=positions_of([item.record for item in run], cluster),
            looks=looks(located, edition.book),
            reach_m={name: reach_m(name, edition.book) for name in {item.classification.family for item in located}},
            in_force=edition.in_force,
        )

        def decide_now(fresh: Sequence[LocatedReport], nearby: Nearby) -> Decision:
            return decide(fresh, nearby, edition.book, now)

        with self._metrics.batch_seconds.time() if batch.raw else nullcontext():
            settled = await self._store.settle(batch, decide_now, now)
        if batch.raw:
            self._metrics.batch_messages.observe(len(batch.raw))
        self._metrics.count_settled(settled, rejects)

    async def _again(self, run: Sequence[Understood]) -> list[Understood]:
        """The run understood by the rulebook that holds now, once this worker has read it."""
        edition = await self._rules.other_than(run[0].edition)
        again: list[Understood] = []
        for number, item in enumerate(run):
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
            again.append(understood(item.record, edition))
        return again

    async def _with_body(self, record: Record) -> Record:
        """A message too large for the road: its record carries the id, its body is where it landed."""
        landed = await _waiting(lambda: self._raw.raw(record.message.id))
        return record if landed is None else msgspec.structs.replace(record, message=landed)

    async def _unread(self, run: Sequence[Understood], cluster: str) -> list[Understood]:
        """Those of the run that the stored positions do not cover yet."""
        stored = await _waiting(lambda: self._store.positions(cluster))
        return [u for u in run if u.record.offset >= stored.get((u.record.topic, u.record.partition), 0)]


async def _waiting(attempt: Callable[[], Awaitable[_T]]) -> _T:
    """Try until nothing is broken any more. What waits stays where it is, and nothing behind it is read before it."""
    wait = _FIRST_WAIT_SECONDS
    while True:
        try:
            return await attempt()
        except BROKEN as error:
            _log.warning("the store is away; the batch waits", error=repr(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
