"""A source's bytes to text, and text to records. It must never guess silently, echo the bytes, or recurse into them.

What cannot be understood is raised as `BadInput` inside this room; `records.read_each` turns it into a Reject, so it
never leaves the room.
"""

import base64
import binascii
import codecs
import csv
import io
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec

from hub.rulebook.book import Source
from hub.vocabulary.messages import RawMessage, Reject
from hub.vocabulary.terms import RejectReason

#: Most records one raw message may hold; a bigger export is sent in pieces.
MAX_PARTS = 2_000
#: Deepest nesting of objects and arrays.
MAX_DEPTH = 64
#: Longest body read at all. The intake door is stricter; this holds for what comes straight from Kafka.
MAX_BODY_BYTES = 16 * 1024 * 1024

#: Byte order marks, longest first: the UTF-32 mark starts with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What a message may declare. GBK and GB 2312 are read as GB 18030, which contains both and what cities add to them.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


class BadInput(Exception):
    """Why a raw message, or one part of it, is not understood. It never leaves this room."""

    def __init__(self, reason: RejectReason, field: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field
        self.message = message

    def reject(self, raw: RawMessage, part: int, source_id: str | None = None) -> Reject:
        """The same as a value."""
        return Reject(
            feed=raw.feed,
            raw_id=raw.id,
            part=part,
            reason=self.reason,
            field=self.field,
            message=self.message,
            source_id=source_id,
        )


class Item(NamedTuple):
    """One record of a body: where it stood, what it holds, and what its CloudEvents envelope said of it."""

    path: str
    value: Any
    event_id: str | None = None
    event_time: Any = None


def media_type(raw: RawMessage) -> str:
    """The content type without its parameters, lower case."""
    return raw.content_type.partition(";")[0].strip().lower()


def decode_text(raw: RawMessage, source: Source) -> str:
    """The body as text: by its byte order mark, else by the charset it declares, else by the source's encodings."""
    body = raw.body
    if len(body) > MAX_BODY_BYTES:
        raise BadInput(RejectReason.TOO_LARGE, "", "The body is larger than the hub reads; send it in pieces.")
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], (encoding,))
    declared = _declared_charset(raw.content_type)
    return _decoded(body, (declared,) if declared else source.encodings)


def decode_json(raw: RawMessage, source: Source) -> Any:
    """The body as one JSON document; for formats that are one document, such as a GeoJSON collection."""
    documents, _ = _documents(raw, source)
    if len(documents) > 1:
        raise BadInput(RejectReason.BAD_JSON, "", "The body holds more than one JSON document where one is expected.")
    document = documents[0]
    if isinstance(document, BadInput):
        raise document
    return document


def decode_items(raw: RawMessage, source: Source, csv_headers: frozenset[str] = frozenset()) -> list[Item | BadInput]:
    """The records of a body: a JSON object, an array, NDJSON, CloudEvents, or CSV with a header.

    `csv_headers` are column names by which an undeclared CSV is recognised. A record that is broken by itself is a
    BadInput in its place, so that its neighbours still count.
    """
    if _declared(raw.content_type).csv:
        return _checked(decode_rows(decode_text(raw, source)))
    try:
        documents, lines = _documents(raw, source)
    except BadInput as bad:
        if bad.reason is RejectReason.BAD_JSON and csv_headers and _looks_like_csv(raw, source, csv_headers):
            return _checked(decode_rows(decode_text(raw, source)))
        raise
    if len(documents) == 1 and not lines:
        document = documents[0]
        if type(document) is dict and "specversion" not in document:
            return [Item("$", document)]
        return _checked(_spread("$", document))
    found: list[Item | BadInput] = []
    for n, document in enumerate(documents):
        found.extend([document] if isinstance(document, BadInput) else _spread(f"$[{n}]", document))
    return _checked(found)


