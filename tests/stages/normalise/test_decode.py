"""Bytes to records: encodings, packings, and the limits that protect the worker."""

import base64
import json

import pytest

from hub.stages.normalise.decode import MAX_DEPTH, MAX_PARTS
from hub.vocabulary.messages import Reject, Report
from hub.vocabulary.terms import RejectReason
from tests.stages.normalise.messages import read, reject, report

ORDER = {"order_id": "1", "title": "红旗东街积水"}
TEXT = json.dumps(ORDER, ensure_ascii=False)


def ids(records: tuple[Report | Reject, ...]) -> list[str | None]:
    return [record.source_id for record in records]


@pytest.mark.parametrize(
    ("body", "content_type", "encodings"),
    [
        (TEXT.encode(), "", ("utf-8",)),
        (TEXT.encode(), "application/json; charset=UTF-8", ("gb18030",)),
        (TEXT.encode("utf-8-sig"), "application/json", ("gb18030",)),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "application/json", ("utf-8",)),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "application/json", ("utf-8",)),
        (b"\xff\xfe\x00\x00" + TEXT.encode("utf-32-le"), "application/json", ("utf-8",)),
        (TEXT.encode("utf-16-le"), "application/json; charset=utf-16le", ("utf-8",)),
        (TEXT.encode("gb18030"), "application/json", ("utf-8", "gb18030")),
        (TEXT.encode("gbk"), 'application/json; charset="GBK"', ("utf-8",)),
        (TEXT.encode("gb18030"), "application/json;charset=gb_2312", ("utf-8",)),
        (json.dumps(ORDER).encode(), "text/plain", ("no-such-codec", "utf-8")),
    ],
)
def test_text_is_read_in_its_encoding(body: bytes, content_type: str, encodings: tuple[str, ...]) -> None:
    if "gb_2312" in content_type:
        assert reject("hotline", body, content_type, encodings=encodings).reason is RejectReason.BAD_ENCODING
    else:
        assert report("hotline", body, content_type, encodings=encodings).title == "红旗东街积水"


@pytest.mark.parametrize(
    ("body", "content_type", "reason", "field"),
    [
        (b"", "", RejectReason.BAD_JSON, ""),
        (b" \n", "application/x-ndjson", RejectReason.BAD_JSON, ""),
        (b"order 17", "", RejectReason.BAD_JSON, ""),
        (b'{"order_id": "1"', "", RejectReason.BAD_JSON, ""),
        (b'{"order_id": "1"}}', "", RejectReason.BAD_JSON, ""),
        (b"[]", "", RejectReason.MISSING_FIELD, "$"),
        (b"null", "", RejectReason.WRONG_TYPE, "$"),
        (b'"text"', "", RejectReason.WRONG_TYPE, "$"),
        (b"<order/>", "", RejectReason.UNKNOWN_FORMAT, ""),
        (TEXT.encode("gb18030"), "application/json; charset=utf-8", RejectReason.BAD_ENCODING, ""),
        (b"\xef\xbb\xbf\xff{}", "", RejectReason.BAD_ENCODING, ""),
        (b"{}", "application/json; charset=ebcdic", RejectReason.BAD_ENCODING, ""),
        (b"{" + b'"a":{' * 100 + b"}" * 101, "", RejectReason.TOO_DEEP, ""),
        (b"[" * 200_000, "", RejectReason.TOO_DEEP, ""),
        (b"[" * 200_000 + b"]" * 200_000, "", RejectReason.TOO_DEEP, ""),
        (b"[" + b"{}," * MAX_PARTS + b"{}]", "", RejectReason.TOO_LARGE, "$"),
        (b"{}\n" * (MAX_PARTS + 1), "application/x-ndjson", RejectReason.TOO_LARGE, "$"),
        ("工单编号\n".encode() + b"1\n" * (MAX_PARTS + 1), "text/csv", RejectReason.TOO_LARGE, "$"),
        ("工单编号,标题\n".encode(), "text/csv", RejectReason.BAD_CSV, "$"),
        ('工单编号,标题\n1,"开'.encode(), "text/csv", RejectReason.BAD_CSV, "$[0]"),
        (b'{"specversion":"1.0","data_base64":"***"}', "", RejectReason.BAD_VALUE, "$.data_base64"),
        (b'{"specversion":"1.0","data":"{oops"}', "", RejectReason.BAD_JSON, "$.data"),
        (b'{"specversion":"1.0"}', "", RejectReason.WRONG_TYPE, "$.data"),
    ],
)
def test_body_that_is_refused_whole(body: bytes, content_type: str, reason: RejectReason, field: str) -> None:
    found = reject("hotline", body, content_type)
    assert (found.reason, found.field, found.part) == (reason, field, 0)
    assert found.message.endswith(".")


