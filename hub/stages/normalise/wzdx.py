"""Reads WZDx (Work Zone Data Exchange) GeoJSON features as reports. It must never take a planned time for a past one.

Road events (施工、绕行、限行) and field devices of WZDx 4, in WGS 84. A device without a fault is
a closed report, so that its recovery closes the fault it reported before under the same id.
"""

from collections.abc import Iterator
from typing import Any, Final

from hub.stages.normalise import values
from hub.stages.normalise.decode import MAX_PARTS, BadInput, Item
from hub.stages.normalise.fields import Fields
from hub.stages.normalise.kinds import TrafficKind
from hub.vocabulary.messages import Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus

#: 交通设备故障 is none of the five kinds of GB/T 20134-2025.
_DEVICE_FAULT: Final = "交通设备故障"
_EVENT_STATUSES: Final = {
    "planned": ReportStatus.ACTIVE,
    "pending": ReportStatus.ACTIVE,
    "active": ReportStatus.ACTIVE,
    "completed": ReportStatus.CLOSED,
    "cancelled": ReportStatus.CANCELLED,
}
_DEVICE_STATUSES: Final = {
    "error": ReportStatus.ACTIVE,
    "warning": ReportStatus.ACTIVE,
    "ok": ReportStatus.CLOSED,
    "unknown": ReportStatus.CLOSED,
}
_EVENT_KINDS: Final = {
    "work-zone": TrafficKind.CONTROL,
    "detour": TrafficKind.CONTROL,
    "restriction": TrafficKind.CONTROL,
    "incident": TrafficKind.ROAD_ABNORMALITY,
}
_EVENT_ATTRIBUTES: Final = tuple(
    (name,)
    for name in (
        "start_date end_date is_start_date_verified is_end_date_verified work_zone_type vehicle_impact location_method "
        "event_status beginning_cross_street ending_cross_street beginning_milepost ending_milepost "
        "reduced_speed_limit_kph"
    ).split()
)
#: How deep the coordinates of a MultiPolygon nest.
_MAX_NESTING: Final = 4


def is_collection(body: dict[str, Any]) -> bool:
    """Whether it is a GeoJSON feature collection."""
    return body.get("type") == "FeatureCollection"


def is_feature(body: dict[str, Any]) -> bool:
    """Whether it is one GeoJSON feature."""
    return body.get("type") == "Feature"


def features_in(item: Item) -> Iterator[Item]:
    """The features of a collection, each with the time at which the feed was written."""
    features = item.value.get("features")
    if type(features) is not list:
        raise BadInput(RejectReason.MISSING_FIELD, f"{item.path}.features", "A list of features is expected here.")
    if len(features) > MAX_PARTS:
        message = f"A collection may hold at most {MAX_PARTS} features; send it in pieces."
        raise BadInput(RejectReason.TOO_LARGE, f"{item.path}.features", message)
    if not features:
        raise BadInput(RejectReason.MISSING_FIELD, f"{item.path}.features", "The collection holds no feature.")
    about = item.value.get("feed_info") or item.value.get("road_event_feed_info")
    written = about.get("update_date") if type(about) is dict else None
    for n, feature in enumerate(features):
        yield Item(f"{item.path}.features[{n}]", feature, None, written)


def read_feature(fields: Fields, part: int) -> Report:
    """The report of one road event or field device."""
    fields.read_id(("id",))
    properties = _inner(fields, "properties")
    # WZDx 3 had the core details among the other properties.
    core = _inner(properties, "core_details") if "core_details" in properties.body else properties
    if core.find(("device_type",))[1] is not None:
        return _read_device(fields, core, part)
    return _read_road_event(fields, properties, core, part)


def _read_road_event(fields: Fields, properties: Fields, core: Fields, part: int) -> Report:
    raw = fields.raw
    event_type = core.require_line(("event_type",), 60)
    kind = _EVENT_KINDS.get(event_type)
    wide = kind.zh if kind else ""
    created, updated = core.time(("creation_date",)), core.time(("update_date",))
    starts = properties.time(("start_date",), may_be_future=True)
    has_begun = starts is not None and starts <= raw.received_at
    happened = starts if has_begun else created or updated
    roads = _words(core, "road_names")
    names = (wide, event_type, *_types_of_work(properties))
    title = core.line(("name",)) or core.line(("description",)) or f"{wide or event_type} {roads}"
    return Report(
        feed=raw.feed,
        source_id=fields.source_id or "",
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=happened or fields.time_or_event_time(("update_date",)),
        received_at=raw.received_at,
        title=values.clean_line(title),
        text=core.text(("description",)),
        updated_at=updated,
        category_names=tuple(dict.fromkeys(name for name in names if name)),
        point=_first_point(fields),
        address=_address(roads, core.line(("direction",), 40), properties),
        status=_event_status(properties),
        attributes=_core_attributes(core, roads) | properties.attributes(*_EVENT_ATTRIBUTES),
    )


