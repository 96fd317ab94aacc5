"""Whatever is sent to whichever feed: the room answers with what the store takes, never with an error."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.stages.normalise import normalise
from hub.vocabulary.messages import MAX_SOURCE_ID, MAX_TEXT, MAX_TITLE, RawMessage, Reject, Report
from hub.vocabulary.terms import Feed
from tests.stages.normalise.messages import RECEIVED_AT, raw_of, source_of

SAMPLES = Path(__file__).parents[2] / "samples"
PAYLOADS = {feed: [path.read_bytes() for path in sorted(SAMPLES.glob(f"{feed}/*.payload.*"))] for feed in Feed}
SCHEMAS = Path(__file__).parents[3] / "schemas"
#: What PostgreSQL refuses in text and jsonb.
REFUSED = re.compile("[\x00\ud800-\udfff]")

FEEDS = st.sampled_from(list(Feed))
CONTENT_TYPES = st.one_of(
    st.sampled_from(
        [
            "",
            "application/json",
            "application/json; charset=gbk",
            "application/json; charset=utf-16",
            "application/x-ndjson",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "application/geo+json",
            "application/xml",
            "text/xml; charset=gb2312",
            "text/csv",
            "text/csv; charset=nonsense",
        ]
    ),
    st.text(max_size=40),
)
ENCODINGS = st.sampled_from([("utf-8", "gb18030"), ("gb18030", "utf-8"), ("gb18030",), ("no-such-codec",), ()])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        [
            "2026-11-24 09:00",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+14:00",
            "\ud800",
            "\x00",
            "1e999",
            "盐湖区",
        ]
    ),
)
LIMITS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def field_names() -> dict[Feed, list[str]]:
    """Names that the feeds' readers look for, so that arbitrary records get past the first field."""
    found = {feed: ["id", "title", "data", "specversion", "type", "features", "status"] for feed in Feed}
    for path in SCHEMAS.glob("feed.*.json"):
        feed = path.stem.removeprefix("feed.")
        record = json.loads(path.read_text("utf-8")).get("$defs", {}).get("record", {})
        if feed in found:
            found[Feed(feed)] += record.get("properties", {})
    return found


NAMES = field_names()


def texts(value: Any) -> list[str]:
    """Every text inside a value, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in texts(part)]
    return []


def assert_sound(raw: RawMessage, encodings: tuple[str, ...] = ("utf-8", "gb18030")) -> None:
    found = normalise(raw, source_of(raw.feed, encodings=encodings))
    assert isinstance(found, tuple)
    assert found
    assert [record.part for record in found] == list(range(len(found)))
    for record in found:
        assert not any(REFUSED.search(text) for text in texts(msgspec.to_builtins(record)))
        assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record
        if isinstance(record, Report):
            assert_report(record)
        else:
            assert isinstance(record, Reject)
            assert record.message


def assert_report(report: Report) -> None:
    moments = [report.occurred_at, report.received_at, *([report.updated_at] if report.updated_at else [])]
    assert all(moment.utcoffset() is not None for moment in moments)
    assert report.received_at == RECEIVED_AT
    assert 0 < len(report.source_id) <= MAX_SOURCE_ID
    assert report.source_id == report.source_id.strip()
    assert 0 < len(report.title) <= MAX_TITLE
    assert len(report.text) <= MAX_TEXT
    if report.point is not None:
        assert abs(report.point.lon) <= 180
        assert abs(report.point.lat) <= 90


@LIMITS
@given(feed=FEEDS, body=st.binary(max_size=400), content_type=CONTENT_TYPES, encodings=ENCODINGS)
def test_any_bytes(feed: Feed, body: bytes, content_type: str, encodings: tuple[str, ...]) -> None:
    assert_sound(raw_of(feed, body, content_type), encodings)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Feed, bytes]:
    """A sample of a feed with a few bytes cut out, put in or changed; now and then sent to another feed."""
    origin = draw(FEEDS.filter(lambda feed: bool(PAYLOADS[feed])))
    body = bytearray(draw(st.sampled_from(PAYLOADS[origin])))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        cut = draw(st.integers(0, 12))
        body[at : at + cut] = draw(st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b"{", b"]", b"\\u0000"])))
    return draw(st.one_of(st.just(origin), FEEDS)), bytes(body)


@LIMITS
@given(mutation=mutations(), content_type=CONTENT_TYPES)
def test_mutated_samples(mutation: tuple[Feed, bytes], content_type: str) -> None:
    feed, body = mutation
    assert_sound(raw_of(feed, body, content_type))


@st.composite
def records(draw: st.DrawFn) -> tuple[Feed, Any]:
    """JSON whose records use the names a feed knows, with anything as their values, packed in any way."""
    feed = draw(FEEDS)
    values = st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner), max_leaves=5
    )
    record = st.dictionaries(st.one_of(st.sampled_from(NAMES[feed]), st.text(max_size=10)), values, max_size=14)
    body = st.one_of(
        record,
        st.lists(st.one_of(record, values), max_size=4),
        st.builds(lambda data, key: {"specversion": "1.0", "id": key, "time": key, "data": data}, record, SCALARS),
        st.builds(lambda data: {"specversion": "1.0", "data_base64": data, "datacontenttype": data}, SCALARS),
        values,
    )
    return feed, draw(body)


@LIMITS
@given(drawn=records(), content_type=CONTENT_TYPES)
def test_arbitrary_json(drawn: tuple[Feed, Any], content_type: str) -> None:
    feed, value = drawn
    # The standard library writes NaN, Infinity and lone surrogates as senders do.
    assert_sound(raw_of(feed, json.dumps(value).encode(), content_type))
