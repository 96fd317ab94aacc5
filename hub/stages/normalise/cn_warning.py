"""Reads one warning of the national system (国家突发事件预警信息) as a report. It must never take it for CAP.

GB/T 35965.1 borrows CAP's element names without its namespace, writes times with a blank, levels as colours, and refers
to earlier warnings by bare identifier.
"""

import re

from lxml import etree

from hub.stages.normalise import areas, cap, xml
from hub.stages.normalise.elements import ElementFields
from hub.stages.normalise.values import MAX_ADDRESS, clean_line, clean_text
from hub.vocabulary.messages import MAX_TEXT, CategoryCode, Report
from hub.vocabulary.terms import CategoryKind, ReportStatus, Severity

#: Table that `eventType` comes from.
STANDARD = "GB/T 34283"

#: 白色 is a level of Guangdong below 一般: it says how bad, but no level of ours.
_COLOURS = {
    "red": Severity.I,
    "orange": Severity.II,
    "yellow": Severity.III,
    "blue": Severity.IV,
    "white": None,
    "红": Severity.I,
    "橙": Severity.II,
    "黄": Severity.III,
    "蓝": Severity.IV,
    "白": None,
}
_LEVELS = cap.SEVERITIES | _COLOURS
_CLASSES = {"11": "自然灾害", "12": "事故灾难", "13": "公共卫生事件", "14": "社会安全事件"}
_FAMILIES = {
    "11A": "水旱灾害",
    "11B": "气象灾害",
    "11C": "地震灾害",
    "11D": "地质灾害",
    "11E": "海洋灾害",
    "11F": "生物灾害",
    "11G": "森林草原火灾",
}
#: Kinds of 气象灾害 in the order of the table, for a warning whose headline does not name its kind.
_WEATHER = (
    "台风 龙卷风 暴雨 暴雪 寒潮 大风 沙尘暴 低温冻害 高温 热浪 干热风 下击暴流 雪崩 雷电 冰雹 霜冻 大雾 低空风切变"
).split()

_EVENT_TYPE = re.compile(r"1[1-4][A-Z]\d{2}", re.ASCII)
_COLOUR = re.compile(r"([红橙黄蓝白])色预警")
#: What stands before the kind in a headline: who, and what was done.
_BEFORE_KIND = re.compile(r"发布|解除|升级为|降级为|变更为|更新|继续|将|气象台|气象局|指挥部|办公室|中心|关于|的")
_KIND = re.compile(r"[\u4e00-\u9fff（）()、]{1,15}")


def is_cn_warning(alert: etree._Element) -> bool:
    """Whether an `alert` is written in the national format: it alone has these elements."""
    return any(xml.child(alert, name) is not None for name in ("sendTime", "senderCode"))


def read_cn_warning(fields: ElementFields, part: int) -> Report:
    """The report of one `alert` element."""
    source_id = cap.read_identifier(fields)
    sent = fields.require_time("sendTime")
    status = fields.require_choice("status", cap.STATUSES)
    message_type = cap.read_message_type(fields)
    info_element = xml.child(fields.element, "info")
    info = fields.inside(fields.element if info_element is None else info_element)
    if info_element is None and message_type == "alert":
        raise fields.missing("info")
    headline = info.line("headline")
    event_type = _event_type(info)
    names = _category_names(event_type, headline)
    if not headline and not names:
        raise info.missing("headline")
    return Report(
        feed=fields.raw.feed,
        source_id=source_id,
        raw_id=fields.raw.id,
        part=part,
        source=fields.raw.source,
        occurred_at=sent,
        received_at=fields.raw.received_at,
        title=headline or f"{names[-1]}预警",
        text=_text(info) or _first_message(fields),
        updated_at=sent,
        code=CategoryCode(kind=CategoryKind.EVENT, code=event_type, standard_ref=STANDARD) if event_type else None,
        category_names=names,
        severity=_severity(info, headline),
        address=_address(info),
        area_codes=_area_codes(info),
        area_outline=_outline(info),
        status=_status(status, message_type, headline),
        attributes=_attributes(fields, info),
    )


def _event_type(info: ElementFields) -> str:
    found = xml.text_of(info.element, "eventType").upper()
    if found and not _EVENT_TYPE.fullmatch(found):
        raise info.bad(("eventType",), "An event type has two digits from 11 to 14, a letter and two digits.")
    return found


def _category_names(event_type: str, headline: str) -> tuple[str, ...]:
    """Class, family and kind, widest first; the kind in the headline's own words when it names one."""
    number = int(event_type[3:] or 0)
    listed = _WEATHER[number - 1] if event_type[:3] == "11B" and 1 <= number <= len(_WEATHER) else ""
    names = (_CLASSES.get(event_type[:2]), _FAMILIES.get(event_type[:3]), _kind_in(headline) or listed)
    return tuple(dict.fromkeys(name for name in names if name))


def _kind_in(headline: str) -> str:
    colour = _COLOUR.search(headline)
    if colour is None:
        return ""
    kind = _BEFORE_KIND.split(headline[: colour.start()])[-1].strip()
    return kind if _KIND.fullmatch(kind) else ""


def _severity(info: ElementFields, headline: str) -> Severity | None:
    """The colour of `severity`; without one, the last colour of the headline (蓝色升级为黄色 is yellow)."""
    word = xml.text_of(info.element, "severity").lower()
    if word and word != "unknown":
        return info.require_choice("severity", _LEVELS)
    colours = _COLOUR.findall(headline)
    return _COLOURS[colours[-1]] if colours else None


def _status(status: ReportStatus, message_type: str, headline: str) -> ReportStatus:
    """A warning that is lifted (解除) was right and is over; any other Cancel takes it back."""
    if status is ReportStatus.ACTIVE and message_type == "cancel":
        return ReportStatus.CLOSED if "解除" in headline else ReportStatus.CANCELLED
    return status


def _text(info: ElementFields) -> str:
    return clean_text("\n\n".join(filter(None, (info.text("description"), info.text("instruction")))), MAX_TEXT)


def _first_message(fields: ElementFields) -> str:
    """What a channel was to send out, when the warning has no description of its own."""
    messages = (clean_text(xml.text_of(element)) for element in xml.descendants(fields.element, "message"))
    return next((message for message in messages if message), "")


def _address(info: ElementFields) -> str:
    """Area names without the repeats that the system writes (`河南省,河南省`)."""
    said = ",".join(info.inside(area).line("areaDesc") for area in xml.children(info.element, "area"))
    places = dict.fromkeys(place.strip() for place in said.replace("，", ",").split(","))
    return clean_line("、".join(place for place in places if place), MAX_ADDRESS)


def _area_codes(info: ElementFields) -> tuple[str, ...]:
    said = ",".join(xml.text_of(area, "geocode") for area in xml.children(info.element, "area"))
    return areas.administrative_codes(code.strip() for code in said.replace("，", ",").split(","))


def _outline(info: ElementFields) -> areas.Ring:
    covered = xml.children(info.element, "area")
    rounds = [areas.ring_around(circle) for circle in areas.circles_in(covered) if circle.radius_km > 0]
    return areas.outline_of((*areas.rings_in(covered), *rounds))


def _attributes(fields: ElementFields, info: ElementFields) -> dict[str, str]:
    kept = fields.attributes(
        "identifier", "sender", "senderCode", "msgType", "scope", "secClassification", "references"
    )
    kept |= info.attributes("senderName", "eventType", "urgency", "certainty", "effective", "onset", "expires", "web")
    return kept
