"""Between faust and the store: what arrives while a batch is written is the next batch. It must never lose its order.

A batch is whatever waits, `batch_size` at most: one message at a quiet hour, hundreds in a burst, without a timer.
While PostgreSQL writes one batch, the next is understood.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from agents.continuity import Continuity, Verdict
from agents.feeds import FeedWorker
from agents.records import Record, record_of
from hub.edges.clock import utc_now

_log = structlog.get_logger(__name__)

#: Sends the consumer back: topic, partition, offset.
Rewind = Callable[[str, int, int], Awaitable[None]]


class Inbox:
    """The waiting messages of one feed, and the loop that takes them to the store."""

    def __init__(
        self,
        life: str,
        *,
        default_source: str,
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
        # Twice a batch: the next one is ready while this one is written, and faust waits when both are full.
        self._waiting: asyncio.Queue[Any] = asyncio.Queue(2 * batch_size)

    async def put(self, message: Any) -> None:
        """Hand over a message of faust's; waits while the store is behind."""
        await self._waiting.put(message)

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
        messages = [await self._waiting.get()]
        while len(messages) < self._batch_size and not self._waiting.empty():
            messages.append(self._waiting.get_nowait())
        return await self._admitted(messages)

    async def _admitted(self, messages: Sequence[Any]) -> list[Record]:
        records = []
        now = utc_now()
        for message in messages:
            record = record_of(
                cluster=self._life,
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                value=message.value or b"",
                headers=_pairs(message.headers),
                default_source=self._default_source,
                timestamp=message.timestamp,
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


def _pairs(headers: Any) -> Sequence[tuple[str, bytes]]:
    if not headers:
        return ()
    return list(headers.items()) if isinstance(headers, Mapping) else headers
