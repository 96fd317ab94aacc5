"""One value of a source to one of ours: text, number, time, point. It must never let through what a store refuses.

Every function takes the path of the value and raises `BadInput` with it; none of them knows a feed.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.stages.normalise.decode import BadInput
from hub.vocabulary.messages import MAX_TEXT, MAX_TITLE
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus, Severity

#: How far a source's clock may run ahead of ours.
FUTURE_TOLERANCE = timedelta(minutes=10)
#: Longest address kept.
MAX_ADDRESS = 200
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

#: Controls except tab and line breaks, lone surrogates, and the invisible characters that reorder or hide text.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_BREAK = re.compile("\r\n?|\u2028|\u2029")
_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)
_LOOSE_TIME = re.compile(
    r"""(\d{4}) [-/.年] (\d{1,2}) [-/.月] (\d{1,2})
        (?: 日? | (?:日[ T]?|[ T]+) (\d{1,2}) [:时] (\d{1,2}) (?: 分? | [:分] (\d{1,2}) (?:\.\d+)? 秒? ) )""",
    re.ASCII | re.VERBOSE,
)

SYSTEMS: Final[Mapping[str, CoordinateSystem]] = {
    **dict.fromkeys(
        ("wgs84", "epsg:4326", "4326", "cgcs2000", "epsg:4490", "4490", "国家2000", "2000"), CoordinateSystem.WGS84
    ),
    **dict.fromkeys(("gcj02", "火星坐标", "高德", "amap"), CoordinateSystem.GCJ02),
    **dict.fromkeys(("bd09", "bd09ll", "百度", "baidu"), CoordinateSystem.BD09),
}
SEVERITIES: Final[Mapping[str, Severity]] = {
    **dict.fromkeys(("1", "i", "ⅰ", "i级", "特别严重", "特别重大", "特大", "红色", "红", "red"), Severity.I),
    **dict.fromkeys(("2", "ii", "ⅱ", "ii级", "严重", "重大", "橙色", "橙", "orange"), Severity.II),
    **dict.fromkeys(("3", "iii", "ⅲ", "iii级", "较重", "较大", "黄色", "黄", "yellow"), Severity.III),
    **dict.fromkeys(("4", "iv", "ⅳ", "iv级", "一般", "蓝色", "蓝", "blue"), Severity.IV),
}
STATUSES: Final[Mapping[str, ReportStatus]] = {
    **dict.fromkeys(
        ("closed", "close", "finished", "已结案", "结案", "已办结", "办结", "已归档", "归档", "回复完成", "已完成"),
        ReportStatus.CLOSED,
    ),
    **dict.fromkeys(
        ("cancelled", "canceled", "cancel", "作废", "已作废", "撤销", "已撤销", "取消", "已取消", "撤单", "不予受理"),
        ReportStatus.CANCELLED,
    ),
    **dict.fromkeys(("test", "测试", "演练"), ReportStatus.TEST),
}
_TRUE = frozenset({"1", "true", "yes", "y", "是", "保密"})
_FALSE = frozenset({"0", "false", "no", "n", "否", "不保密", "公开"})


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Text without what a store or a screen chokes on, trimmed and cut at `limit` characters."""
    if not text.isprintable():
        text = _UNWANTED.sub("", _LINE_BREAK.sub("\n", text))
    return text.strip()[:limit].rstrip()


def clean_line(text: str, limit: int = MAX_TITLE) -> str:
    """The same on one line: line breaks and tabs become spaces."""
    if text.isprintable():
        return text.strip()[:limit].rstrip()
    return " ".join(_UNWANTED.sub("", text).split())[:limit].rstrip()


