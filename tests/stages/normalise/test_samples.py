"""Every payload of `tests/samples/<feed>/` becomes exactly what stands beside it, and keeps to its feed's schema.

A sample is `NAME.payload.EXT` and `NAME.expected.json`: `records` are the reports and rejects without what differs a
message (`feed`, `raw_id`, `source`, `received_at`); `source` may set the source's system, zone and encodings, and
`content_type` what the message declares.
"""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import msgspec
import pytest

from hub.rulebook.book import Name, Source
from hub.stages.normalise import normalise
from hub.stages.normalise.decode import Item, decode_items
from hub.vocabulary.messages import RawMessage, Reject, Report
from hub.vocabulary.terms import CoordinateSystem, Feed
from tests.stages.normalise.messages import RECEIVED_AT

SAMPLES = Path(__file__).parents[2] / "samples"
SCHEMAS = Path(__file__).parents[3] / "schemas"
TYPES = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv", "xml": "application/xml"}
#: Feeds whose every payload is JSON records; the others have formats of somebody else's schema too.
RECORD_FEEDS = ("hotline", "grid", "medical", "city", "video")
PAYLOADS = sorted(path for path in SAMPLES.glob("*/*.payload.*") if path.parent.name in set(Feed))
ALWAYS_DIFFERENT = ("feed", "raw_id", "source", "received_at")


def sample(path: Path) -> tuple[RawMessage, Source, list[dict[str, Any]]]:
    feed, name = Feed(path.parent.name), path.name.partition(".payload.")[0]
    expected = json.loads((path.parent / f"{name}.expected.json").read_text("utf-8"))
    settings = {"system": "wgs84", "timezone": "Asia/Shanghai", "encodings": ["utf-8", "gb18030"]}
    settings |= expected.get("source", {})
    source = Source(
        id="sample",
        feed=feed,
        name=Name(zh="样例", en="Sample"),
        system=CoordinateSystem(settings["system"]),
        timezone=settings["timezone"],
        encodings=tuple(settings["encodings"]),
    )
    raw = RawMessage(
        id=UUID(int=1),
        feed=feed,
        source=source.id,
        content_type=expected.get("content_type", TYPES[path.suffix[1:]]),
        body=path.read_bytes(),
        received_at=RECEIVED_AT,
    )
    return raw, source, expected["records"]


def written(record: Report | Reject) -> dict[str, Any]:
    content = json.loads(msgspec.json.encode(record))
    return {key: value for key, value in content.items() if key not in ALWAYS_DIFFERENT}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_payload_becomes_what_is_expected(path: Path) -> None:
    raw, source, expected = sample(path)
    found = normalise(raw, source)
    assert [written(record) for record in found] == expected
    assert all((record.feed, record.raw_id) == (raw.feed, raw.id) for record in found)
    assert all(record.received_at == RECEIVED_AT for record in found if isinstance(record, Report))


@pytest.mark.parametrize(
    "path",
    [path for path in PAYLOADS if path.parent.name in RECORD_FEEDS],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_what_is_understood_keeps_to_the_schema(path: Path) -> None:
    raw, source, expected = sample(path)
    schema = json.loads((SCHEMAS / f"feed.{raw.feed}.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for item, record in zip(decode_items(raw, source), expected, strict=True):
        envelope_names_it = isinstance(item, Item) and item.event_id is not None
        if "reason" not in record and isinstance(item, Item) and not envelope_names_it:
            validator.validate(item.value)


@pytest.mark.parametrize("feed", RECORD_FEEDS)
def test_every_record_feed_has_samples_of_both_ends(feed: str) -> None:
    records = [record for path in PAYLOADS if path.parent.name == feed for record in sample(path)[2]]
    assert any("reason" in record for record in records)
    assert any("reason" not in record for record in records)


@pytest.mark.parametrize("feed", list(Feed))
def test_every_feed_has_samples(feed: str) -> None:
    assert any(path.parent.name == feed for path in PAYLOADS)
