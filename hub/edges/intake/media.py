"""Reads a Content-Type header. It must never hand a codec name from outside to Python's codec registry."""

import codecs
from email.message import Message
from enum import StrEnum

import msgspec

from hub.edges.intake.refusal import Refusal


class Shape(StrEnum):
    """How a body is laid out."""

    JSON = "json"
    LINES = "lines"
    CSV = "csv"
    XML = "xml"


#: Content types taken, and what each means. `application/<anything>+json` and `+xml` are taken as well.
ACCEPTED: dict[str, Shape] = {
    "application/json": Shape.JSON,
    "application/cloudevents+json": Shape.JSON,
    "application/cloudevents-batch+json": Shape.JSON,
    "application/geo+json": Shape.JSON,
    "application/x-ndjson": Shape.LINES,
    "application/ndjson": Shape.LINES,
    "application/jsonl": Shape.LINES,
    "text/csv": Shape.CSV,
    "application/xml": Shape.XML,
    "text/xml": Shape.XML,
    "application/cap+xml": Shape.XML,
}

#: Charsets a sender may declare, as Python names them. GBK and GB 2312 are read as GB 18030, which contains both.
CHARSETS = {
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

#: Byte order marks, longest first: the UTF-32 mark starts with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """What a body is said to be."""

    essence: str
    shape: Shape
    #: The declared charset in lower case, and the codec for it; both None when none is declared.
    charset: str | None = None
    codec: str | None = None

    @property
    def content_type(self) -> str:
        """The content type in its plainest form, as it is kept with the raw message."""
        return self.essence if self.charset is None else f"{self.essence}; charset={self.charset}"


def read_media(header: str | None) -> Media | Refusal:
    """What a Content-Type header says."""
    message = Message()
    message["content-type"] = (header or "")[:500].replace("\r", " ").replace("\n", " ")
    essence = message.get_content_type().lower() if header and "/" in header else ""
    shape = ACCEPTED.get(essence) or _by_suffix(essence)
    if shape is None:
        return _unsupported("The content type is missing or not taken; send one of " + ", ".join(ACCEPTED) + ".")
    declared = message.get_param("charset")
    if declared is None:
        return Media(essence=essence, shape=shape)
    charset = declared.lower() if isinstance(declared, str) else ""
    codec = CHARSETS.get(charset)
    if codec is None:
        return _unsupported("The charset is not taken; declare one of " + ", ".join(CHARSETS) + ", or none.")
    return Media(essence=essence, shape=shape, charset=charset, codec=codec)


def marked_codec(body: bytes) -> str | None:
    """The codec that a byte order mark at the start names."""
    return next((codec for mark, codec in _MARKS if body.startswith(mark)), None)


def _by_suffix(essence: str) -> Shape | None:
    if not essence.startswith("application/") or len(essence) > 100:
        return None
    if essence.endswith("+json"):
        return Shape.JSON
    return Shape.XML if essence.endswith("+xml") else None


def _unsupported(detail: str) -> Refusal:
    return Refusal(
        status=415,
        name="unsupported-media-type",
        detail=detail,
        field="content-type",
        headers={"accept-post": ", ".join(ACCEPTED)},
    )
