"""Kafka records as raw messages. It must never look inside a body."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import msgspec

from hub.edges.outbox.topics import BODY_IS_STORED, CANARY, feed_of
from hub.ports import Position
from hub.vocabulary.messages import RawMessage

_OURS = uuid.UUID("7f6b8f0e-5d0a-4f0e-9a55-140800000000")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a feed topic and the raw message it carries."""

    topic: str
    partition: int
    offset: int
    message: RawMessage
    #: The body did not travel; it is in the raw message's row.
    stored: bool = False
    #: It carries nothing; only its position is settled.
    canary: bool = False


def record_of(
    *,
    cluster: str,
    topic: str,
    partition: int,
    offset: int,
    value: bytes,
    headers: Sequence[tuple[str, bytes]],
    default_source: str,
    timestamp: float | None,
    now: datetime,
) -> Record:
    """The raw message of a record.

    The relay's records carry the id under which the message landed. A source's own record gets one from its place in
    this life of the broker, so that reading it twice lands it once, and from the broker's time for it, so that a record
    of a topic that was deleted and made again is another one.
    """
    given = dict(headers)
    raw_id = given.get("raw_id", b"")
    message = RawMessage(
        id=uuid.UUID(bytes=raw_id)
        if len(raw_id) == 16
        else uuid.uuid5(_OURS, f"{cluster}/{topic}/{partition}/{offset}/{timestamp}"),
        feed=feed_of(topic),
        source=_text(given.get("source")) or default_source,
        content_type=_text(given.get("content_type") or given.get("content-type")),
        body=value,
        received_at=_time(given.get("received_at")) or now,
    )
    return Record(
        topic=topic,
        partition=partition,
        offset=offset,
        message=message,
        stored=given.get(BODY_IS_STORED) == b"1",
        canary=CANARY in given,
    )


def positions_of(records: Sequence[Record], cluster: str) -> tuple[Position, ...]:
    """How far a run of records reads each of its partitions."""
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    for record in records:
        key = (record.topic, record.partition)
        start, _ = spans.get(key, (record.offset, 0))
        spans[key] = (start, record.offset + 1)
    return tuple(
        Position(cluster=cluster, topic=topic, partition=partition, start=start, next=after)
        for (topic, partition), (start, after) in spans.items()
    )


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace").replace("\0", "") if value else ""


def _time(value: bytes | None) -> datetime | None:
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value.decode("ascii"))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
