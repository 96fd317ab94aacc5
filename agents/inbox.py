"""Between faust and the store: what arrives while a batch is written is the next batch. It must never lose its order.

A batch is whatever waits, `batch_size` at most: one message at a quiet hour, hundreds in a burst, without a timer.
While PostgreSQL writes one batch, the next is understood.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import structlog

from agents.continuity import Continuity, Verdict
from agents.feeds import FeedWorker
from agents.records import Record, record_of
from hub.edges.clock import utc_now

_log = structlog.get_logger(__name__)

#: The source of messages that do not say theirs; another rulebook may name another.
DefaultSource = Callable[[], str]
#: Sends the consumer back: topic, partition, offset.
Rewind = Callable[[str, int, int], Awaitable[None]]


class Inbox:
    """The waiting messages of one feed, and the loop that takes them to the store."""

    def __init__(
        self,
        life: str,
        *,
        default_source: DefaultSource,
        batch_size: int,
        continuity: Continuity,
        worker: FeedWorker,
        rewind: Rewind,
    ) -> None:
        self._life = life
        self._default_source = default_source
        self._batch_size = batch_size
        self._continuity = continuity
        self._worker = worker
        self._rewind = rewind
        self._waiting: deque[Any] = deque()
        self._arrived, self._room = asyncio.Event(), asyncio.Event()

    async def put(self, records: Iterable[Any]) -> None:
        """Hand over what faust brings of a partition; waits while a batch waits already."""
        while len(self._waiting) >= self._batch_size:
            self._room.clear()
            await self._room.wait()
        self._waiting.extend(records)
        self._arrived.set()

    async def run(self) -> None:
        """Settle what waits, batch after batch, until cancelled."""
        settling: asyncio.Task[None] | None = None
        try:
            while True:
                async for run in self._worker.understand(await self._batch()):
                    if settling is not None:
                        await settling
                    settling = asyncio.create_task(self._worker.settle(run, self._life))
        finally:
            if settling is not None:
                settling.cancel()

    async def _batch(self) -> list[Record]:
        waiting = self._waiting
        while not waiting:
            self._arrived.clear()
            await self._arrived.wait()
        records = [waiting.popleft() for _ in range(min(len(waiting), self._batch_size))]
        if len(waiting) < self._batch_size:
            self._room.set()
        return await self._admitted(records)

    async def _admitted(self, messages: Sequence[Any]) -> list[Record]:
        records = []
        now, default_source = utc_now(), self._default_source()
        for message in messages:
            record = record_of(
                cluster=self._life,
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                value=message.value or b"",
                headers=message.headers,
                default_source=default_source,
                timestamp=None if message.timestamp is None else message.timestamp / 1000.0,
                now=now,
            )
            verdict = self._continuity.admit(record)
            if verdict is Verdict.TAKE:
                records.append(record)
            elif verdict is Verdict.REWIND:
                expected = self._continuity.expected(record.topic, record.partition)
                _log.warning("messages are missing; reading again", topic=record.topic, expected=expected)
                await self._rewind(record.topic, record.partition, expected)
        return records