def test_depth_up_to_the_limit_is_read() -> None:
    inside = "x"
    for _ in range(MAX_DEPTH - 1):
        inside = [inside]  # type: ignore[assignment]
    assert report("hotline", ORDER | {"extra": inside}).source_id == "1"
    assert reject("hotline", ORDER | {"extra": [inside]}).reason is RejectReason.TOO_DEEP


def test_many_shallow_brackets_are_not_depth() -> None:
    assert len(read("hotline", [ORDER | {"order_id": str(n), "tags": [[]]} for n in range(500)])) == 500


@pytest.mark.parametrize(
    "body",
    [
        [ORDER, ORDER | {"order_id": "2"}],
        f"{TEXT}\n{json.dumps(ORDER | {'order_id': '2'})}".encode(),
        [
            {"specversion": "1.0", "id": "e", "data": ORDER},
            {"specversion": "1.0", "id": "f", "data": {"order_id": "2", "title": "x"}},
        ],
        {"specversion": "1.0", "id": "e", "data": [ORDER, ORDER | {"order_id": "2"}]},
        "工单编号;标题\r\n1;积水\r\n\r\n2;断电\r\n".encode("gb18030"),
        "标题\t工单编号\n积水\t1\n断电\t2".encode(),
    ],
)
def test_packings_of_two_records(body: object) -> None:
    assert ids(read("hotline", body, "")) == ["1", "2"]


def test_one_bad_line_does_not_take_its_neighbours_along() -> None:
    found = read("hotline", b'{"order_id":"1","title":"a"}\n{bad\n{"order_id":"3","title":"c"}', "")
    assert ids(found) == ["1", None, "3"]
    assert isinstance(found[1], Reject)
    assert (found[1].reason, found[1].field, found[1].part) == (RejectReason.BAD_JSON, "$[1]", 1)


def test_cloud_event_is_unwrapped_and_helps_out() -> None:
    event = {"specversion": "1.0", "id": " E-7 ", "time": "2026-11-24T01:00:00Z", "data": {"title": "积水"}}
    found = report("hotline", event, "application/cloudevents+json")
    assert (found.source_id, found.occurred_at.isoformat()) == ("E-7", "2026-11-24T01:00:00+00:00")
    assert report("hotline", event | {"data": ORDER}).source_id == "1"
    packed = base64.b64encode(TEXT.encode()).decode()
    assert report("hotline", {"specversion": "1.0", "data_base64": packed}).title == "红旗东街积水"
    assert report("hotline", {"specversion": "1.0", "data": TEXT}).title == "红旗东街积水"


def test_the_id_of_an_event_names_one_record_only() -> None:
    found = read("hotline", {"specversion": "1.0", "id": "E", "data": [{"title": "a"}, {"title": "b"}]})
    assert [(record.source_id, getattr(record, "field", "")) for record in found] == [
        (None, "$.data[0].order_id"),
        (None, "$.data[1].order_id"),
    ]


def test_csv_inside_a_cloud_event() -> None:
    event = {"specversion": "1.0", "datacontenttype": "text/csv", "data": "工单编号,标题\n1,积水"}
    assert report("hotline", event, "application/cloudevents+json").title == "积水"


def test_a_repeated_key_keeps_its_last_value() -> None:
    assert report("hotline", b'{"order_id":"1","title":"a","title":"b"}').title == "b"


@pytest.mark.parametrize(
    "number", [b"1e999", b"-1e999", b"NaN", b"Infinity", b"9" * 30, b"9" * 5_000, b'"1e999"', b'"nan"']
)
def test_a_number_beyond_measure_is_named(number: bytes) -> None:
    found = reject("hotline", b'{"order_id":"1","title":"a","longitude":%s,"latitude":35}' % number)
    assert (found.reason, found.field, found.source_id) == (RejectReason.BAD_VALUE, "$.longitude", "1")
    found = reject("hotline", b'{"order_id":%s,"title":"a"}' % number) if not number.startswith(b'"') else found
    assert found.reason is RejectReason.BAD_VALUE