def decode_rows(text: str) -> list[Item | BadInput]:
    """The rows of a CSV text with a header; comma, semicolon or tab. Empty cells are left out of a record."""
    header_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[Item | BadInput] = []
    try:
        header = next((row for row in rows if any(cell.strip() for cell in row)), [])
        names = [name.strip() for name in header]
        for row in rows:
            if any(cell.strip() for cell in row):
                found.append(_row(f"$[{len(found)}]", names, row))
    except csv.Error:
        message = f"The CSV is malformed near line {rows.line_num}: an open quote, or a cell that is far too long."
        raise BadInput(RejectReason.BAD_CSV, f"$[{len(found)}]", message) from None
    if not found:
        raise BadInput(RejectReason.BAD_CSV, "$", "The CSV holds no row below its header.")
    return found


def inner_message(raw: RawMessage) -> RawMessage:
    """The message inside a CloudEvent whose data is XML or CSV, as text or base64; else the message itself."""
    if b'"specversion"' not in raw.body:
        return raw
    try:
        event = msgspec.json.decode(raw.body)
    except (ValueError, RecursionError):
        return raw
    if type(event) is not dict or type(event.get("datacontenttype")) is not str:
        return raw
    kind = event["datacontenttype"]
    if "xml" not in kind.lower() and "csv" not in kind.lower():
        return raw
    data = event.get("data")
    body = data.encode("utf-8", "replace") if type(data) is str else _base64(event.get("data_base64"))
    if body is None:
        return raw
    # Text inside JSON is Unicode already, whatever the XML declaration or the charset says of the bytes it once was.
    content_type = kind.partition(";")[0] + "; charset=utf-8" if type(data) is str else kind
    return msgspec.structs.replace(raw, body=body, content_type=content_type)


def _decoded(body: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    tried = ", ".join(encodings)
    raise BadInput(RejectReason.BAD_ENCODING, "", f"The body cannot be read as {tried}; declare its charset.")


class _Declared(NamedTuple):
    """What a content type says of a body."""

    csv: bool
    lines: bool
    charset: bool


@lru_cache(maxsize=256)
def _declared(content_type: str) -> _Declared:
    told = content_type.lower()
    return _Declared(
        csv=told.partition(";")[0].strip() in ("text/csv", "application/csv"),
        lines=any(word in told for word in ("ndjson", "jsonl", "json-seq")),
        charset="charset" in told,
    )


def _declared_charset(content_type: str) -> str | None:
    _, found, rest = content_type.lower().partition("charset=")
    if not found:
        return None
    name = rest.partition(";")[0].strip().strip("\"'").replace("_", "-")
    if name not in _CHARSETS:
        message = "The charset of the content type is not one that the hub reads: use utf-8 or gb18030."
        raise BadInput(RejectReason.BAD_ENCODING, "", message)
    return _CHARSETS[name]


def _documents(raw: RawMessage, source: Source) -> tuple[list[Any], bool]:
    """The JSON documents of a body, and whether they are the lines of an NDJSON body."""
    declared = _declared(raw.content_type)
    lines = declared.lines
    text: str | bytes = raw.body
    if declared.charset or source.encodings[:1] != ("utf-8",) or lines or len(raw.body) > MAX_BODY_BYTES:
        text = decode_text(raw, source)
    if not lines:
        try:
            document = msgspec.json.decode(text)
        except RecursionError:
            raise _too_deep() from None
        except ValueError:
            text = decode_text(raw, source)
        else:
            _check_depth(document, text)
            return [document], False
    return _read_again(cast(str, text), lines)


def _read_again(text: str, lines: bool) -> tuple[list[Any], bool]:
    """The slow way for a text that is not one strict JSON document: NDJSON, or what lenient senders write."""
    rows = [row for row in text.split("\n") if row.strip(" \t\r\x1e")]
    first = None if lines or len(rows) < 2 else _lenient(rows[0].strip(" \t\r\x1e"), "")
    if lines or type(first) is dict:
        if len(rows) > MAX_PARTS:
            raise _too_many()
        return [_lenient(row.strip(" \t\r\x1e"), f"$[{n}]") for n, row in enumerate(rows)] or [_empty()], True
    document = _lenient(text, "")
    if isinstance(document, BadInput):
        raise document
    return [document], False


def _lenient(text: str, path: str) -> Any:
    """JSON with the slips of hand-written senders: NaN, numbers too big and raw control characters get through, and the
    field that holds them is refused by name when it is read. A BadInput is returned, not raised."""
    if not text.strip():
        return _empty()
    try:
        document = json.loads(text, strict=False, parse_int=_integer)
        _check_depth(document, text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if text.lstrip()[:1] == "<":
            return BadInput(RejectReason.UNKNOWN_FORMAT, path, "The body looks like XML; this feed takes JSON.")
        return BadInput(RejectReason.BAD_JSON, path, f"The text is not valid JSON: see {where}.")
    except RecursionError:
        return _too_deep()
    except BadInput as bad:
        return bad
    return document


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= 100 else float("inf")


def _check_depth(document: Any, text: str | bytes) -> None:
    """Refuse nesting beyond MAX_DEPTH, level by level so that nothing here can overflow either."""
    brackets = text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")
    if brackets <= MAX_DEPTH:
        return
    level = [document] if type(document) in (dict, list) else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) in (dict, list)
        ]


