"""Cuts a body into the raw messages it holds. It must never change a byte that it does not have to re-encode."""

import codecs
import csv
import io
import uuid

import msgspec

from hub.edges.intake.markup import check_xml
from hub.edges.intake.media import Media, Shape, marked_codec
from hub.edges.intake.refusal import Refusal, bad_body, too_large
from hub.edges.intake.wellformed import check_json, split_array
from hub.stages.normalise.decode import MAX_PARTS

#: In these a newline byte is always a newline, so lines can be cut without decoding.
_LINE_SAFE = frozenset({"utf-8", "gb18030", "gbk", "gb2312", "big5", "big5hkscs", "latin-1", "cp1252"})


class Piece(msgspec.Struct, frozen=True):
    """What becomes one raw message."""

    body: bytes
    content_type: str


def split(body: bytes, media: Media, encodings: tuple[str, ...]) -> tuple[Piece, ...] | Refusal:
    """The pieces of a body that is well-formed as its media type says. `encodings` are tried when none is declared."""
    if media.shape is Shape.XML:
        return _whole_xml(body, media, encodings)
    codecs_said = _codecs_said(body, media, encodings)
    if media.shape is Shape.LINES and _LINE_SAFE.issuperset(codecs_said):
        return _lines(body, media, codecs_said)
    codec = _first_that_reads(body, codecs_said)
    if codec is None:
        return bad_body("bad-encoding", "The body is not in the charset that it, its content type or its source says.")
    if media.shape is Shape.LINES:
        return _lines(_as_utf8(body, codec), msgspec.structs.replace(media, charset="utf-8"), ("utf-8",))
    if media.shape is Shape.CSV:
        return _whole_csv(body, media, codec)
    return _json(body, media, codec)


def new_raw_id(now_ms: int) -> uuid.UUID:
    """A UUID of version 7: ids made later sort later, which keeps the table's index small and warm."""
    random = uuid.uuid4().int
    return uuid.UUID(int=(now_ms & (1 << 48) - 1) << 80 | 7 << 76 | random & ((1 << 76) - 1) & ~(3 << 62) | 2 << 62)


def _codecs_said(body: bytes, media: Media, encodings: tuple[str, ...]) -> tuple[str, ...]:
    """The codecs to try: the byte order mark's, else the declared one, else the source's own."""
    said = marked_codec(body) or media.codec
    return (said,) if said else encodings


def _first_that_reads(body: bytes, candidates: tuple[str, ...]) -> str | None:
    for codec in candidates:
        try:
            body.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        return codec
    return None


def _as_utf8(body: bytes, codec: str) -> bytes:
    """The body in UTF-8 without a byte order mark."""
    text = body if codec == "utf-8" else body.decode(codec).encode("utf-8", "replace")
    return text.removeprefix(codecs.BOM_UTF8)


def _json(body: bytes, media: Media, codec: str) -> tuple[Piece, ...] | Refusal:
    utf8 = _as_utf8(body, codec)
    if fault := check_json(utf8):
        return fault
    first = utf8.lstrip()[:1]
    if first == b"{":
        return (Piece(body, media.content_type),)
    if first != b"[":
        return bad_body("bad-json", "The body must be a JSON object or an array of objects.")
    items = split_array(utf8)
    if isinstance(items, Refusal):
        return items
    if not items:
        return bad_body("empty-body", "The array is empty.")
    if len(items) > MAX_PARTS:
        return _too_many()
    essence = media.essence.replace("cloudevents-batch", "cloudevents")
    return tuple(Piece(item, f"{essence}; charset=utf-8") for item in items)


def _lines(body: bytes, media: Media, candidates: tuple[str, ...]) -> tuple[Piece, ...] | Refusal:
    """One piece a line, its bytes as sent. A broken line becomes a piece too, and later a reject, so that it sinks no
    other."""
    lines = [line.strip(b" \t\r") for line in body.removeprefix(codecs.BOM_UTF8).split(b"\n")]
    lines = [line for line in lines if line]
    if not lines:
        return bad_body("empty-body", "The body is empty.")
    if len(lines) > MAX_PARTS:
        return _too_many()
    faults = [_line_fault(line, candidates) for line in lines]
    if (first := faults[0]) is not None and all(faults):
        return bad_body(first.name, f"No line is JSON. In the first one: {first.detail}")
    content_type = "application/json" if media.charset is None else f"application/json; charset={media.charset}"
    return tuple(Piece(line, content_type) for line in lines)


def _line_fault(line: bytes, candidates: tuple[str, ...]) -> Refusal | None:
    codec = _first_that_reads(line, candidates)
    if codec is None:
        return bad_body("bad-encoding", "The line is not in the charset declared or that its source says.")
    return check_json(_as_utf8(line, codec))


def _whole_csv(body: bytes, media: Media, codec: str) -> tuple[Piece, ...] | Refusal:
    text = body.decode(codec)
    rows = 0
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            rows += bool(row)
            if rows > MAX_PARTS + 1:
                return too_large(f"A CSV body may have at most {MAX_PARTS} rows; send it in pieces with the header.")
    except csv.Error:
        return bad_body("bad-csv", "The body is not CSV.")
    if rows < 2:
        return bad_body("bad-csv", "A CSV body needs a header line and at least one row.")
    return (Piece(body, media.content_type),)


def _whole_xml(body: bytes, media: Media, encodings: tuple[str, ...]) -> tuple[Piece, ...] | Refusal:
    return check_xml(body, media.codec, encodings) or (Piece(body, media.content_type),)


def _too_many() -> Refusal:
    return too_large(f"A body may hold at most {MAX_PARTS} records; send it in pieces.")
