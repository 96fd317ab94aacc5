"""Reads the traffic feed (交通): our own JSON, WZDx and DATEX II. It must never tell them apart by content type."""

from collections.abc import Iterator
from typing import Any, Final

from hub.rulebook.book import Source
from hub.stages.normalise import datex, datex_json, values, wzdx, xml
from hub.stages.normalise.decode import MAX_PARTS, BadInput, Item, decode_items
from hub.stages.normalise.elements import read_elements
from hub.stages.normalise.fields import Fields
from hub.stages.normalise.kinds import KIND_WORDS, TrafficKind
from hub.stages.normalise.records import read_items
from hub.vocabulary.messages import RawMessage, Reject, Report
from hub.vocabulary.terms import RejectReason

#: Columns by which a CSV of our own fields is recognised.
_CSV_HEADERS: Final = frozenset({"occurred_at", "stake"})
#: Most road, direction and lane words kept.
_MAX_ROAD: Final = 80


def normalise_traffic(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every event, road event, device or situation record of the message."""
    try:
        if xml.looks_like_xml(raw.body):
            return read_elements(raw, source, datex.records_in(xml.read_xml(raw, source)), datex.read_record)
        items = [part for item in decode_items(raw, source, _CSV_HEADERS) for part in _parts(item)]
        if len(items) > MAX_PARTS:
            raise BadInput(RejectReason.TOO_LARGE, "", f"A message may hold at most {MAX_PARTS} records.")
    except BadInput as bad:
        return (bad.reject(raw, 0),)
    return read_items(raw, source, _read, items)


def _parts(item: Item | BadInput) -> Iterator[Item | BadInput]:
    """The records inside a collection or publication; any other record is itself."""
    if isinstance(item, BadInput) or type(item.value) is not dict:
        yield item
    elif wzdx.is_collection(item.value):
        yield from wzdx.features_in(item)
    elif datex_json.is_publication(item.value):
        yield from datex_json.records_in(item)
    else:
        yield item


def _read(fields: Fields, part: int) -> Report:
    if wzdx.is_feature(fields.body):
        return wzdx.read_feature(fields, part)
    if datex_json.is_record(fields.body):
        return datex_json.read_record(fields, part)
    return _read_event(fields, part)


def _read_event(fields: Fields, part: int) -> Report:
    """Our own JSON: one traffic event (交通事件) of the five kinds of GB/T 20134-2025."""
    raw = fields.raw
    source_id = fields.read_id(("id", "event_id", "事件编号"))
    expected = (
        "accident, road_abnormality, control, disaster, breakdown (交通事故, 道路异常, 交通管制, 交通灾害, 车辆抛锚)"
    )
    kind = fields.require_choice(("kind", "事件类型"), KIND_WORDS, expected)
    place = _place(fields)
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time_or_event_time(("occurred_at", "发生时间")),
        received_at=raw.received_at,
        title=fields.line(("title", "标题")) or values.clean_line(f"{kind.zh} {place}"),
        text=fields.text(("description", "描述")),
        updated_at=fields.time(("updated_at", "更新时间")),
        category_names=(kind.zh, kind.value),
        severity=fields.severity(),
        point=fields.point(),
        address=fields.line(("address", "地址"), values.MAX_ADDRESS) or place,
        district=fields.digits(("district", "区县代码"), (6,), "A district code"),
        status=fields.status(("status", "状态")),
        attributes=_attributes(fields, kind),
    )


def _place(fields: Fields) -> str:
    """Road, direction and stake (桩号) as people say them: `G5京昆高速 北向 K12+300`."""
    words = (fields.line(names, _MAX_ROAD) for names in (("road", "道路"), ("direction", "方向"), ("stake", "桩号")))
    return values.clean_line(" ".join(word for word in words if word), values.MAX_ADDRESS)


def _attributes(fields: Fields, kind: TrafficKind) -> dict[str, str]:
    kept = {"kind": kind.value}
    kept |= fields.attributes(("road", "道路"), ("direction", "方向"), ("stake", "桩号"), ("reporter_unit", "报送单位"))
    lanes = _joined(fields, "lanes")
    if lanes:
        kept["lanes"] = lanes
    name, value = fields.find(("casualties", "伤亡人数"))
    if type(value) is dict:
        counts = Fields(fields.raw, fields.source, Item(fields.at(name), value))
        found = {f"casualties.{word}": counts.count((word,)) for word in ("dead", "injured", "missing")}
    else:
        found = {"casualties": fields.count((name,))}
    return kept | {word: str(number) for word, number in found.items() if number is not None}


def _joined(fields: Fields, name: str) -> str:
    """One word or a list of words on one line."""
    value: Any = fields.body.get(name)
    if value is None:
        return ""
    entries = value if type(value) is list else [value]
    texts = (values.text_of(entry, f"{fields.at(name)}[{n}]") for n, entry in enumerate(entries[:20]))
    return values.clean_line(", ".join(texts), _MAX_ROAD)
