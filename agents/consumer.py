"""faust's consumer, reading from where PostgreSQL says. It must never trust the offsets that faust committed.

faust acknowledges a message when an agent lets go of it, also when it was never settled: after an exception, or for a
message that was in flight when its neighbours were done. The positions that the decision's own transaction wrote are
right by construction, so every assignment begins there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka import TopicPartition
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer

#: faust asks the broker to hold a fetch for 1.5 s when there is nothing; Kafka answers as soon as something comes, the
#: embedded broker only when the time is over. Measured there, from send to receive: 420 ms at 1,500, 16 ms at 50.
_FETCH_MAX_WAIT_MS = 30

#: How soon the consumer looks again whether there is room for more.
_LOOK_AGAIN_SECONDS = 0.02

#: (topic, partition) → next offset, of the life of the broker that is running.
ReadPositions = Callable[[], Awaitable[Mapping[tuple[str, int], int]]]
#: Topic, partition, first offset.
Begin = Callable[[str, int, int], None]


def positioned_consumer(read_positions: ReadPositions, begin: Begin) -> type[Consumer]:
    """A consumer class for the app's transport. `begin` hears where each partition is read from."""

    class PromptThread(AIOKafkaConsumerThread):
        def _create_worker_consumer(self, transport: Any) -> Any:
            consumer = super()._create_worker_consumer(transport)
            consumer._fetch_max_wait_ms = _FETCH_MAX_WAIT_MS  # noqa: SLF001 - faust has no setting for it
            return consumer

    class PositionedConsumer(Consumer):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._read_offset = _Unremembered()

        def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
            return PromptThread(self, loop=self.loop, beacon=self.beacon)

        async def _wait_next_records(self, timeout: float) -> Any:
            """faust waits a whole second when its buffer is full; at full load the buffer does not last so long."""
            if self.flow_active and self._buffered_partitions:
                timeout = min(timeout, _LOOK_AGAIN_SECONDS)
                if not self._get_active_partitions():
                    await asyncio.sleep(timeout)
                    return {}, set()
            records, active = await super()._wait_next_records(timeout)
            # What faust does for a message (tasks, locks, sensors, acknowledging) costs as much as understanding one:
            # all that one fetch has of a partition travels through it together.
            return records and {tp: [run] for tp, run in records.items() if run}, active

        def _to_message(self, tp: Any, run: Any) -> Any:
            message: Any = super()._to_message(tp, run[-1])
            message.records = run
            return message

        async def seek_to_committed(self) -> Mapping[Any, int]:
            return await _seek(self, await read_positions(), begin)

    return PositionedConsumer


class _Unremembered(dict[Any, Any]):
    """Where faust notes how far it has read. It leaves out what lies before; after a seek back it notes the rest of
    what it had in hand, and then leaves out what was to be read again. `Continuity` knows better."""

    def __getitem__(self, _: Any) -> None:
        return None


async def _seek(consumer: Consumer, stored: Mapping[tuple[str, int], int], begin: Begin) -> Mapping[Any, int]:
    assigned = list(consumer.assignment())
    first = await consumer.earliest_offsets(*assigned) if assigned else {}
    targets = {
        tp: max(stored.get((tp.topic, tp.partition), 0), first.get(TopicPartition(tp.topic, tp.partition), 0) or 0)
        for tp in assigned
    }
    for tp, offset in targets.items():
        begin(tp.topic, tp.partition, offset)
    if targets:
        await consumer.seek_wait(targets)
    return targets
