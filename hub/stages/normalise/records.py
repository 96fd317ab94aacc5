"""Runs one reader over every record of a raw message. It must never lose a part: each ends as a Report or a Reject."""

from collections.abc import Callable, Sequence

from hub.rulebook.book import Source
from hub.stages.normalise.decode import BadInput, Item, decode_items
from hub.stages.normalise.fields import Fields
from hub.vocabulary.messages import RawMessage, Reject, Report

#: Reads one record as the report with the given part number, or raises BadInput.
ReadRecord = Callable[[Fields, int], Report]


def read_each(
    raw: RawMessage, source: Source, read: ReadRecord, csv_headers: frozenset[str] = frozenset()
) -> tuple[Report | Reject, ...]:
    """One Report or Reject for every record of a JSON, NDJSON, CloudEvents or CSV body, numbered from 0."""
    try:
        items = decode_items(raw, source, csv_headers)
    except BadInput as bad:
        return (bad.reject(raw, 0),)
    return read_items(raw, source, read, items)


def read_items(
    raw: RawMessage,
    source: Source,
    read: ReadRecord,
    items: Sequence[Item | BadInput],
    fields_type: type[Fields] = Fields,
) -> tuple[Report | Reject, ...]:
    """The same for records that a feed took out of its documents itself."""
    return tuple(_read_one(raw, source, read, item, part, fields_type) for part, item in enumerate(items))


def _read_one(
    raw: RawMessage, source: Source, read: ReadRecord, item: Item | BadInput, part: int, fields_type: type[Fields]
) -> Report | Reject:
    if isinstance(item, BadInput):
        return item.reject(raw, part)
    fields = None
    try:
        fields = fields_type(raw, source, item)
        return read(fields, part)
    except BadInput as bad:
        return bad.reject(raw, part, fields.source_id if fields else None)