def _read_device(fields: Fields, core: Fields, part: int) -> Report:
    raw = fields.raw
    status = core.require_choice(("device_status",), _DEVICE_STATUSES, "ok, warning, error, unknown")
    device_type = core.require_line(("device_type",), 60)
    roads = _words(core, "road_names")
    name = core.line(("name",)) or device_type
    messages = _words(core, "status_messages")
    updated = core.time(("update_date",))
    return Report(
        feed=raw.feed,
        source_id=fields.source_id or "",
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=updated or fields.time_or_event_time(("update_date",)),
        received_at=raw.received_at,
        title=values.clean_line(f"{name}: {messages}" if messages else name),
        text=core.text(("description",)) or messages,
        updated_at=updated,
        category_names=(_DEVICE_FAULT, device_type),
        point=_first_point(fields),
        address=_address(roads, core.line(("road_direction",), 40), core),
        status=status,
        attributes=_core_attributes(core, roads)
        | core.attributes(
            ("device_type",), ("device_status",), ("make",), ("model",), ("serial_number",), ("milepost",)
        ),
    )


def _inner(fields: Fields, name: str) -> Fields:
    """The object in a field, read under its own path."""
    if fields.body.get(name) is None:
        raise fields.missing((name,))
    return Fields(fields.raw, fields.source, Item(fields.at(name), fields.body[name], None, fields.event_time))


def _event_status(properties: Fields) -> ReportStatus:
    """What the event's own status says (it is deprecated); else a verified end that is past closes it."""
    said = properties.choice(("event_status",), _EVENT_STATUSES)
    if said is not None:
        return said
    ends = properties.time(("end_date",), may_be_future=True)
    is_over = ends is not None and ends <= properties.raw.received_at and properties.flag(("is_end_date_verified",))
    return ReportStatus.CLOSED if is_over else ReportStatus.ACTIVE


def _first_point(fields: Fields) -> SourcePoint | None:
    """The first position of the geometry, whatever its type; none when it has no geometry."""
    geometry = fields.body.get("geometry")
    if geometry is None:
        return None
    path = fields.at("geometry")
    found = geometry.get("coordinates") if type(geometry) is dict else None
    path = f"{path}.coordinates"
    for _ in range(_MAX_NESTING):
        if type(found) is not list or not found or type(found[0]) is not list:
            break
        found, path = found[0], f"{path}[0]"
    if type(found) is not list or len(found) < 2:
        raise BadInput(RejectReason.BAD_VALUE, path, "A position is written as [longitude, latitude].")
    return values.point_of(found[0], found[1], CoordinateSystem.WGS84, f"{path}[0]", f"{path}[1]")


def _address(roads: str, direction: str, fields: Fields) -> str:
    streets = (fields.line((f"{end}_cross_street",), 80) for end in ("beginning", "ending"))
    between = " – ".join(street for street in streets if street)
    said = direction if direction not in ("", "undefined", "unknown") else ""
    return values.clean_line(" ".join(part for part in (roads, said, between) if part), values.MAX_ADDRESS)


def _core_attributes(core: Fields, roads: str) -> dict[str, str]:
    kept = core.attributes(("data_source_id",), ("direction",), ("road_direction",), ("event_type",))
    return kept | ({"road_names": roads} if roads else {})


def _types_of_work(properties: Fields) -> tuple[str, ...]:
    works = properties.body.get("types_of_work")
    if type(works) is not list:
        return ()
    names = (work.get("type_name") for work in works[:10] if type(work) is dict)
    return tuple(values.clean_line(name, 60) for name in names if type(name) is str)


def _words(fields: Fields, name: str) -> str:
    """A list of words on one line; nothing when it is no list of words."""
    value = fields.body.get(name)
    entries = value if type(value) is list else [value]
    return values.clean_line(", ".join(entry for entry in entries[:20] if type(entry) is str), values.MAX_ADDRESS)
