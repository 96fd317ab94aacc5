"""Reads DATEX II situation records in the JSON profile of version 3. It must never have rules of its own: a record is
turned into the element that the XML would have been, and `datex` reads it.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from lxml import etree

from hub.stages.normalise import datex, values
from hub.stages.normalise.decode import BadInput, Item
from hub.stages.normalise.elements import ElementFields
from hub.stages.normalise.fields import Fields
from hub.vocabulary.messages import Report
from hub.vocabulary.terms import RejectReason

_PUBLICATION: Final = "situationSituationPublication"
#: What the profile puts before the name of a type, and after the name of an attribute.
_TYPE_PREFIX: Final = "situation"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}", re.ASCII)
#: Marks a record that `records_in` found. It is no text, so that no JSON can hold it.
_FOUND: Final[Any] = ("datex record",)


def is_publication(body: dict[str, Any]) -> bool:
    """Whether it is a message or payload of situations."""
    return _PUBLICATION in body or "payload" in body or "messageContainer" in body


def is_record(body: dict[str, Any]) -> bool:
    """Whether it came out of `records_in`."""
    return _FOUND in body


def records_in(item: Item) -> Iterator[Item | BadInput]:
    """The records of every situation, each with its type and the situation around it."""
    found = False
    for path, publication in _publications(item.path, item.value):
        for situation_path, situation in _entries(f"{path}.situation", publication.get("situation")):
            for record_path, wrapped in _entries(f"{situation_path}.situationRecord", situation.get("situationRecord")):
                for key, record in wrapped.items():
                    found = True
                    yield Item(f"{record_path}.{_step(key)}", {_FOUND: record, "type": key, "situation": situation})
    if not found:
        yield BadInput(RejectReason.UNKNOWN_FORMAT, item.path, "The payload holds no situation record.")


def read_record(fields: Fields, part: int) -> Report:
    """The report of one record out of `records_in`."""
    if type(fields.body[_FOUND]) is not dict:
        raise BadInput(RejectReason.WRONG_TYPE, fields.path, "A JSON object is expected here.")
    record_type = _step(fields.body["type"]).removeprefix(_TYPE_PREFIX)
    situation = etree.Element("situation", id=_text(fields.body["situation"].get("idG")))
    header = fields.body["situation"].get("headerInformation")
    _append(situation, "headerInformation", header)
    _append(situation, "situationRecord", fields.body[_FOUND])
    record = situation[-1]
    record.set(datex.TYPE_ATTRIBUTE, record_type)
    for name in ("id", "version"):
        record.set(name, _text(fields.body[_FOUND].get(f"{name}G")))
    inner = ElementFields(fields.raw, fields.source, record)
    try:
        report = datex.read_record(inner, part)
    except BadInput as bad:
        fields.source_id = inner.source_id
        raise BadInput(bad.reason, _json_path(fields, bad.field), bad.message) from None
    if report.point is None:
        return report
    point = msgspec.structs.replace(report.point, field=_json_path(fields, report.point.field))
    return msgspec.structs.replace(report, point=point)


def _json_path(fields: Fields, path: str) -> str:
    """The path in the JSON of an element made from it."""
    below = path.removeprefix("/situation/situationRecord").replace("/", ".").replace("@id", "idG")
    return fields.path + below


def _publications(path: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if type(body.get(_PUBLICATION)) is dict:
        yield f"{path}.{_PUBLICATION}", body[_PUBLICATION]
    for name in ("payload", "messageContainer"):
        for inner_path, inner in _entries(f"{path}.{name}", body.get(name)):
            yield from _publications(inner_path, inner)


def _entries(path: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in a list, or the one object that stands in its place."""
    if type(value) is dict:
        yield path, value
    elif type(value) is list:
        yield from ((f"{path}[{n}]", entry) for n, entry in enumerate(value) if type(entry) is dict)


def _append(parent: etree._Element, name: str, value: Any) -> None:
    """A JSON value as elements. Nesting is bounded by `decode`; names that are no XML names are left out."""
    for entry in value if type(value) is list else [value]:
        element = etree.SubElement(parent, name)
        # An enumeration is an object that holds only a value; a text in languages holds a list of values.
        if type(entry) is dict and type(entry.get("value")) is str and "lang" not in entry:
            entry = entry["value"]
        if type(entry) is dict:
            if type(entry.get("lang")) is str:
                spoken = etree.SubElement(element, "value", lang=_text(entry["lang"]))
                spoken.text = _text(entry.get("value"))
                continue
            for key, inner in entry.items():
                if _NAME.fullmatch(key):
                    _append(element, key, inner)
        else:
            element.text = _text(entry)


def _text(value: Any) -> str:
    """A scalar as text that XML can hold; nothing for anything else."""
    if type(value) not in (str, int, float, bool):
        return ""
    try:
        return values.clean_text(values.text_of(value, ""))
    except BadInput:
        return ""


def _step(key: str) -> str:
    """A key as a step of a path, when it is a plain name."""
    return key if _NAME.fullmatch(key) else "record"
