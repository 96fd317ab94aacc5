"""Forgets positions that lie beyond the end of their log. It must never touch one that its log still reaches.

Apache Kafka keeps its cluster id when a topic is deleted and made again, or when a log is cut to an older backup. Read
from the old position, the new records would be taken for known ones until there are as many as there were before.
"""

import asyncio
from collections.abc import Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.edges.embedded.broker import is_embedded
from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.topics import FEED_TOPICS
from hub.edges.store.settling import SettlingStore

_log = structlog.get_logger(__name__)

#: A server that has just taken over a partition may not know its end yet: what it says first is not believed.
_ASK_TIMES, _ASK_EVERY_SECONDS = 4, 1.0


async def forget_shortened(kafka: KafkaAccess, store: SettlingStore, life: str) -> None:
    """Before the worker takes messages: every position that remains is one that can be read from.

    The embedded broker has another id in each life, and in one life it miscounts where a log ends.
    """
    if is_embedded(life) or not (stored := await store.positions(life)):
        return
    consumer = AIOKafkaConsumer(*FEED_TOPICS, **kafka.options(), group_id=None, auto_offset_reset="latest")
    try:
        await consumer.start()
        for (topic, partition), end in (await _beyond(consumer, stored)).items():
            _log.error(
                "the log is shorter than what was read of it; reading it from its start",
                topic=topic,
                partition=partition,
                read_to=stored[topic, partition],
                end=end,
            )
            await store.forget_position(life, topic, partition, stored[topic, partition])
    finally:
        await consumer.stop()


async def _beyond(consumer: AIOKafkaConsumer, stored: Mapping[tuple[str, int], int]) -> Mapping[tuple[str, int], int]:
    """Where the log ends, for each partition that ends before its position."""
    suspects = [tp for tp in consumer.assignment() if (tp.topic, tp.partition) in stored]
    ends: dict[TopicPartition, int] = {}
    for attempt in range(_ASK_TIMES):
        if attempt:
            await asyncio.sleep(_ASK_EVERY_SECONDS)
        ends = await consumer.end_offsets(suspects)
        suspects = [tp for tp in suspects if ends[tp] < stored[tp.topic, tp.partition]]
        if not suspects:
            break
    return {(tp.topic, tp.partition): ends[tp] for tp in suspects}