def _spread(path: str, document: Any) -> Iterator[Item | BadInput]:
    """The records in one document: itself, the items of an array, or the data of a CloudEvent."""
    if type(document) is list:
        if len(document) > MAX_PARTS:
            raise _too_many()
        for n, entry in enumerate(document):
            here = f"{path}[{n}]"
            if type(entry) is dict and "specversion" in entry:
                yield from _event(here, entry)
            else:
                yield Item(here, entry)
    elif type(document) is dict and "specversion" in document:
        yield from _event(path, document)
    else:
        yield Item(path, document)


def _event(path: str, event: dict[str, Any]) -> Iterator[Item | BadInput]:
    """The records in the data of a CloudEvent (structured mode). Its id names a record only when there is just one."""
    path, data = f"{path}.data", event.get("data")
    if data is None and "data_base64" in event:
        path, packed = f"{path}_base64", _base64(event["data_base64"])
        if packed is None:
            yield BadInput(RejectReason.BAD_VALUE, path, "The data of the CloudEvent is not valid base64.")
            return
        try:
            data = packed.decode("utf-8")
        except UnicodeDecodeError:
            yield BadInput(RejectReason.BAD_ENCODING, path, "The JSON packed in the CloudEvent is not UTF-8.")
            return
    if type(data) is str:
        data = _lenient(data, path)
    if isinstance(data, BadInput):
        yield data
        return
    event_id = event.get("id") if type(event.get("id")) is str else None
    if type(data) is list:
        if len(data) > MAX_PARTS:
            raise _too_many()
        only = event_id if len(data) == 1 else None
        yield from (Item(f"{path}[{n}]", entry, only, event.get("time")) for n, entry in enumerate(data))
    else:
        yield Item(path, data, event_id, event.get("time"))


def _row(path: str, names: list[str], row: list[str]) -> Item | BadInput:
    if len(row) != len(names):
        # A shifted row would put a phone number where a title belongs.
        message = f"The row has {len(row)} cells where the header has {len(names)}."
        return BadInput(RejectReason.BAD_CSV, path, message)
    return Item(path, {name: cell for name, cell in zip(names, row, strict=True) if cell and cell.upper() != "NULL"})


def _looks_like_csv(raw: RawMessage, source: Source, csv_headers: frozenset[str]) -> bool:
    header = decode_text(raw, source).lstrip("\r\n").partition("\n")[0]
    cells = header.replace(";", ",").replace("\t", ",").split(",")
    return any(cell.strip().strip('"') in csv_headers for cell in cells)


def _checked(found: Iterator[Item | BadInput] | list[Item | BadInput]) -> list[Item | BadInput]:
    items = list(found)
    if not items:
        raise BadInput(RejectReason.MISSING_FIELD, "$", "The body holds no record.")
    if len(items) > MAX_PARTS:
        raise _too_many()
    return items


def _base64(value: Any) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) if type(value) is str else None
    except (binascii.Error, ValueError):
        return None


def _too_deep() -> BadInput:
    return BadInput(RejectReason.TOO_DEEP, "", f"The body nests deeper than {MAX_DEPTH} levels.")


def _too_many() -> BadInput:
    return BadInput(RejectReason.TOO_LARGE, "$", f"The body holds more than {MAX_PARTS} records; send it in pieces.")


def _empty() -> BadInput:
    return BadInput(RejectReason.BAD_JSON, "", "The body is empty.")
