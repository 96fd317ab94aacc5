"""Reads one OASIS CAP 1.2 alert (通用警报协议) as a report. It must never read an older CAP as if it were 1.2.

An Update or Cancel is a revision of the alert it refers to first; an Ack or Error answers an alert and is no report.
"""

from collections.abc import Iterator, Sequence

from lxml import etree

from hub.stages.normalise import areas, xml
from hub.stages.normalise.elements import ElementFields
from hub.stages.normalise.fields import MAX_ATTRIBUTE, MAX_ATTRIBUTES
from hub.stages.normalise.values import MAX_ADDRESS, clean_line, clean_text
from hub.vocabulary.messages import MAX_TEXT, MAX_TITLE, Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus, Severity

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

#: Exercises, tests and drafts are kept as reports and never become incidents.
STATUSES = {
    "actual": ReportStatus.ACTIVE,
    "exercise": ReportStatus.TEST,
    "system": ReportStatus.TEST,
    "test": ReportStatus.TEST,
    "draft": ReportStatus.TEST,
}
MESSAGE_TYPES = {word: word for word in ("alert", "update", "cancel", "ack", "error")}
_SCOPES = {word: word for word in ("public", "restricted", "private")}
_CATEGORIES = frozenset(
    "geo met safety security rescue fire health env transport infra cbrne other".split()  # the schema's twelve
)
_URGENCIES = {word: word for word in ("immediate", "expected", "future", "past", "unknown")}
#: "Very Likely" is CAP 1.0, which 1.2 asks readers to take as Likely.
_CERTAINTIES = {word: word for word in ("observed", "likely", "very likely", "possible", "unlikely", "unknown")}
_RESPONSES = frozenset("shelter evacuate prepare execute avoid monitor assess allclear none".split())
SEVERITIES = {
    "extreme": Severity.I,
    "severe": Severity.II,
    "moderate": Severity.III,
    "minor": Severity.IV,
    "unknown": None,
}

#: Names that an alert may be written for in Chinese; any other language counts after English.
_LANGUAGES = ("zh", "en")


def read_cap(fields: ElementFields, part: int) -> Report:
    """The report of one `alert` element."""
    if xml.namespace_of(fields.element) != NAMESPACE:
        message = "The alert is not in the CAP 1.2 namespace; other versions of CAP are not read."
        raise fields.bad((), message, RejectReason.UNKNOWN_FORMAT)
    source_id = read_identifier(fields)
    fields.require_line("sender")
    sent = fields.require_time("sent")
    status = fields.require_choice("status", STATUSES)
    message_type = read_message_type(fields)
    fields.require_choice("scope", _SCOPES)
    infos = _preferred(fields)
    severities = [_check_info(info) for info in infos]
    point, outline, codes = _where(infos)
    first = infos[0] if infos else fields
    return Report(
        feed=fields.raw.feed,
        source_id=source_id,
        raw_id=fields.raw.id,
        part=part,
        source=fields.raw.source,
        occurred_at=sent,
        received_at=fields.raw.received_at,
        title=first.line("headline") or first.line("event") or fields.line("note") or f"CAP {message_type}",
        text=_text(infos) or fields.text("note"),
        updated_at=sent,
        category_names=_category_names(infos),
        severity=min((severity for severity in severities if severity is not None), default=None),
        point=point,
        address=_address(infos),
        area_codes=codes,
        area_outline=outline,
        status=_status(status, message_type, infos),
        attributes=_attributes(fields, first),
    )


def alerts_in(root: etree._Element) -> list[etree._Element]:
    """The alerts of a message: the root itself, or those inside `<alerts>`, EDXL-DE or a news feed."""
    if xml.name_of(root) == "alert":
        return [root]
    return list(xml.descendants(root, "alert"))


def read_message_type(fields: ElementFields) -> str:
    """`alert`, `update` or `cancel`."""
    found = fields.require_choice("msgType", MESSAGE_TYPES)
    if found in ("ack", "error"):
        raise fields.bad(("msgType",), "Ack and Error answer an alert and tell of no happening.")
    return found


def read_identifier(fields: ElementFields) -> str:
    """The id of the report: of the first alert that an Update or Cancel refers to, else the alert's own."""
    own = fields.read_id(xml.text_of(fields.element, "identifier"), "identifier")
    if xml.text_of(fields.element, "msgType").lower() not in ("update", "cancel"):
        return own
    first = next(iter(xml.text_of(fields.element, "references").replace("，", " ").split()), "")
    names = [name for name in first.split(",") if name]
    # CAP writes sender,identifier,sent; the national format only identifiers.
    referred = names[1] if len(names) == 3 and not _is_bare_list(names) else next(iter(names), "")
    return fields.read_id(referred, "references") if referred else own