def text_of(value: Any, path: str) -> str:
    """A JSON scalar as text, so that a number where a text belongs is read and an object is not."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int and value.bit_length() <= 64:
        return str(value)
    if type(value) is float and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if type(value) in (int, float):
        raise BadInput(RejectReason.BAD_VALUE, path, "The number is too large or not a number at all.")
    raise BadInput(RejectReason.WRONG_TYPE, path, "Text is expected here.")


def number_of(value: Any, path: str) -> float:
    """A finite number, written as a JSON number or as text."""
    if type(value) is str:
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise BadInput(RejectReason.BAD_VALUE, path, "The text is not a number.")
        value = float(text)
    if type(value) not in (int, float):
        raise BadInput(RejectReason.WRONG_TYPE, path, "A number is expected here.")
    if (type(value) is int and value.bit_length() > 64) or not math.isfinite(value):
        raise BadInput(RejectReason.BAD_VALUE, path, "The number is too large or not a number at all.")
    return float(value)


def flag_of(value: Any, path: str) -> bool:
    """Yes or no: a JSON boolean, 1 and 0, or 是 and 否."""
    if type(value) is bool:
        return value
    word = text_of(value, path).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadInput(RejectReason.BAD_VALUE, path, "Write true or false (是 or 否).")


def time_of(value: Any, path: str, timezone: str, received_at: datetime, *, may_be_future: bool = False) -> datetime:
    """A moment in UTC. A time without an offset is in `timezone`, the zone that the source declares."""
    try:
        found = _moment(value, path, timezone).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "The time is not readable: use ISO 8601, YYYY-MM-DD HH:MM:SS or epoch seconds."
        raise BadInput(RejectReason.BAD_TIME, path, message) from None
    if found < EARLIEST:
        raise BadInput(RejectReason.BAD_TIME, path, "The time is before the year 2000.")
    if not may_be_future and found > received_at + FUTURE_TOLERANCE:
        message = "The time is more than 10 minutes ahead of when the message was received: check clock and time zone."
        raise BadInput(RejectReason.TIME_IN_FUTURE, path, message)
    return found


def point_of(lon: Any, lat: Any, system: CoordinateSystem, lon_path: str, lat_path: str) -> SourcePoint | None:
    """A position, or None when there is none: both empty, or both zero, the mark of a system without a position."""
    if lon is None and lat is None:
        return None
    for value, path, other in ((lon, lon_path, "latitude"), (lat, lat_path, "longitude")):
        if value is None:
            raise BadInput(RejectReason.BAD_VALUE, path, f"It is missing beside its {other}.")
    x, y = number_of(lon, lon_path), number_of(lat, lat_path)
    if x == 0 and y == 0:
        return None
    if abs(x) <= 90 < abs(y) <= 180:
        raise BadInput(
            RejectReason.COORDINATES_SWAPPED, lat_path, "Longitude and latitude stand in each other's place."
        )
    if abs(x) > 180:
        raise BadInput(RejectReason.BAD_VALUE, lon_path, "A longitude lies between -180 and 180 degrees.")
    if abs(y) > 90:
        raise BadInput(RejectReason.BAD_VALUE, lat_path, "A latitude lies between -90 and 90 degrees.")
    return SourcePoint(lon=x, lat=y, system=system, field=lon_path)


def system_of(value: Any, path: str) -> CoordinateSystem:
    """The coordinate system that a record declares for itself."""
    name = text_of(value, path).strip().lower().replace("-", "").replace("_", "").replace(" ", "")
    if name not in SYSTEMS:
        raise BadInput(RejectReason.BAD_VALUE, path, "The coordinate system is not wgs84, cgcs2000, gcj02 or bd09.")
    return SYSTEMS[name]


def one_address(*parts: str, limit: int = MAX_ADDRESS) -> str:
    """Parts of an address, widest first, as one; a part that a later one repeats is left out."""
    found = ""
    for part in reversed(parts):
        if part not in found:
            found = part + found
    return found[:limit]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _moment(value: Any, path: str, timezone: str) -> datetime:
    if type(value) in (int, float):
        return _epoch(value, path)
    if type(value) is not str:
        raise BadInput(RejectReason.WRONG_TYPE, path, "A time is expected here.")
    text = value.strip()
    if text.isascii() and text.isdigit():
        if len(text) in (10, 13):
            return _epoch(int(text), path)
        found = _packed(text)
    else:
        found = _written(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=_zone(timezone))


def _packed(text: str) -> datetime:
    """Digits without separators: yyyymmdd, yyyymmddHHMM or yyyymmddHHMMSS."""
    if len(text) not in (8, 12, 14):
        raise ValueError(text)
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}" if len(text) > 8 else text)


def _written(text: str) -> datetime:
    # Python takes any character between day and hour.
    if (text[10:11] if text[4:5] == "-" else text[8:9]) in ("T", " ", ""):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    match = _LOOSE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")


def _epoch(value: int | float, path: str) -> datetime:
    number = number_of(value, path)
    # 1e11 s is the year 5138 and 1e11 ms is 1973: no moment worth reporting is ambiguous.
    return datetime.fromtimestamp(number / 1000 if abs(number) >= 1e11 else number, UTC)
