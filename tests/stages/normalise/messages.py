"""Raw messages and sources for the tests of the normalise room."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from hub.rulebook.book import Name, Source
from hub.stages.normalise import normalise
from hub.vocabulary.messages import RawMessage, Reject, Report
from hub.vocabulary.terms import CoordinateSystem, Feed

#: Ten in the morning in Yuncheng.
RECEIVED_AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def source_of(feed: str, **changes: Any) -> Source:
    """A source in wgs84 and Chinese time."""
    settings = {"system": CoordinateSystem.WGS84, "timezone": "Asia/Shanghai"} | changes
    return Source(id="test", feed=Feed(feed), name=Name(zh="测试", en="Test"), **settings)


def raw_of(feed: str, body: Any, content_type: str = "application/json") -> RawMessage:
    """A message whose body is bytes as they are, or anything else as JSON."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return RawMessage(
        id=UUID(int=1), feed=Feed(feed), source="test", content_type=content_type, body=data, received_at=RECEIVED_AT
    )


def read(feed: str, body: Any, content_type: str = "application/json", **changes: Any) -> tuple[Report | Reject, ...]:
    """What the room makes of a body."""
    return normalise(raw_of(feed, body, content_type), source_of(feed, **changes))


def report(feed: str, body: Any, content_type: str = "application/json", **changes: Any) -> Report:
    """The only report of a body."""
    (found,) = read(feed, body, content_type, **changes)
    assert isinstance(found, Report), found
    return found


def reject(feed: str, body: Any, content_type: str = "application/json", **changes: Any) -> Reject:
    """The only reject of a body."""
    (found,) = read(feed, body, content_type, **changes)
    assert isinstance(found, Reject), found
    return found
