"""faust's consumer, reading from where PostgreSQL says. It must never trust the offsets that faust committed.

faust acknowledges a message when an agent lets go of it, also when it was never settled: after an exception, or for a
message that was in flight when its neighbours were done. The positions that the decision's own transaction wrote are
right by construction, so every assignment begins there.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka import TopicPartition
from faust.transport.drivers.aiokafka import Consumer

#: (topic, partition) → next offset, of the life of the broker that is running.
ReadPositions = Callable[[], Awaitable[Mapping[tuple[str, int], int]]]


def positioned_consumer(read_positions: ReadPositions) -> type[Consumer]:
    """A consumer class for the app's transport."""

    class PositionedConsumer(Consumer):
        async def seek_to_committed(self) -> Mapping[Any, int]:
            return await _seek(self, await read_positions())

    return PositionedConsumer


async def _seek(consumer: Consumer, stored: Mapping[tuple[str, int], int]) -> Mapping[Any, int]:
    assigned = list(consumer.assignment())
    first = await consumer.earliest_offsets(*assigned) if assigned else {}
    targets = {
        tp: max(stored.get((tp.topic, tp.partition), 0), first.get(TopicPartition(tp.topic, tp.partition), 0) or 0)
        for tp in assigned
    }
    if targets:
        await consumer.seek_wait(targets)
    return targets
