"""The open311 feed beyond its samples: nothing written after the fact, local times, broken exports."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hub.vocabulary.messages import Report
from hub.vocabulary.terms import RejectReason, ReportStatus
from tests.stages.normalise.messages import read, reject, report

HEADER = (
    "case_enquiry_id,open_dt,closed_dt,case_status,closure_reason,case_title,subject,reason,type,queue,department,"
    "location,neighborhood,ward,latitude,longitude,source,is_duplicate_phrase,parent_case,cluster"
)
ROW = (
    "9001,2026-07-01 01:32:33,2026-07-01 05:06:58,AFTER1,AFTER2,Street Light Outages,Public Works,Street Lights,"
    "Light Out,Q1,AFTER3,12 Sample St,Mattapan,Ward 17,42.2715,-71.0772,Self Service,AFTER4,AFTER5,AFTER6"
)
REQUEST = {"service_request_id": "1", "service_name": "Pothole", "requested_datetime": "2026-11-24T00:00:00Z"}


def csv(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


def test_nothing_written_after_the_fact_reaches_a_report() -> None:
    found = report("open311", csv(ROW), "text/csv", timezone="America/New_York")
    assert found.status is ReportStatus.ACTIVE
    assert found.updated_at is None
    assert "AFTER" not in msgspec.json.encode(found).decode()
    assert "05:06:58" not in msgspec.json.encode(found).decode()
    assert set(found.attributes) == {"queue", "neighborhood", "ward", "source"}


AFTER_THE_FACT = (
    "closure_reason",
    "is_duplicate_phrase",
    "parent_case",
    "cluster",
    "closed_dt",
    "case_status",
    "status",
)


@pytest.mark.parametrize("name", AFTER_THE_FACT)
def test_a_column_written_after_the_fact_changes_nothing(name: str) -> None:
    plain = {"case_enquiry_id": "9001", "open_dt": "2026-07-01 01:32:33", "case_title": "Pothole"}
    with_answer = plain | {name: "Closed"}
    assert read("open311", with_answer) == read("open311", plain)


def test_an_export_in_json_is_read_like_the_csv() -> None:
    names = HEADER.split(",")
    record = dict(zip(names, ROW.split(","), strict=True))
    assert read("open311", [record], timezone="America/New_York") == read(
        "open311", csv(ROW), "text/csv", timezone="America/New_York"
    )


def test_times_without_an_offset_are_the_sources() -> None:
    summer = report("open311", csv(ROW), "text/csv", timezone="America/New_York")
    assert summer.occurred_at == datetime(2026, 7, 1, 5, 32, 33, tzinfo=UTC)
    winter = report("open311", csv(ROW.replace("2026-07", "2026-01")), "text/csv", timezone="America/New_York")
    assert winter.occurred_at == datetime(2026, 1, 1, 6, 32, 33, tzinfo=UTC)


def test_the_neighbourhood_is_named_once_in_the_address() -> None:
    assert report("open311", csv(ROW), "text/csv").address == "12 Sample St, Mattapan"
    again = ROW.replace("12 Sample St", "12  Sample St   MATTAPAN MA")
    assert report("open311", csv(again), "text/csv").address == "12 Sample St MATTAPAN MA"


@pytest.mark.parametrize("content_type", ["text/csv", "application/octet-stream", "application/json", "text/plain"])
def test_an_export_is_known_by_its_header(content_type: str) -> None:
    assert report("open311", csv(ROW), content_type).source_id == "9001"


def test_a_broken_row_costs_only_itself() -> None:
    rows = (ROW, ROW + ",one more", "9002,short", ROW.replace("9001", "9003").replace("42.2715", "north"), ROW)
    found = read("open311", csv(*rows), "text/csv")
    assert [type(record).__name__ for record in found] == ["Report", "Reject", "Reject", "Reject", "Report"]
    assert [record.part for record in found] == [0, 1, 2, 3, 4]
    assert [getattr(record, "field", "") for record in found[1:4]] == ["$[1]", "$[2]", "$[3].latitude"]


@pytest.mark.parametrize(
    "body",
    [
        csv(ROW.replace("Light Out", "Light\x00Out")),
        csv(ROW.replace("Light Out", '"Light Out')),
        csv(ROW)[:-40] + b"\x00" * 10,
        HEADER.encode(),
        b"\x00\x01\x02",
        "\ufeff".encode("utf-16-le") + csv(ROW).decode().encode("utf-16-le")[:-1],
    ],
)
def test_a_hostile_export_never_escapes(body: bytes) -> None:
    for record in read("open311", body, "text/csv"):
        assert "\x00" not in msgspec.json.decode(msgspec.json.encode(record)).get("title", "")
        assert isinstance(record, Report) or record.message.endswith(".")


def test_an_export_in_utf_16_is_read() -> None:
    body = "\ufeff".encode("utf-16-le") + csv(ROW).decode().encode("utf-16-le")
    assert report("open311", body, "text/csv").source_id == "9001"


@pytest.mark.parametrize(("said", "status"), [("open", ReportStatus.ACTIVE), ("closed", ReportStatus.CLOSED)])
def test_a_georeport_request_says_its_own_status(said: str, status: ReportStatus) -> None:
    assert report("open311", REQUEST | {"status": said}).status is status


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"requested_datetime": None}, RejectReason.MISSING_FIELD, "$.requested_datetime"),
        ({"requested_datetime": "2026-11-24T09:00:00Z"}, RejectReason.TIME_IN_FUTURE, "$.requested_datetime"),
        ({"service_request_id": {}}, RejectReason.WRONG_TYPE, "$.service_request_id"),
        ({"service_name": None}, RejectReason.MISSING_FIELD, "$.title"),
        ({"lat": 35.0}, RejectReason.BAD_VALUE, "$.long"),
        ({"lat": 111.0, "long": 35.0}, RejectReason.COORDINATES_SWAPPED, "$.lat"),
    ],
)
def test_a_wrong_request_names_its_field(change: dict[str, Any], reason: RejectReason, field: str) -> None:
    found = reject("open311", REQUEST | change)
    assert (found.reason, found.field) == (reason, field)


def test_an_expected_time_may_lie_ahead() -> None:
    found = report("open311", REQUEST | {"expected_datetime": "2027-01-01T00:00:00Z"})
    assert found.attributes["expected_datetime"] == "2027-01-01T00:00:00Z"


def test_a_description_stands_in_for_a_title() -> None:
    body = {key: value for key, value in REQUEST.items() if key != "service_name"}
    assert report("open311", body | {"description": "灯不亮\n三天了"}).title == "灯不亮"


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("Ann", "Lee", "Ann Lee"), ("某", "王", "王某"), (None, "王", "王"), ("Ann", None, "Ann")],
)
def test_who_asked_is_kept_apart(first: str | None, last: str | None, name: str) -> None:
    found = report("open311", REQUEST | {"first_name": first, "last_name": last, "email": "a@b.example"})
    assert found.petitioner is not None
    assert found.petitioner.name == name
    assert name not in found.title + found.text + str(found.attributes)


def test_xml_of_something_else_is_refused() -> None:
    assert reject("open311", b"<services/>").reason is RejectReason.UNKNOWN_FORMAT
    assert reject("open311", b"<service_requests/>").reason is RejectReason.MISSING_FIELD
    many = b"<service_requests>" + b"<request/>" * 2_001 + b"</service_requests>"
    assert reject("open311", many).reason is RejectReason.TOO_LARGE
