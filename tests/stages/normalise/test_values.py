"""Single values: times, numbers, points, texts and codes as sources write them."""

from datetime import UTC, datetime

import pytest

from hub.stages.normalise.codes import class_code
from hub.stages.normalise.decode import BadInput
from hub.stages.normalise.values import clean_line, clean_text, number_of, one_address, point_of, text_of, time_of
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, RejectReason
from tests.stages.normalise.messages import RECEIVED_AT

NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24T09:00:00+08:00",
        "2026-11-24T01:00:00Z",
        "2026-11-24T01:00:00.000Z",
        "2026-11-24 09:00:00",
        "2026-11-24 09:00:00+08:00",
        "2026-11-24 09:00",
        " 2026-11-24T09:00 ",
        "2026/11/24 9:00",
        "2026/11/24 09:00:00",
        "2026.11.24 9:00",
        "2026年11月24日 9时00分",
        "2026年11月24日9时0分0秒",
        "2026年11月24日 9:00",
        "20261124090000",
        "202611240900",
        "20261124T090000",
        1795482000,
        1795482000.0,
        1795482000000,
        "1795482000",
        "1795482000000",
    ],
)
def test_spellings_of_nine_o_clock(value: object) -> None:
    assert time_of(value, "$.t", "Asia/Shanghai", RECEIVED_AT) == NINE


def test_days_and_zones() -> None:
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    for value in ("2026-11-24", "2026/11/24", "2026年11月24日", "20261124"):
        assert time_of(value, "$.t", "Asia/Shanghai", RECEIVED_AT) == midnight
    assert time_of("2026-11-23 20:00", "$.t", "America/New_York", RECEIVED_AT) == NINE


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("yesterday", RejectReason.BAD_TIME),
        ("2026-13-01", RejectReason.BAD_TIME),
        ("2026-02-30 10:00", RejectReason.BAD_TIME),
        ("2026/11/24 25:00", RejectReason.BAD_TIME),
        ("1999-12-31T15:59:59+00:00", RejectReason.BAD_TIME),
        ("0001-01-01T00:00:00+14:00", RejectReason.BAD_TIME),
        (0, RejectReason.BAD_TIME),
        (-1e300, RejectReason.BAD_TIME),
        (1e300, RejectReason.BAD_TIME),
        ("123", RejectReason.BAD_TIME),
        ("2026-11-24\x0009:00", RejectReason.BAD_TIME),
        (float("nan"), RejectReason.BAD_VALUE),
        (10**40, RejectReason.BAD_VALUE),
        (True, RejectReason.WRONG_TYPE),
        ({"t": 1}, RejectReason.WRONG_TYPE),
        ("2026-11-24T10:10:01+08:00", RejectReason.TIME_IN_FUTURE),
        ("9999-12-31T23:59:59Z", RejectReason.TIME_IN_FUTURE),
        ("9999-12-31T23:59:59-23:59", RejectReason.BAD_TIME),
    ],
)
def test_times_that_are_refused(value: object, reason: RejectReason) -> None:
    with pytest.raises(BadInput) as caught:
        time_of(value, "$.t", "Asia/Shanghai", RECEIVED_AT)
    assert (caught.value.reason, caught.value.field) == (reason, "$.t")


def test_a_clock_may_run_ten_minutes_ahead() -> None:
    assert time_of("2026-11-24T10:10:00+08:00", "$.t", "UTC", RECEIVED_AT) == datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
    later = time_of("2026-12-01T00:00:00Z", "$.t", "UTC", RECEIVED_AT, may_be_future=True)
    assert later == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1.0), (1.5, 1.5), ("1.5", 1.5), (" -2 ", -2.0), ("+.5", 0.5), ("1e2", 100.0)]
)
def test_numbers(value: object, number: float) -> None:
    assert number_of(value, "$.n") == number


@pytest.mark.parametrize(
    "value", ["", "1,5", "1_000", "１２", "0x10", "nan", "inf", "1e999", True, None, [], "1" * 100]
)
def test_what_is_not_a_number(value: object) -> None:
    with pytest.raises(BadInput):
        number_of(value, "$.n")


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (17, "17"), (17.0, "17"), (0.5, "0.5"), (13800000000.0, "13800000000"), (True, "true")],
)
def test_scalars_as_text(value: object, text: str) -> None:
    assert text_of(value, "$.x") == text


def test_points() -> None:
    def point(lon: object, lat: object) -> SourcePoint | None:
        return point_of(lon, lat, CoordinateSystem.GCJ02, "$.lon", "$.lat")

    assert point("111.0", 35) == SourcePoint(lon=111.0, lat=35.0, system=CoordinateSystem.GCJ02, field="$.lon")
    assert point(None, None) is None
    assert point(0, "0.0") is None
    assert point(0, 35) is not None
    for lon, lat, reason, field in (
        (35, 111, RejectReason.COORDINATES_SWAPPED, "$.lat"),
        (181, 35, RejectReason.BAD_VALUE, "$.lon"),
        (111, 91, RejectReason.BAD_VALUE, "$.lat"),
        (500_000, 3_900_000, RejectReason.BAD_VALUE, "$.lon"),
        (None, 35, RejectReason.BAD_VALUE, "$.lon"),
        (111, None, RejectReason.BAD_VALUE, "$.lat"),
        ("east", 35, RejectReason.BAD_VALUE, "$.lon"),
        ([], 35, RejectReason.WRONG_TYPE, "$.lon"),
    ):
        with pytest.raises(BadInput) as caught:
            point(lon, lat)
        assert (caught.value.reason, caught.value.field) == (reason, field)


def test_texts_are_cleaned_and_cut() -> None:
    assert clean_text(" 一\x00二\ud800三\u202e\r\n四\u3000五 ") == "一二三\n四\u3000五"
    assert clean_line("一\n二\t\x07三") == "一 二 三"
    assert clean_text("长" * 9_000) == "长" * 8_000
    assert clean_line("字" * 300) == "字" * 200
    assert clean_line("𠮷" * 3, 2) == "𠮷𠮷"


def test_an_address_says_nothing_twice() -> None:
    assert one_address("盐湖区", "东城街道", "", "红旗街") == "盐湖区东城街道红旗街"
    assert one_address("盐湖区", "东城街道", "", "盐湖区红旗街") == "东城街道盐湖区红旗街"
    assert one_address("", "") == ""


@pytest.mark.parametrize(
    ("major", "minor", "standard", "code"),
    [
        ("01", "10", "", "0110"),
        ("1", "10", "", "0110"),
        ("1", "7", "", "0107"),
        ("01-10", "", "", "0110"),
        ("", "01-10", "", "0110"),
        ("1", "01-10", "", "0110"),
        ("", "110", "", "0110"),
        ("0110", "", "", "0110"),
        ("01", "0110", "", "0110"),
        ("06", "010", "", "06010"),
        ("6", "10", "GB/T 47678.5-2026", "06010"),
        ("", "6010", "GB/T 47678.5-2026", "06010"),
        ("", "06010", "", "06010"),
        ("06.010", "", "", "06010"),
        ("01", "", "", None),
        ("", "10", "", None),
        ("100", "10", "", None),
        ("01", "x", "", None),
        ("123456", "", "", None),
        ("０１", "10", "", None),
    ],
)
def test_class_codes(major: str, minor: str, standard: str, code: str | None) -> None:
    assert class_code(major, minor, standard) == code
