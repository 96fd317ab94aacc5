"""Reads DATEX II situation records, XML of version 2 and 3, as reports. It must never need an Alert-C location table.

A record is named by its id; its version orders nothing here, `situationRecordVersionTime` does. A record located by an
Alert-C code only has no point.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from lxml import etree

from hub.stages.normalise import values, xml
from hub.stages.normalise.decode import BadInput
from hub.stages.normalise.elements import ElementFields
from hub.stages.normalise.kinds import TrafficKind
from hub.vocabulary.messages import Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus, Severity

TYPE_ATTRIBUTE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"

_SEVERITIES: Final = {
    "highest": Severity.I,
    "high": Severity.II,
    "medium": Severity.III,
    "low": Severity.IV,
    "lowest": Severity.IV,
}
#: Record types by kind; a type that is not here (a traffic jam, a ferry) keeps only its own name.
_KINDS: Final = {
    name: kind
    for kind, names in {
        TrafficKind.ACCIDENT: "Accident",
        TrafficKind.BREAKDOWN: "VehicleObstruction",
        TrafficKind.DISASTER: "EnvironmentalObstruction PoorEnvironmentConditions",
        TrafficKind.ROAD_ABNORMALITY: "GeneralObstruction AnimalPresenceObstruction InfrastructureDamageObstruction "
        "EquipmentOrSystemFault NonWeatherRelatedRoadConditions WeatherRelatedRoadConditions",
        TrafficKind.CONTROL: "RoadOrCarriagewayOrLaneManagement SpeedManagement ReroutingManagement "
        "GeneralNetworkManagement WinterDrivingManagement MaintenanceWorks ConstructionWorks AuthorityOperation "
        "GeneralInstructionOrMessageToRoadUsers PublicEvent",
    }.items()
    for name in names.split()
}
#: Where the location of a record stands, in version 2 and 3.
_LOCATIONS: Final = ("groupOfLocations", "locationReference")
#: Holders of a position, best first: what it should be drawn at, a point, then whatever has coordinates.
_POSITIONS: Final = ("locationForDisplay", "coordinatesForDisplay", "pointCoordinates", "openlrCoordinate")
#: How many records of a situation are asked for a comment; the first one has it, if any.
_SPEAKING_RECORDS: Final = 3


def records_in(root: etree._Element) -> list[etree._Element]:
    """The situation records of a message, also of one that carries its DATEX II document as text."""
    found = list(xml.descendants(root, "situationRecord"))
    if found:
        return found
    for carrier in xml.descendants(root, "d2Message"):
        text = xml.text_of(carrier)
        if text.startswith("<"):
            found += xml.descendants(xml.read_embedded(text), "situationRecord")
    if not found and next(xml.descendants(root, "d2LogicalModel", "payload", "payloadPublication"), None) is None:
        message = "The XML is not a DATEX II publication of situations."
        raise BadInput(RejectReason.UNKNOWN_FORMAT, "", message)
    return found


def read_record(fields: ElementFields, part: int) -> Report:
    """The report of one `situationRecord`."""
    raw, record = fields.raw, fields.element
    source_id = fields.read_id((record.get("id") or "").strip(), "@id")
    created = fields.require_time("situationRecordCreationTime")
    names = _category_names(record)
    comments = _comments_of(record)
    road = _road(record)
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time("situationRecordObservationTime") or _begun(fields) or created,
        received_at=raw.received_at,
        title=values.clean_line(comments.strip().split("\n", 1)[0]) or values.clean_line(f"{' '.join(names)} {road}"),
        text=comments,
        updated_at=fields.time("situationRecordVersionTime"),
        category_names=names,
        severity=_SEVERITIES.get(_severity_word(record)),
        point=_point(record),
        address=road,
        status=_status(fields),
        attributes=_attributes(fields),
    )


def _category_names(record: etree._Element) -> tuple[str, ...]:
    """The kind, the record's type and its subtypes, such as 交通事故, Accident, multivehicleAccident."""
    record_type = (record.get(TYPE_ATTRIBUTE) or "").rpartition(":")[2].strip()
    kind = _KINDS.get(record_type)
    told = (child for child in _with_extensions(record) if xml.name_of(child).endswith("Type"))
    subtypes = [word for word in map(xml.text_of, told) if word not in ("other", "unknown")]
    names = (kind.zh if kind else "", record_type or "situationRecord", *subtypes[:6])
    return tuple(dict.fromkeys(values.clean_line(name, 60) for name in names if name))


def _with_extensions(record: etree._Element) -> Iterator[etree._Element]:
    """The children of a record, and those of the extensions that a country adds to it."""
    for child in record.iterchildren("{*}*"):
        yield child
        if xml.name_of(child).endswith("Extension"):
            yield from child.iterchildren("{*}*")


def _severity_word(record: etree._Element) -> str:
    # Version 2.0 wrote the severity of a situation, not of its records.
    situation = record.getparent()
    return (xml.text_of(record, "severity") or xml.text_of(situation, "overallSeverity")).lower()


