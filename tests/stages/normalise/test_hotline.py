"""12345 work orders beyond the samples: names, petitioners, question classes, states and the CSV of exports."""

import pytest

from hub.vocabulary.messages import MAX_TEXT, MAX_TITLE, Petitioner
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus
from tests.stages.normalise.messages import RECEIVED_AT, read, reject, report

ORDER = {"order_id": "1", "title": "红旗东街积水"}


@pytest.mark.parametrize("name", ["order_id", "工单编号", "orderNum", "workOrderNumber", "案件编号", "id"])
def test_every_name_of_the_id(name: str) -> None:
    assert report("hotline", {name: " A-7 ", "标题": "积水"}).source_id == "A-7"


@pytest.mark.parametrize(("value", "reason"), [("", "missing_field"), (" ", "missing_field"), (None, "missing_field")])
def test_an_id_must_be_there(value: object, reason: str) -> None:
    assert reject("hotline", {"order_id": value, "title": "x"}).reason == reason


@pytest.mark.parametrize("value", ["x" * 201, "a\x00b", "a\nb", "a\u200bb", "\ud800"])
def test_an_id_is_never_mended(value: str) -> None:
    escaped = value.encode("ascii", "backslashreplace").decode().replace("\x00", "\\u0000").replace("\n", "\\n")
    found = reject("hotline", b'{"order_id": "%s", "title": "x"}' % escaped.encode())
    assert (found.reason, found.field) == (RejectReason.BAD_VALUE, "$.order_id")
    assert found.source_id is None


def test_the_name_further_left_counts() -> None:
    assert report("hotline", {"工单编号": "theirs", "order_id": "ours", "title": "x"}).source_id == "ours"


@pytest.mark.parametrize(
    ("fields", "petitioner"),
    [
        ({}, None),
        ({"caller_name": "张某", "caller_phone": 13800000000}, Petitioner(name="张某", phone="13800000000")),
        ({"来电人": "保密", "来电人电话/账号": "保密"}, Petitioner(secret=True)),
        ({"callerName": "王女士", "isSecret": "是"}, Petitioner(name="王女士", secret=True)),
        ({"callUserName": "李某", "contactInfo": "微信 abc"}, Petitioner(name="李某", phone="微信 abc")),
        ({"caller_phone": "1" * 99}, Petitioner(phone="1" * 40)),
    ],
)
def test_the_caller_becomes_the_petitioner(fields: dict[str, object], petitioner: Petitioner | None) -> None:
    found = report("hotline", ORDER | fields)
    assert found.petitioner == petitioner
    assert found.attributes == {}


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"question_class": "城市管理->市政设施->道路破损"}, ("城市管理", "市政设施", "道路破损")),
        ({"问题分类": "城市管理-->市政设施 > 道路破损"}, ("城市管理", "市政设施", "道路破损")),
        ({"questionName": ["城市管理", "", "道路破损"]}, ("城市管理", "道路破损")),
        ({"categoryOne": "城市管理", "categoryThree": "道路破损"}, ("城市管理", "道路破损")),
        ({}, ()),
    ],
)
def test_question_class(fields: dict[str, object], names: tuple[str, ...]) -> None:
    assert report("hotline", ORDER | fields).category_names == names


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"工单状态": "已办结"}, ReportStatus.CLOSED),
        ({"status": "Closed"}, ReportStatus.CLOSED),
        ({"orderStatus": "撤单"}, ReportStatus.CANCELLED),
        ({"status": "处理中"}, ReportStatus.ACTIVE),
        ({"status": 3}, ReportStatus.ACTIVE),
        ({"status": "closed", "is_test": True}, ReportStatus.TEST),
    ],
)
def test_status(fields: dict[str, object], status: ReportStatus) -> None:
    assert report("hotline", ORDER | fields).status is status


def test_title_and_content_are_cut_and_stand_in_for_each_other() -> None:
    found = report("hotline", {"order_id": "1", "content": "第一句。第二句。" + "长" * 9_000})
    assert found.title == "第一句"
    assert len(found.text) == MAX_TEXT
    assert len(report("hotline", {"order_id": "1", "title": "题" * 300}).title) == MAX_TITLE


def test_a_record_may_declare_its_own_coordinates() -> None:
    body = ORDER | {"longitude": 111.0, "latitude": 35.0}
    gcj = report("hotline", body, system=CoordinateSystem.GCJ02).point
    own = report("hotline", body | {"crs": "EPSG:4490"}, system=CoordinateSystem.GCJ02).point
    assert gcj is not None
    assert own is not None
    assert (gcj.system, own.system) == (CoordinateSystem.GCJ02, CoordinateSystem.WGS84)


def test_a_time_that_is_not_said_is_the_time_of_receipt() -> None:
    assert report("hotline", ORDER).occurred_at == RECEIVED_AT


def test_csv_is_known_by_its_header_whatever_it_is_called() -> None:
    body = "\ufeff工单编号,标题\r\n1,积水\r\n".encode()
    for content_type in ("text/csv", "application/octet-stream", ""):
        assert report("hotline", body, content_type).title == "积水"


def test_a_csv_without_our_header_is_not_guessed() -> None:
    assert reject("hotline", "编码,名称\n1,积水".encode(), "").reason is RejectReason.BAD_JSON
    found = reject("hotline", "编码,名称\n1,积水".encode(), "text/csv")
    assert (found.reason, found.field) == (RejectReason.MISSING_FIELD, "$[0].order_id")


def test_two_thousand_rows_are_read() -> None:
    rows = "".join(f"{n},积水\n" for n in range(2_000))
    found = read("hotline", f"工单编号,标题\n{rows}".encode(), "text/csv")
    assert [record.part for record in found] == list(range(2_000))
    assert len({record.source_id for record in found}) == 2_000