def in_exercise(alert: etree._Element) -> bool:
    """Whether the container around an alert says that it is an exercise or a test."""
    for holder in alert.iterancestors():
        said = xml.text_of(holder, "distributionStatus").lower()
        if said and STATUSES.get(said) is not ReportStatus.ACTIVE:
            return True
    return False


def _is_bare_list(names: Sequence[str]) -> bool:
    """Three national identifiers in a row look like a triple, but its third part is no time."""
    return not (names[2][:4].isdigit() and names[2][4:5] == "-")


def _preferred(fields: ElementFields) -> list[ElementFields]:
    """The `info` blocks in the best language there is."""
    infos = [fields.inside(info) for info in xml.children(fields.element, "info")]
    # No language means en-US, says the schema.
    spoken = [(info.line("language") or "en-US").lower() for info in infos]
    for wanted in _LANGUAGES:
        chosen = [info for info, language in zip(infos, spoken, strict=True) if language.startswith(wanted)]
        if chosen:
            return chosen
    return [info for info, language in zip(infos, spoken, strict=True) if language == spoken[0]]


def _check_info(info: ElementFields) -> Severity | None:
    """Refuse an `info` that the schema refuses; what is left is its severity."""
    categories = [xml.text_of(element).lower() for element in xml.children(info.element, "category")]
    if not categories:
        raise info.missing("category")
    if not _CATEGORIES.issuperset(categories):
        raise info.bad(("category",), "The value is not one of those that the format names.")
    info.require_line("event")
    info.require_choice("urgency", _URGENCIES)
    info.require_choice("certainty", _CERTAINTIES)
    for response in xml.children(info.element, "responseType"):
        if xml.text_of(response) and xml.text_of(response).lower() not in _RESPONSES:
            raise info.bad(("responseType",), "The value is not one of those that the format names.")
    for area in xml.children(info.element, "area"):
        info.inside(area).require_line("areaDesc")
    return info.require_choice("severity", SEVERITIES)


def _where(infos: Sequence[ElementFields]) -> tuple[SourcePoint | None, areas.Ring, tuple[str, ...]]:
    covered = [area.element for area in _areas(infos)]
    rings, circles = areas.rings_in(covered), areas.circles_in(covered)
    codes = (xml.text_of(code, "value") for area in covered for code in xml.children(area, "geocode"))
    point = None
    if not rings and len(circles) == 1:
        ((circle, element),) = circles.items()
        if circle.radius_km <= areas.MAX_POINT_RADIUS_KM:
            path = xml.path_of(element)
            point = SourcePoint(lon=circle.lon, lat=circle.lat, system=CoordinateSystem.WGS84, field=path)
    rings += [areas.ring_around(circle) for circle in circles if circle.radius_km > 0]
    return point, areas.outline_of(tuple(dict.fromkeys(rings))), areas.administrative_codes(codes)


def _areas(infos: Sequence[ElementFields]) -> Iterator[ElementFields]:
    return (info.inside(area) for info in infos for area in xml.children(info.element, "area"))


def _address(infos: Sequence[ElementFields]) -> str:
    places = dict.fromkeys(area.line("areaDesc") for area in _areas(infos))
    return clean_line("; ".join(places), MAX_ADDRESS)


def _text(infos: Sequence[ElementFields]) -> str:
    texts = [info.text(name) for info in infos for name in ("description", "instruction")]
    return clean_text("\n\n".join(text for text in dict.fromkeys(texts) if text), MAX_TEXT)


def _category_names(infos: Sequence[ElementFields]) -> tuple[str, ...]:
    wide = (xml.text_of(category) for info in infos for category in xml.children(info.element, "category"))
    narrow = (info.line("event", limit=MAX_TITLE) for info in infos)
    return tuple(dict.fromkeys((*wide, *narrow)))


def _status(status: ReportStatus, message_type: str, infos: Sequence[ElementFields]) -> ReportStatus:
    if status is not ReportStatus.ACTIVE:
        return status
    if message_type == "cancel":
        return ReportStatus.CANCELLED
    if infos and all(xml.text_of(info.element, "responseType").lower() == "allclear" for info in infos):
        return ReportStatus.CLOSED
    return status


def _attributes(alert: ElementFields, info: ElementFields) -> dict[str, str]:
    """What a person may want to read; times that are planned (onset, expires) stay as the source wrote them."""
    kept = alert.attributes("identifier", "sender", "msgType", "scope", "source", "references", "incidents")
    kept |= info.attributes("senderName", "urgency", "certainty", "responseType", "effective", "onset", "expires")
    kept |= info.attributes("audience", "web", "contact")
    for name in ("eventCode", "parameter"):
        for pair in xml.children(info.element, name):
            key = clean_line(xml.text_of(pair, "valueName"), 80)
            value = clean_line(xml.text_of(pair, "value"), MAX_ATTRIBUTE)
            if key and value and key not in kept and len(kept) < MAX_ATTRIBUTES:
                kept[key] = value
    return kept