def _begun(fields: ElementFields) -> datetime | None:
    """When it began, unless that is planned or not readable: the schedule is no claim about what happened."""
    starts = _scheduled(fields, "overallStartTime")
    return starts if starts is not None and starts <= fields.raw.received_at else None


def _scheduled(fields: ElementFields, name: str) -> datetime | None:
    try:
        return fields.time("validity", "validityTimeSpecification", name, may_be_future=True)
    except BadInput:
        return None


def _status(fields: ElementFields) -> ReportStatus:
    record = fields.element
    situation = record.getparent()
    said = xml.text_of(situation, "headerInformation", "informationStatus").lower()
    if said and said != "real":
        return ReportStatus.TEST
    for holder in xml.descendants(record, "lifeCycleManagement"):
        if xml.text_of(holder, "cancel") == "true":
            return ReportStatus.CANCELLED
        if xml.text_of(holder, "end") == "true":
            return ReportStatus.CLOSED
    validity = xml.text_of(record, "validity", "validityStatus")
    ends = _scheduled(fields, "overallEndTime")
    is_over = validity == "definedByValidityTimeSpec" and ends is not None and ends <= fields.raw.received_at
    return ReportStatus.CLOSED if is_over or validity == "suspended" else ReportStatus.ACTIVE


def _comments_of(record: etree._Element) -> str:
    """Its own comments; else those of the first records of its situation, which speak for the whole of it."""
    own = _comments(record)
    situation = record.getparent()
    if own or situation is None:
        return own
    beside = islice(situation.iterchildren("{*}situationRecord"), _SPEAKING_RECORDS)
    return next((text for text in map(_comments, beside) if text), "")


def _comments(record: etree._Element) -> str:
    """The public comments, Chinese or English when there is a choice."""
    found: list[str] = []
    for comment in xml.children(record, "generalPublicComment"):
        spoken = {
            (value.get("lang") or "").lower()[:2]: values.clean_text(xml.text_of(value))
            for value in reversed(list(xml.descendants(comment, "value")))
        }
        found.append(next((spoken[language] for language in ("zh", "en", *reversed(spoken)) if language in spoken), ""))
    lines = (line.strip() for line in "\n".join(found).split("\n"))
    return values.clean_text("\n".join(line for line in lines if line))


def _road(record: etree._Element) -> str:
    """Number and name of the road, and the named area."""
    words = [
        xml.text_of(element, "values", "value") or xml.text_of(element)
        for name in ("roadNumber", "roadName", "areaName")
        for place in _places(record)
        for element in xml.descendants(place, name)
    ]
    kept = dict.fromkeys(values.clean_line(word, 80) for word in words if word)
    return values.clean_line(" ".join(kept), values.MAX_ADDRESS)


def _places(record: etree._Element) -> Iterator[etree._Element]:
    return (place for name in _LOCATIONS for place in xml.children(record, name))


def _point(record: etree._Element) -> SourcePoint | None:
    """The first position that the location holds, if any; coordinates are ETRS89, here the same as WGS 84."""
    places = list(_places(record))
    for name in (*_POSITIONS, "*"):
        for place in places:
            for holder in xml.descendants(place, name):
                if xml.child(holder, "latitude") is not None or xml.child(holder, "longitude") is not None:
                    return _point_in(holder)
    for place in places:
        for line in xml.descendants(place, "posList", "pos"):
            if xml.text_of(line):
                return _first_of(line)
    return None


def _point_in(holder: etree._Element) -> SourcePoint | None:
    lon, lat = xml.text_of(holder, "longitude"), xml.text_of(holder, "latitude")
    paths = xml.path_of(holder, "longitude"), xml.path_of(holder, "latitude")
    return values.point_of(lon or None, lat or None, CoordinateSystem.WGS84, *paths)


def _first_of(line: etree._Element) -> SourcePoint | None:
    """The first corner of a GML list: latitude before longitude, as DATEX II has it."""
    numbers = xml.text_of(line).split(maxsplit=2)
    path = xml.path_of(line)
    if len(numbers) < 2:
        raise BadInput(RejectReason.BAD_VALUE, path, "A list of positions holds pairs of latitude and longitude.")
    return values.point_of(numbers[1], numbers[0], CoordinateSystem.WGS84, path, path)


def _attributes(fields: ElementFields) -> dict[str, str]:
    """What a person may want to read; scheduled times stay as the source wrote them."""
    record = fields.element
    situation = record.getparent()
    said: Sequence[tuple[str, str]] = (
        ("version", record.get("version") or ""),
        ("situation", "" if situation is None else situation.get("id") or ""),
        ("validityStatus", xml.text_of(record, "validity", "validityStatus")),
        ("overallStartTime", xml.text_of(record, "validity", "validityTimeSpecification", "overallStartTime")),
        ("overallEndTime", xml.text_of(record, "validity", "validityTimeSpecification", "overallEndTime")),
        ("severity", _severity_word(record)),
    )
    kept = {name: values.clean_line(text) for name, text in said if text}
    return kept | fields.attributes(
        "probabilityOfOccurrence",
        "complianceOption",
        "numberOfVehiclesInvolved",
        "numberOfInjured",
        "numberOfFatalities",
    )
