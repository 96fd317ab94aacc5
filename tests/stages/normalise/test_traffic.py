"""The traffic feed beyond its samples: sniffing by structure, status and time of each format, hostile shapes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.vocabulary.messages import Report
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus, Severity
from tests.stages.normalise.messages import read, reject, report

EVENT = {"id": "1", "kind": "accident", "occurred_at": "2026-11-24 09:00:00", "road": "G5"}


def feature(core: dict[str, Any] | None = None, geometry: Any = None, **properties: Any) -> dict[str, Any]:
    details = {"event_type": "work-zone", "road_names": ["G5"], "update_date": "2026-11-24T01:00:00Z"} | (core or {})
    return {"type": "Feature", "id": "f", "properties": {"core_details": details} | properties, "geometry": geometry}


def record(
    inside: str = "", header: str = "real", attributes: str = 'id="r" version="1"', type_: str = "Accident"
) -> bytes:
    created = "<situationRecordCreationTime>2026-11-24T01:00:00Z</situationRecordCreationTime>"
    return (
        '<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<payloadPublication><situation id='s'><headerInformation><informationStatus>{header}</informationStatus>"
        f"</headerInformation><situationRecord {attributes} xsi:type='{type_}'>{created}{inside}</situationRecord>"
        "</situation></payloadPublication></d2LogicalModel>"
    ).encode()


def schedule(status: str, start: str = "", end: str = "") -> str:
    starts = f"<overallStartTime>{start}</overallStartTime>" if start else ""
    ends = f"<overallEndTime>{end}</overallEndTime>" if end else ""
    spec = f"<validityTimeSpecification>{starts}{ends}</validityTimeSpecification>"
    return f"<validity><validityStatus>{status}</validityStatus>{spec}</validity>"


@pytest.mark.parametrize("content_type", ["application/json", "application/xml", "text/plain", "", "text/csv"])
def test_xml_is_known_by_its_first_character(content_type: str) -> None:
    assert report("traffic", record(), content_type).source_id == "r"


@pytest.mark.parametrize("content_type", ["application/json", "application/xml", "application/geo+json"])
def test_json_is_known_by_its_structure(content_type: str) -> None:
    assert report("traffic", feature(), content_type).attributes["event_type"] == "work-zone"
    assert report("traffic", EVENT, content_type).attributes["kind"] == "accident"


def test_formats_may_be_mixed_in_one_array_and_keep_their_order() -> None:
    collection = {"type": "FeatureCollection", "features": [feature() | {"id": "a"}, feature() | {"id": "b"}]}
    found = read("traffic", [EVENT, collection, EVENT | {"id": "2"}])
    assert [(record.source_id, record.part) for record in found] == [("1", 0), ("a", 1), ("b", 2), ("2", 3)]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("accident", ("交通事故", "accident")),
        ("道路异常", ("道路异常", "road_abnormality")),
        ("Control", ("交通管制", "control")),
        ("交通灾害", ("交通灾害", "disaster")),
        ("车辆抛锚", ("车辆抛锚", "breakdown")),
    ],
)
def test_the_five_kinds_have_either_name(kind: str, names: tuple[str, ...]) -> None:
    assert report("traffic", EVENT | {"kind": kind}).category_names == names


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"kind": "jam"}, RejectReason.BAD_VALUE, "$.kind"),
        ({"kind": None}, RejectReason.MISSING_FIELD, "$.kind"),
        ({"kind": ["accident"]}, RejectReason.WRONG_TYPE, "$.kind"),
        ({"occurred_at": "24/11/2026"}, RejectReason.BAD_TIME, "$.occurred_at"),
        ({"occurred_at": "2026-11-24 10:11:00"}, RejectReason.TIME_IN_FUTURE, "$.occurred_at"),
        ({"updated_at": "2027-01-01"}, RejectReason.TIME_IN_FUTURE, "$.updated_at"),
        ({"lon": 111.0}, RejectReason.BAD_VALUE, "$.lat"),
        ({"lon": 35.0, "lat": 111.0}, RejectReason.COORDINATES_SWAPPED, "$.lat"),
        ({"severity": "V"}, RejectReason.BAD_VALUE, "$.severity"),
        ({"casualties": -1}, RejectReason.BAD_VALUE, "$.casualties"),
        ({"casualties": {"injured": "many"}}, RejectReason.BAD_VALUE, "$.casualties.injured"),
        ({"lanes": [{}]}, RejectReason.WRONG_TYPE, "$.lanes[0]"),
        ({"district": "1408"}, RejectReason.BAD_VALUE, "$.district"),
        ({"id": ""}, RejectReason.MISSING_FIELD, "$.id"),
    ],
)
def test_a_wrong_event_names_its_field(change: dict[str, Any], reason: RejectReason, field: str) -> None:
    found = reject("traffic", EVENT | change)
    assert (found.reason, found.field) == (reason, field)


def test_an_event_ten_minutes_ahead_is_a_slow_clock_of_ours() -> None:
    assert report("traffic", EVENT | {"occurred_at": "2026-11-24 10:10:00"})


def test_our_own_events_follow_the_source_in_coordinates() -> None:
    found = report("traffic", EVENT | {"lon": 111.0, "lat": 35.0}, system=CoordinateSystem.GCJ02)
    assert found.point is not None
    assert found.point.system is CoordinateSystem.GCJ02


def test_geojson_is_wgs_84_whatever_the_source_declares() -> None:
    body = feature(geometry={"type": "Point", "coordinates": [111.0, 35.0]})
    found = report("traffic", body, system=CoordinateSystem.BD09)
    assert found.point is not None
    assert (found.point.lon, found.point.lat, found.point.system) == (111.0, 35.0, CoordinateSystem.WGS84)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [111.0, 35.0]},
        {"type": "MultiPoint", "coordinates": [[111.0, 35.0], [112.0, 36.0]]},
        {"type": "LineString", "coordinates": [[111.0, 35.0, 400.0], [112.0, 36.0]]},
        {"type": "MultiLineString", "coordinates": [[[111.0, 35.0], [112.0, 36.0]]]},
        {"type": "MultiPolygon", "coordinates": [[[[111.0, 35.0], [112.0, 36.0], [112.0, 35.0]]]]},
    ],
)
def test_the_first_position_of_any_geometry_is_the_point(geometry: dict[str, Any]) -> None:
    point = report("traffic", feature(geometry=geometry)).point
    assert point is not None
    assert (point.lon, point.lat) == (111.0, 35.0)


@pytest.mark.parametrize(
    "geometry", [{}, [], "POINT(1 2)", {"coordinates": []}, {"coordinates": [1]}, {"coordinates": [[[[[[1, 2]]]]]]}]
)
def test_a_geometry_without_a_position_is_refused(geometry: Any) -> None:
    found = reject("traffic", feature(geometry=geometry))
    assert found.reason is RejectReason.BAD_VALUE
    assert found.field.startswith("$.geometry.coordinates")


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({}, ReportStatus.ACTIVE),
        ({"event_status": "planned"}, ReportStatus.ACTIVE),
        ({"event_status": "pending"}, ReportStatus.ACTIVE),
        ({"event_status": "completed"}, ReportStatus.CLOSED),
        ({"event_status": "cancelled"}, ReportStatus.CANCELLED),
        ({"end_date": "2026-11-24T01:00:00Z"}, ReportStatus.ACTIVE),
        ({"end_date": "2026-11-24T01:00:00Z", "is_end_date_verified": True}, ReportStatus.CLOSED),
        ({"end_date": "2026-11-25T01:00:00Z", "is_end_date_verified": True}, ReportStatus.ACTIVE),
    ],
)
def test_a_road_event_ends_when_it_says_so(properties: dict[str, Any], status: ReportStatus) -> None:
    assert report("traffic", feature(**properties)).status is status


def test_a_planned_start_is_an_attribute_and_a_past_one_the_time() -> None:
    planned = report("traffic", feature(start_date="2027-01-01T00:00:00Z"))
    assert planned.occurred_at == datetime(2026, 11, 24, 1, tzinfo=UTC)
    assert planned.attributes["start_date"] == "2027-01-01T00:00:00Z"
    assert report("traffic", feature(start_date="2026-11-23T00:00:00Z")).occurred_at == datetime(
        2026, 11, 23, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("error", ReportStatus.ACTIVE),
        ("warning", ReportStatus.ACTIVE),
        ("ok", ReportStatus.CLOSED),
        ("unknown", ReportStatus.CLOSED),
    ],
)
def test_a_device_reports_its_fault_and_its_recovery(said: str, status: ReportStatus) -> None:
    found = report("traffic", feature({"device_type": "camera", "device_status": said, "event_type": None}))
    assert found.status is status
    assert found.category_names == ("交通设备故障", "camera")


def test_a_collection_that_holds_nothing_or_no_list_is_refused() -> None:
    for features in ([], None, {}, "x"):
        found = reject("traffic", {"type": "FeatureCollection", "features": features})
        assert (found.reason, found.field) == (RejectReason.MISSING_FIELD, "$.features")


def test_a_collection_of_too_many_is_refused_whole() -> None:
    body = {"type": "FeatureCollection", "features": [{"type": "Feature"}] * 2_001}
    assert reject("traffic", body).reason is RejectReason.TOO_LARGE
    halves = [{"type": "FeatureCollection", "features": [{"type": "Feature"}] * 1_001}] * 2
    assert reject("traffic", halves).reason is RejectReason.TOO_LARGE


@pytest.mark.parametrize(
    ("inside", "header", "status"),
    [
        ("", "real", ReportStatus.ACTIVE),
        ("", "test", ReportStatus.TEST),
        ("", "technicalExercise", ReportStatus.TEST),
        (schedule("active", end="2026-11-24T01:30:00Z"), "real", ReportStatus.ACTIVE),
        (schedule("suspended"), "real", ReportStatus.CLOSED),
        (schedule("definedByValidityTimeSpec", end="2026-11-24T01:30:00Z"), "real", ReportStatus.CLOSED),
        (schedule("definedByValidityTimeSpec", end="2026-11-24T02:30:00Z"), "real", ReportStatus.ACTIVE),
        (schedule("definedByValidityTimeSpec", end="OVERALL_END_TIME"), "real", ReportStatus.ACTIVE),
        ("<management><lifeCycleManagement><end>true</end></lifeCycleManagement></management>", "real", "closed"),
        (
            "<management><lifeCycleManagement><cancel>true</cancel></lifeCycleManagement></management>",
            "real",
            "cancelled",
        ),
    ],
)
def test_a_situation_record_ends_when_it_says_so(inside: str, header: str, status: ReportStatus) -> None:
    assert report("traffic", record(inside, header)).status == status


def test_a_situation_record_happens_when_it_began() -> None:
    began = report("traffic", record(schedule("active", start="2026-11-24T00:30:00Z")))
    assert began.occurred_at == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    planned = report("traffic", record(schedule("active", start="2026-12-24T00:30:00Z")))
    assert planned.occurred_at == datetime(2026, 11, 24, 1, tzinfo=UTC)
    assert planned.attributes["overallStartTime"] == "2026-12-24T00:30:00Z"


def test_a_version_time_in_the_future_is_refused() -> None:
    body = record("<situationRecordVersionTime>2026-11-25T00:00:00Z</situationRecordVersionTime>")
    found = reject("traffic", body)
    assert found.reason is RejectReason.TIME_IN_FUTURE
    assert found.field.endswith("/situationRecord/situationRecordVersionTime")
    assert found.source_id == "r"


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ("highest", Severity.I),
        ("high", Severity.II),
        ("medium", Severity.III),
        ("low", Severity.IV),
        ("lowest", Severity.IV),
        ("none", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_severities_of_datex(said: str, severity: Severity | None) -> None:
    assert report("traffic", record(f"<severity>{said}</severity>")).severity is severity


def position(name: str, latitude: str = "35", longitude: str = "111") -> str:
    return f"<{name}><latitude>{latitude}</latitude><longitude>{longitude}</longitude></{name}>"


PLACES = {
    "a point": f"<pointByCoordinates>{position('pointCoordinates')}</pointByCoordinates>",
    "what to draw it at, before the rest": position("pointCoordinates", "1", "2") + position("locationForDisplay"),
    "a line": "<gmlLineString><posList>35 111 36 112</posList></gmlLineString>",
    "an OpenLR reference": f"<openlr>{position('openlrCoordinate')}</openlr>",
    "a holder of its own": f"<x>{position('y')}</x>",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("holder", ["groupOfLocations", "locationReference"])
def test_the_point_of_a_situation_record(place: str, holder: str) -> None:
    point = report("traffic", record(f"<{holder}>{place}</{holder}>")).point
    assert point is not None
    assert (point.lon, point.lat, point.system) == (111.0, 35.0, CoordinateSystem.WGS84)


@pytest.mark.parametrize("place", ["<alertCPoint><specificLocation>1</specificLocation></alertCPoint>", "", "<x/>"])
def test_a_place_by_code_only_is_no_point(place: str) -> None:
    assert report("traffic", record(f"<groupOfLocations>{place}</groupOfLocations>")).point is None


def test_a_record_type_beyond_the_five_kinds_keeps_its_own_name() -> None:
    assert report("traffic", record(type_="AbnormalTraffic")).category_names == ("AbnormalTraffic",)


def test_a_document_carried_as_text_is_read() -> None:
    inner = record(attributes='id="carried"').decode()
    body = f"<imsMessage><d2Message><![CDATA[ <?xml version='1.0' encoding='UTF-8'?>{inner}]]></d2Message></imsMessage>"
    assert report("traffic", body.encode()).source_id == "carried"


def test_xml_of_something_else_is_refused() -> None:
    assert reject("traffic", b"<html><body/></html>").reason is RejectReason.UNKNOWN_FORMAT
    assert reject("traffic", b"<payload/>").reason is RejectReason.MISSING_FIELD


HOSTILE_PROFILES: list[Any] = [
    {"payload": None},
    {"payload": []},
    {"payload": {"situationSituationPublication": {"situation": "x"}}},
    {"payload": {"situationSituationPublication": {"situation": [{"situationRecord": [{}]}]}}},
    {"messageContainer": {"payload": [{"payload": []}]}},
]


@pytest.mark.parametrize("body", HOSTILE_PROFILES)
def test_a_payload_without_records_is_refused(body: Any) -> None:
    assert reject("traffic", body).reason is RejectReason.UNKNOWN_FORMAT


@pytest.mark.parametrize("inner", [None, 1, "x", [], [{}, {}], {"idG": 1}, {"idG": "1", "\x00": {}, "a b": []}])
def test_a_record_of_the_profile_with_a_wrong_shape_is_refused(inner: Any) -> None:
    situation = {"idG": ["x"], "headerInformation": [], "situationRecord": {"situationAccident": inner}}
    found = reject("traffic", {"payload": {"situationSituationPublication": {"situation": situation}}})
    path = "$.payload.situationSituationPublication.situation.situationRecord.situationAccident"
    assert found.field.startswith(path)


def test_a_source_cannot_write_the_mark_of_a_found_record() -> None:
    found = reject("traffic", {"datex record": {}, "('datex record',)": {}})
    assert (found.reason, found.field) == (RejectReason.MISSING_FIELD, "$.id")


def test_our_own_events_come_as_csv_too() -> None:
    body = "id,kind,occurred_at,road,lon,lat\n1,交通事故,2026-11-24 09:00:00,G5,111,35\n".encode("gb18030")
    (found,) = read("traffic", body, "text/csv")
    assert isinstance(found, Report)
    assert found.title == "交通事故 G5"
