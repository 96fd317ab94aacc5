"""The emergency feed beyond its samples: every word of CAP, identity of updates, the national format's habits."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.normalise import areas
from hub.vocabulary.messages import MAX_TEXT, MAX_TITLE
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus, Severity
from tests.stages.normalise.messages import read, reject, report

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
REQUIRED = {
    "identifier": "A1",
    "sender": "s",
    "sent": "2026-11-24T09:00:00+08:00",
    "status": "Actual",
    "msgType": "Alert",
    "scope": "Public",
}
INFO = {"category": "Met", "event": "大风", "urgency": "Future", "severity": "Minor", "certainty": "Likely"}


def elements(names: dict[str, str | None]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in names.items() if text is not None)


def info(area: str = "", **changes: str | None) -> str:
    return f"<info>{elements({'language': 'zh-CN'} | INFO | changes)}{area}</info>"


def cap(inside: str | None = None, namespace: str = NAMESPACE, **changes: str | None) -> bytes:
    body = info() if inside is None else inside
    return f"<alert xmlns='{namespace}'>{elements(REQUIRED | changes)}{body}</alert>".encode()


def national(info_: dict[str, str] | None = None, **changes: str | None) -> bytes:
    names: dict[str, str | None] = {"identifier": "14080041600000_20261124080000", "sendTime": "2026-11-24 09:00:00"}
    inner = {"eventType": "11B06", "severity": "Blue", "headline": "运城市气象台发布大风蓝色预警"} | (info_ or {})
    body = elements(names | {"status": "Actual", "msgType": "Alert"} | changes)
    return f"<alert>{body}<info>{elements({**inner})}</info></alert>".encode()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Actual", ReportStatus.ACTIVE),
        ("Exercise", ReportStatus.TEST),
        ("System", ReportStatus.TEST),
        ("Test", ReportStatus.TEST),
        ("Draft", ReportStatus.TEST),
    ],
)
@pytest.mark.parametrize("make", [cap, national])
def test_only_actual_alerts_are_more_than_a_test(make: Any, said: str, status: ReportStatus) -> None:
    assert report("emergency", make(status=said)).status is status


def test_a_test_that_is_cancelled_stays_a_test() -> None:
    assert report("emergency", cap(status="Test", msgType="Cancel")).status is ReportStatus.TEST


@pytest.mark.parametrize(
    ("said", "severity"),
    [("Extreme", 1), ("Severe", 2), ("Moderate", 3), ("Minor", 4), ("Unknown", None)],
)
def test_severities_of_cap(said: str, severity: int | None) -> None:
    found = report("emergency", cap(info(severity=said))).severity
    assert found is (None if severity is None else Severity(severity))


def test_the_worst_info_of_the_language_counts() -> None:
    body = cap(info(severity="Minor") + info(severity="Severe") + info(severity="Extreme", language="en"))
    assert report("emergency", body).severity is Severity.II


ENUMS = {
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "certainty": ("Observed", "Likely", "Very Likely", "Possible", "Unlikely", "Unknown"),
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other".split(),
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None".split(),
}


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in ENUMS.items() for word in words])
def test_every_word_of_the_schema_is_read(name: str, word: str) -> None:
    assert report("emergency", cap(info(**{name: word})))


@pytest.mark.parametrize("name", [*ENUMS, "severity"])
def test_a_word_that_is_not_in_the_schema_is_refused(name: str) -> None:
    found = reject("emergency", cap(info(**{name: "Whatever"})))
    assert (found.reason, found.field) == (RejectReason.BAD_VALUE, f"/alert/info/{name}")
    assert found.source_id == "A1"


@pytest.mark.parametrize("name", REQUIRED)
def test_what_the_schema_requires_of_an_alert(name: str) -> None:
    for text in (None, " "):
        found = reject("emergency", cap(**{name: text}))
        assert (found.reason, found.field) == (RejectReason.MISSING_FIELD, f"/alert/{name}")


@pytest.mark.parametrize("name", INFO)
def test_what_the_schema_requires_of_an_info(name: str) -> None:
    found = reject("emergency", cap(info(**{name: None})))
    assert (found.reason, found.field) == (RejectReason.MISSING_FIELD, f"/alert/info/{name}")


def test_an_area_needs_its_description() -> None:
    found = reject("emergency", cap(info("<area><circle>35,111 1</circle></area>")))
    assert found.field == "/alert/info/area/areaDesc"


@pytest.mark.parametrize(
    "namespace", ["", "urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0", NAMESPACE + "x"]
)
def test_no_other_version_is_read_as_cap_1_2(namespace: str) -> None:
    found = reject("emergency", cap(namespace=namespace))
    assert (found.reason, found.field) == (RejectReason.UNKNOWN_FORMAT, "/alert")


@pytest.mark.parametrize("message_type", ["Update", "Cancel"])
@pytest.mark.parametrize(
    ("references", "source_id"),
    [
        ("s,FIRST,2026-11-24T08:00:00+08:00", "FIRST"),
        ("s,FIRST,2026-11-24T08:00:00+08:00 s,SECOND,2026-11-24T08:30:00+08:00", "FIRST"),
        ("\n  s,FIRST,2026-11-24T08:00:00+08:00\n  s,SECOND,2026-11-24T08:30:00+08:00\n", "FIRST"),
        ("FIRST", "FIRST"),
        ("FIRST,SECOND", "FIRST"),
        ("FIRST，SECOND", "FIRST"),
        ("FIRST,SECOND,THIRD", "FIRST"),
        (",", "A1"),
        ("", "A1"),
        (None, "A1"),
    ],
)
def test_an_update_is_a_revision_of_what_it_refers_to_first(
    message_type: str, references: str | None, source_id: str
) -> None:
    found = report("emergency", cap(msgType=message_type, references=references))
    assert found.source_id == source_id
    assert found.attributes["identifier"] == "A1"
    assert found.updated_at == datetime(2026, 11, 24, 1, tzinfo=UTC)


def test_a_new_alert_that_refers_to_another_is_its_own_report() -> None:
    assert report("emergency", cap(references="s,FIRST,2026-11-24T08:00:00+08:00")).source_id == "A1"


@pytest.mark.parametrize("message_type", ["Ack", "Error"])
@pytest.mark.parametrize("make", [cap, national])
def test_an_answer_to_an_alert_touches_no_report(make: Any, message_type: str) -> None:
    found = reject("emergency", make(msgType=message_type, references="s,FIRST,2026-11-24T08:00:00+08:00"))
    assert (found.reason, found.field) == (RejectReason.BAD_VALUE, "/alert/msgType")


def test_a_cancel_needs_no_info_and_cancels() -> None:
    found = report("emergency", cap("", msgType="Cancel", references="s,FIRST,2026-11-24T08:00:00+08:00"))
    assert (found.status, found.title) == (ReportStatus.CANCELLED, "CAP cancel")


def test_all_clear_closes() -> None:
    both = info(responseType="AllClear") + info(responseType="Monitor")
    assert report("emergency", cap(info(responseType="AllClear"), msgType="Update")).status is ReportStatus.CLOSED
    assert report("emergency", cap(both, msgType="Update")).status is ReportStatus.ACTIVE


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        (("en-US", "zh-CN", "fr"), "zh-CN"),
        (("fr", "en-GB"), "en-GB"),
        (("fr", None), None),
        (("fr-CA", "es"), "fr-CA"),
        (("zh-TW",), "zh-TW"),
    ],
)
def test_chinese_is_read_before_english_before_the_first(languages: tuple[str | None, ...], chosen: str | None) -> None:
    body = cap("".join(info(language=language, headline=str(language)) for language in languages))
    assert report("emergency", body).title == str(chosen)


def test_a_sent_time_in_the_future_is_refused_and_a_planned_onset_is_not() -> None:
    assert reject("emergency", cap(sent="2026-11-24T12:00:00+08:00")).reason is RejectReason.TIME_IN_FUTURE
    found = report("emergency", cap(info(onset="2026-11-25T00:00:00+08:00", effective="soon")))
    assert found.attributes["onset"] == "2026-11-25T00:00:00+08:00"


def area(inside: str) -> bytes:
    return cap(info(f"<area><areaDesc>盐湖区</areaDesc>{inside}</area>"))


def test_one_polygon_is_kept_and_several_are_wrapped() -> None:
    one = "<polygon>35,111 35,111.1 35.1,111.1 35,111</polygon>"
    assert report("emergency", area(one)).area_outline == ((111.0, 35.0), (111.1, 35.0), (111.1, 35.1), (111.0, 35.0))
    both = report("emergency", area(one + "<polygon>36,112 36,112.1 36.1,112.1 36,112</polygon>")).area_outline
    assert {(111.0, 35.0), (112.1, 36.1)} <= set(both)
    assert both[0] == both[-1]


@pytest.mark.parametrize("radius", ["0", "0.0", "5"])
def test_a_small_circle_is_a_place(radius: str) -> None:
    found = report("emergency", area(f"<circle>35.5,111.5 {radius}</circle>"), system=CoordinateSystem.BD09)
    assert found.point is not None
    assert (found.point.lon, found.point.lat, found.point.system) == (111.5, 35.5, CoordinateSystem.WGS84)
    assert bool(found.area_outline) is (radius == "5")


def test_a_wide_circle_or_two_circles_are_only_an_area() -> None:
    assert report("emergency", area("<circle>35.5,111.5 30</circle>")).point is None
    two = report("emergency", area("<circle>35.5,111.5 1</circle><circle>35.6,111.5 1</circle>"))
    assert two.point is None
    assert two.area_outline


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("<polygon>35,111 35,112</polygon>", RejectReason.BAD_VALUE),
        ("<polygon>35;111 35;112 36;112</polygon>", RejectReason.BAD_VALUE),
        ("<polygon>a,b c,d e,f</polygon>", RejectReason.BAD_VALUE),
        ("<polygon>35,NaN 35,112 36,112</polygon>", RejectReason.BAD_VALUE),
        ("<polygon>111,35 112,35 112,36</polygon>", RejectReason.COORDINATES_SWAPPED),
        ("<polygon>35,181 35,112 36,112</polygon>", RejectReason.BAD_VALUE),
        ("<circle>35,111</circle>", RejectReason.BAD_VALUE),
        ("<circle>35,111 -1</circle>", RejectReason.BAD_VALUE),
        ("<circle>35,111 1e9</circle>", RejectReason.BAD_VALUE),
    ],
)
def test_a_wrong_shape_is_refused_at_its_path(shape: str, reason: RejectReason) -> None:
    found = reject("emergency", area(shape))
    assert (found.reason, found.field) == (reason, f"/alert/info/area/{shape[1:].partition('>')[0]}")


def test_only_chinese_administrative_codes_are_area_codes() -> None:
    codes = ("140802", "140802001", "140802001001", "006109", "3537064", "1408", "140802")
    body = "".join(f"<geocode><valueName>x</valueName><value>{code}</value></geocode>" for code in codes)
    assert report("emergency", area(body)).area_codes == ("140802", "140802001", "140802001001")


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=3, max_size=8).map(tuple),
        min_size=1,
        max_size=4,
    )
)
def test_an_outline_reaches_as_far_as_its_rings(rings: list[areas.Ring]) -> None:
    outline = areas.outline_of(rings)
    corners = [corner for ring in rings for corner in ring]
    for axis in (0, 1):
        for reach in (min, max):
            assert reach(c[axis] for c in outline) == pytest.approx(reach(c[axis] for c in corners), abs=1e-6)


def test_an_outline_of_many_corners_is_cut_down() -> None:
    ring = areas.ring_around(areas.Circle(111.0, 35.0, 10))[:-1] * 200
    assert len(areas.outline_of([ring])) <= 25


@pytest.mark.parametrize(
    ("headline", "severity", "name", "level"),
    [
        ("河南省气象局发布大风蓝色预警[IV级/一般]", "Blue", "大风", Severity.IV),
        ("某县气象台将暴雨蓝色预警升级为暴雨黄色预警", "", "暴雨", Severity.III),
        ("雷电黄色预警解除", "Unknown", "雷电", Severity.III),
        ("夏县气象台继续发布道路结冰橙色预警信号", "Orange", "道路结冰", Severity.II),
        ("台风白色预警", "White", "台风", None),
        ("发布重要天气提示", "红", "大风", Severity.I),
    ],
)
def test_headlines_of_the_national_format(headline: str, severity: str, name: str, level: Severity | None) -> None:
    found = report("emergency", national({"headline": headline, "severity": severity}))
    assert found.category_names == ("自然灾害", "气象灾害", name)
    assert found.severity is level


def test_a_lifted_warning_is_closed_and_a_withdrawn_one_cancelled() -> None:
    lifted = national({"headline": "大风蓝色预警解除"}, msgType="Cancel", references="X_1")
    assert report("emergency", lifted).status is ReportStatus.CLOSED
    assert report("emergency", national(msgType="Cancel", references="X_1")).status is ReportStatus.CANCELLED


def test_families_of_the_national_format() -> None:
    found = report("emergency", national({"eventType": "12A05", "headline": "危险化学品事故预警"}))
    assert found.category_names == ("事故灾难",)
    assert found.code is not None
    assert (found.code.code, found.code.standard_ref) == ("12A05", "GB/T 34283")


@pytest.mark.parametrize(
    ("info_", "changes", "reason", "field"),
    [
        ({"severity": "Purple"}, {}, RejectReason.BAD_VALUE, "/alert/info/severity"),
        ({"eventType": "大风"}, {}, RejectReason.BAD_VALUE, "/alert/info/eventType"),
        ({"eventType": "", "headline": ""}, {}, RejectReason.MISSING_FIELD, "/alert/info/headline"),
        ({}, {"identifier": ""}, RejectReason.MISSING_FIELD, "/alert/identifier"),
        ({}, {"sendTime": "2026-11-24 18:00:00"}, RejectReason.TIME_IN_FUTURE, "/alert/sendTime"),
        ({}, {"sendTime": "", "senderCode": "1"}, RejectReason.MISSING_FIELD, "/alert/sendTime"),
        ({}, {"status": "Real"}, RejectReason.BAD_VALUE, "/alert/status"),
    ],
)
def test_a_wrong_warning_names_its_field(
    info_: dict[str, str], changes: dict[str, str], reason: RejectReason, field: str
) -> None:
    found = reject("emergency", national(info_, **changes))
    assert (found.reason, found.field) == (reason, field)


def test_local_times_of_the_national_format_are_the_sources() -> None:
    assert report("emergency", national()).occurred_at == datetime(2026, 11, 24, 1, tzinfo=UTC)
    east = report("emergency", national(sendTime="2026-11-24 09:00:00"), timezone="Asia/Tokyo")
    assert east.occurred_at == datetime(2026, 11, 24, 0, tzinfo=UTC)


def test_several_alerts_in_a_list_are_several_parts() -> None:
    body = b"<alerts>" + cap() + cap(identifier="A2") + b"<x>" + national() + b"</x></alerts>"
    assert [record.part for record in read("emergency", body)] == [0, 1, 2]
    assert reject("emergency", b"<alerts/>").reason is RejectReason.UNKNOWN_FORMAT
    assert reject("emergency", b"<alerts>" + b"<alert/>" * 2_001 + b"</alerts>").reason is RejectReason.TOO_LARGE


def test_long_texts_are_cut_and_controls_left_out() -> None:
    headline, description = "风" * 300 + "\u202e", "x\u202e" * 9_000
    found = report("emergency", cap(info(headline=headline, description=description)))
    assert found.title == "风" * MAX_TITLE
    assert len(found.text) <= MAX_TEXT
    assert "\u202e" not in found.text


def test_our_own_event_needs_little() -> None:
    found = report("emergency", {"id": "1", "title": "桥梁裂缝", "occurred_at": "2026-11-24 09:00:00"})
    assert (found.title, found.category_names, found.severity) == ("桥梁裂缝", (), None)


@pytest.mark.parametrize(
    ("said", "level"), [("I", 1), ("橙", 2), ("黄色", 3), ("Blue", 4), (2, 2), ("红", 1), ("蓝", 4)]
)
def test_levels_of_our_own_events(said: Any, level: int) -> None:
    body = {"id": "1", "title": "桥梁裂缝", "occurred_at": "2026-11-24 09:00:00", "severity": said}
    assert report("emergency", body).severity is Severity(level)
