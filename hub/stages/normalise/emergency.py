"""Reads the emergency feed (应急): CAP 1.2, the national warning format, and our own JSON. It must never drop a warning
silently: what it cannot read ends as a reject with the field that is wrong.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from hub.rulebook.book import Source
from hub.stages.normalise import areas, values, xml
from hub.stages.normalise.cap import alerts_in, in_exercise, read_cap
from hub.stages.normalise.cn_warning import is_cn_warning, read_cn_warning
from hub.stages.normalise.decode import BadInput
from hub.stages.normalise.elements import ElementFields, read_elements
from hub.stages.normalise.fields import Fields
from hub.stages.normalise.records import read_each
from hub.vocabulary.messages import RawMessage, Reject, Report
from hub.vocabulary.terms import RejectReason, ReportStatus

_ID: Final = ("id", "event_id", "事件编号")
_KIND: Final = ("kind", "event", "事件类型")
_TITLE: Final = ("title", "headline", "标题")
_DIGITS = re.compile(r"\d{6,12}", re.ASCII)


def normalise_emergency(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every alert or event of the message."""
    if not xml.looks_like_xml(raw.body):
        return read_each(raw, source, _read_event)
    try:
        root = xml.read_xml(raw, source)
        alerts = alerts_in(root)
        if not alerts:
            message = "The XML holds no alert, neither of CAP 1.2 nor of the national warning format."
            raise BadInput(RejectReason.UNKNOWN_FORMAT, "", message)
    except BadInput as bad:
        return (bad.reject(raw, 0),)
    return read_elements(raw, source, alerts, _read_alert)


def _read_alert(fields: ElementFields, part: int) -> Report:
    report = (read_cn_warning if is_cn_warning(fields.element) else read_cap)(fields, part)
    if in_exercise(fields.element):
        return msgspec.structs.replace(report, status=ReportStatus.TEST)
    return report


def _read_event(fields: Fields, part: int) -> Report:
    """Our own JSON: one emergency event (突发事件) or warning."""
    raw = fields.raw
    source_id = fields.read_id(_ID)
    kind = fields.line(_KIND)
    title = fields.line(_TITLE) or kind
    if not title:
        raise fields.missing(_TITLE, "A title or a kind is required.")
    names, codes = _areas(fields)
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time_or_event_time(("occurred_at", "发生时间")),
        received_at=raw.received_at,
        title=title,
        text=fields.text(("description", "描述")),
        updated_at=fields.time(("updated_at", "更新时间")),
        category_names=(kind,) if kind else (),
        severity=fields.severity(),
        point=fields.point(),
        address=fields.line(("address", "地址"), values.MAX_ADDRESS) or names,
        district=fields.digits(("district", "区县代码"), (6,), "A district code"),
        area_codes=codes,
        area_outline=_outline(fields),
        status=fields.status(("status", "状态")),
        attributes=fields.attributes(("reporter_unit", "报送单位"), ("casualties", "伤亡"), ("expires",), ("onset",)),
    )


def _areas(fields: Fields) -> tuple[str, tuple[str, ...]]:
    """Names and administrative codes of `areas`, which may hold both."""
    name, value = fields.find(("areas", "影响区域"))
    if value is None:
        return "", ()
    entries: Sequence[Any] = value if type(value) is list else str(value).replace("，", ",").split(",")
    texts = [values.text_of(entry, f"{fields.at(name)}[{n}]").strip() for n, entry in enumerate(entries)]
    codes = areas.administrative_codes(texts)
    for n, text in enumerate(texts):
        if _DIGITS.fullmatch(text) and text not in codes:
            raise BadInput(RejectReason.BAD_VALUE, f"{fields.at(name)}[{n}]", "It is no administrative code.")
    words = dict.fromkeys(text for text in texts if text and text not in codes)
    return values.clean_line("、".join(words), values.MAX_ADDRESS), codes


def _outline(fields: Fields) -> areas.Ring:
    """`outline`: corners as [longitude, latitude]."""
    name, value = fields.find(("outline",))
    if value is None:
        return ()
    path = fields.at(name)
    if type(value) is not list or len(value) < 3:
        raise BadInput(RejectReason.WRONG_TYPE, path, "A list of three corners or more is expected here.")
    return areas.outline_of((tuple(_corner(fields, corner, f"{path}[{n}]") for n, corner in enumerate(value)),))


def _corner(fields: Fields, corner: Any, path: str) -> tuple[float, float]:
    if type(corner) is not list or len(corner) != 2:
        raise BadInput(RejectReason.WRONG_TYPE, path, "A corner is written as [longitude, latitude].")
    point = values.point_of(corner[0], corner[1], fields.system(), f"{path}[0]", f"{path}[1]")
    if point is None:
        raise BadInput(RejectReason.BAD_VALUE, path, "A corner at 0, 0 is no position.")
    return point.lon, point.lat
