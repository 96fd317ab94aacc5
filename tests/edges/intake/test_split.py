"""A body becomes the raw messages it holds, or is refused with its place, and keeps its bytes."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.edges.intake.media import Media, read_media
from hub.edges.intake.refusal import Refusal
from hub.edges.intake.split import Piece, new_raw_id, split
from hub.edges.intake.wellformed import deeper_than
from hub.stages.normalise.decode import MAX_DEPTH, MAX_PARTS

JSON = "application/json"
LINES = "application/x-ndjson"
CSV = "text/csv"
XML = "application/xml"


def cut(
    body: bytes, content_type: str = JSON, encodings: tuple[str, ...] = ("utf-8", "gb18030")
) -> list[Piece] | Refusal:
    media = read_media(content_type)
    assert isinstance(media, Media)
    pieces = split(body, media, encodings)
    return pieces if isinstance(pieces, Refusal) else list(pieces)


def refused(body: bytes, content_type: str = JSON) -> Refusal:
    refusal = cut(body, content_type)
    assert isinstance(refusal, Refusal)
    return refusal


def bodies(body: bytes, content_type: str = JSON) -> list[bytes]:
    pieces = cut(body, content_type)
    assert not isinstance(pieces, Refusal), pieces
    return [piece.body for piece in pieces]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b' {"a": 1}\n', JSON),
        ('{"标题": "积水"}'.encode("gb18030"), JSON),
        ('{"标题": "积水"}'.encode("gb18030"), JSON + "; charset=gbk"),
        ('{"題": "積水"}'.encode("big5"), JSON + "; charset=big5"),
        ('{"a": 1}'.encode("utf-8-sig"), JSON),
        ('{"a": 1}'.encode("utf-16"), JSON),
        (b'{"a": "\\u0000"}', JSON),
        (b'{"n": 123456789012345678901234567890}', JSON),
        (b'{"specversion": "1.0", "data": [1, 2]}', "application/cloudevents+json"),
        ("标题,地点\n积水,解放路\n".encode(), CSV),
        (b"<a><b/></a>", XML),
        ('<?xml version="1.0" encoding="GB2312"?><a>积水</a>'.encode("gb18030"), XML),
        ("<a>积水</a>".encode("gb18030"), "application/cap+xml"),
        ('<?xml version="1.0" encoding="gb2312"?><a>积水</a>'.encode(), XML + "; charset=utf-8"),
        ('<?xml version="1.0" encoding="utf-16"?><a>积水</a>'.encode("utf-16"), XML),
        ('<?xml version="1.0" encoding="iso-8859-15"?><a>é</a>'.encode("iso-8859-15"), XML),
        (b"<a><![CDATA[<!DOCTYPE html><p>]]></a>", XML),
        (b"<a>" * 60 + b"</a>" * 60, XML),
    ],
)
def test_one_message_is_kept_byte_for_byte(body: bytes, content_type: str) -> None:
    assert bodies(body, content_type) == [body]


def test_an_array_becomes_a_piece_an_item_with_its_own_bytes() -> None:
    assert bodies(b'[{"a": 1}, {"b":\t2} , 3]') == [b'{"a": 1}', b'{"b":\t2}', b"3"]


def test_items_of_another_charset_are_said_to_be_utf8() -> None:
    pieces = cut('[{"题": "积水"}]'.encode("gb18030"), JSON + "; charset=gb18030")
    assert pieces == [Piece('{"题": "积水"}'.encode(), "application/json; charset=utf-8")]


def test_a_batch_of_cloudevents_becomes_single_ones() -> None:
    pieces = cut(b'[{"specversion": "1.0"}]', "application/cloudevents-batch+json")
    assert pieces == [Piece(b'{"specversion": "1.0"}', "application/cloudevents+json; charset=utf-8")]


def test_lines_become_pieces_and_blank_lines_nothing() -> None:
    assert bodies(b'{"a": 1}\r\n\n  {"b": 2}\n', LINES) == [b'{"a": 1}', b'{"b": 2}']


def test_a_broken_line_sinks_no_other() -> None:
    assert bodies(b'{"a": 1}\n{"b": \n{"c": "\xff"}', LINES) == [b'{"a": 1}', b'{"b":', b'{"c": "\xff"}']


def test_lines_all_broken_are_refused_with_the_place_in_the_first() -> None:
    refusal = refused(b"nonsense\nmore\n", LINES)
    assert (refusal.status, refusal.name) == (400, "bad-json")
    assert "line 1, column" in refusal.detail


def test_lines_in_their_charset_keep_their_bytes() -> None:
    body = '{"题": "积水"}\n{"题": "停电"}'.encode("gbk")
    pieces = cut(body, LINES + "; charset=gbk")
    assert pieces == [Piece(line, "application/json; charset=gbk") for line in body.split(b"\n")]


def test_lines_in_utf16_are_cut_as_text() -> None:
    pieces = cut('{"题": 1}\n{"题": 2}'.encode("utf-16"), LINES)
    expected = [Piece(f'{{"题": {n}}}'.encode(), "application/json; charset=utf-8") for n in (1, 2)]
    assert pieces == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[" + b",".join([b"{}"] * (MAX_PARTS + 1)) + b"]", JSON),
        (b"{}\n" * (MAX_PARTS + 1), LINES),
        (b"a,b\n" + b"1,2\n" * (MAX_PARTS + 1), CSV),
    ],
    ids=["array", "lines", "csv"],
)
def test_more_records_than_a_body_may_hold_are_refused(body: bytes, content_type: str) -> None:
    refusal = refused(body, content_type)
    assert (refusal.status, refusal.name) == (413, "too-large")
    assert str(MAX_PARTS) in refusal.detail


def test_as_many_records_as_a_body_may_hold_are_taken() -> None:
    assert len(bodies(b"[" + b",".join([b"{}"] * MAX_PARTS) + b"]")) == MAX_PARTS


@pytest.mark.parametrize(
    ("body", "name", "place"),
    [
        (b'{"a": 1,}', "bad-json", "line 1, column 9 (byte offset 8)"),
        ('{"题": "积水",\n "b": tru}'.encode(), "bad-json", "line 2, column"),
        (b'{"a": 1', "bad-json", "byte offset 7"),
        (b'{"a": 1} {"b": 2}', "bad-json", "application/x-ndjson"),
        (b"\x00" * 10, "bad-json", "byte offset 0"),
        (b'{"a": \x00}', "bad-json", "byte offset 6"),
        (b'{"a": "\\ud800"}', "bad-json", "line 1"),
        (b'{"a": NaN}', "bad-json", "byte offset 6"),
        (b"42", "bad-json", "object or an array"),
        (b'"text"', "bad-json", "object or an array"),
        (b"null", "bad-json", "object or an array"),
        (b"[]", "empty-body", "empty"),
        (b"[" * 100_000, "too-deep", str(MAX_DEPTH)),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "too-deep", str(MAX_DEPTH)),
        (b"a,b\n", "bad-json", "byte offset 0"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes, name: str, place: str) -> None:
    refusal = refused(body)
    assert (refusal.status, refusal.name) == (400, name)
    assert place in refusal.detail


def test_what_was_sent_is_not_repeated() -> None:
    for content_type in (JSON, LINES, XML, CSV):
        assert "secret" not in refused(b"<secret", content_type).detail


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"a": "\ud800"}'.encode("utf-8", "surrogatepass"), JSON + "; charset=utf-8"),
        ('{"题": "积水"}'.encode("gb18030"), JSON + "; charset=utf-8"),
        (b'\xef\xbb\xbf{"a": "\xff"}', JSON),
        (b'{"a": "\x81"}', JSON + "; charset=big5"),
        (b"\xff\xfe\x00", LINES),
        (b"a,b\n\xff\xff,1", CSV),
        (b"<a>\xff\xff</a>", XML + "; charset=utf-8"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>', XML),
    ],
)
def test_bytes_outside_their_charset_are_refused(body: bytes, content_type: str) -> None:
    refusal = refused(body, content_type)
    assert (refusal.status, refusal.name) == (400, "bad-encoding")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "lol">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><l>&a9;</l>"
)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (BOMB, "forbidden-xml"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "forbidden-xml"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', "forbidden-xml"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]><a/>', "forbidden-xml"),
        (BOMB.decode().replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"), "forbidden-xml"),
        (b"<a>&x;</a>", "bad-xml"),
        (b"<a><b></a>", "bad-xml"),
        (b"<a>\x00</a>", "bad-xml"),
        (b"no markup", "bad-xml"),
        (b"<a/><b/>", "bad-xml"),
        (b"<a>" * 100_000, "too-deep"),
        (b'<a x="1" x="2"/>', "bad-xml"),
    ],
)
def test_xml_that_may_not_be_read_is_refused(body: bytes, name: str) -> None:
    started = time.process_time()
    refusal = refused(body, XML)
    assert (refusal.status, refusal.name) == (400, name)
    assert time.process_time() - started < 10, "processor time: a bomb takes minutes"


@pytest.mark.parametrize("body", [b"a,b\n", b"a,b", b'a,b\n"' + b"x" * 200_000])
def test_csv_without_a_row_or_with_an_endless_cell_is_refused(body: bytes) -> None:
    assert refused(body, CSV).name == "bad-csv"


@given(
    st.binary(max_size=200),
    st.sampled_from([JSON, LINES, CSV, XML, JSON + "; charset=utf-16", LINES + "; charset=gbk"]),
)
def test_no_bytes_break_the_door(body: bytes, content_type: str) -> None:
    cut(body, content_type)


_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(_values, min_size=1, max_size=20))
def test_items_mean_what_the_array_meant(items: list[object]) -> None:
    body = json.dumps(items, ensure_ascii=False).encode("utf-8", "replace")
    assert [json.loads(piece) for piece in bodies(body)] == json.loads(body)


@given(st.lists(_values.filter(lambda value: isinstance(value, dict)), min_size=1, max_size=20))
def test_lines_mean_what_they_meant(items: list[object]) -> None:
    body = "\n".join(json.dumps(item) for item in items).encode()
    # Lone surrogates are valid in Python's JSON and refused by ours; such lines still land as they are.
    expected = [json.dumps(item).encode() for item in items]
    pieces = cut(body, LINES)
    assert isinstance(pieces, Refusal) or [piece.body for piece in pieces] == expected


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * 3 + b"]" * 3, False),
        (b"[" * 4, True),
        (b"[]" * 50, False),
        (b'["' + b"[" * 50 + b'"]', False),
        (b'["\\"' + b"[" * 50 + b'"]', False),
        (b'["\\\\"' + b",[" * 50, True),
    ],
)
def test_depth_is_counted_outside_strings(body: bytes, deep: bool) -> None:
    assert deeper_than(body, 3) is deep


def test_counting_depth_is_linear_in_an_unclosed_string() -> None:
    started = time.process_time()
    deeper_than(b"[" * 70 + b'"' + b"\\a" * 2_000_000, 100)
    deeper_than(b'"[' * 500_000, 10**7)
    assert time.process_time() - started < 10, "processor time: with the square of the length it takes hours"


def test_raw_ids_are_version_7_and_sort_by_time() -> None:
    early, late = new_raw_id(1_790_000_000_000), new_raw_id(1_790_000_000_001)
    assert early.version == 7
    assert early.variant == "specified in RFC 4122"
    assert early < late
    assert new_raw_id(1) != new_raw_id(1)
