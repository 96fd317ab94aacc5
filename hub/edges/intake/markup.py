"""A cheap check that bytes are XML that may be read. It must never build a tree, expand an entity or read a DTD."""

import re
from typing import cast

from lxml import etree

from hub.edges.intake.media import CHARSETS, marked_codec
from hub.edges.intake.refusal import Refusal, bad_body

_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
#: How `<?` looks in UTF-16 sent without a byte order mark.
_UNMARKED_UTF16 = ((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be"))

#: What a declaration inside a document may name besides `CHARSETS`.
_WESTERN = {"windows-1251": "cp1251"} | {f"iso-8859-{n}": f"iso8859-{n}" for n in (*range(2, 12), 13, 14, 15, 16)}


class _DocumentType(Exception):
    """The parser met a document type."""


class _Door:
    """What the parser tells: nothing but a document type, which ends it before the first entity is declared."""

    def doctype(self, *_: object) -> None:
        raise _DocumentType

    def close(self) -> None:
        """The end of a well-formed document."""


def check_xml(body: bytes, declared: str | None, encodings: tuple[str, ...]) -> Refusal | None:
    """Why bytes are not well-formed XML without a document type, or None."""
    fault: Refusal | None = None
    for codec in _codecs_of(body, declared, encodings):
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        found = _parse(text.removeprefix("\ufeff"))
        if found is None or found.name == "forbidden-xml":
            return found
        fault = fault or found
    return fault or bad_body("bad-encoding", "The body is not in the encoding that it or its content type declares.")


def _codecs_of(body: bytes, declared: str | None, encodings: tuple[str, ...]) -> tuple[str, ...]:
    """Codecs to try: the mark's, else the declaration's and the content type's, else the source's."""
    if marked := marked_codec(body):
        return (marked,)
    for start, codec in _UNMARKED_UTF16:
        if body.startswith(start):
            return (codec,)
    said = _DECLARED.match(body[:512])
    name = said.group(1).decode("ascii").lower() if said else ""
    inside = CHARSETS.get(name) or _WESTERN.get(name)
    # A gateway that turned a message into UTF-8 leaves the declaration inside as it was.
    named = tuple(dict.fromkeys(codec for codec in (inside, declared) if codec))
    return named or encodings


def _parse(text: str) -> Refusal | None:
    parser = etree.XMLParser(
        # lxml calls only what a target has; its stub asks for all of it.
        target=cast("etree.ParserTarget", _Door()),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        etree.fromstring(text.encode("utf-8", "replace"), parser)
    except _DocumentType:
        return bad_body("forbidden-xml", "A document type or entity declaration is not accepted.")
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            return bad_body("too-deep", "The XML is nested too deep.")
        # The place only: libxml2's own words quote the input.
        line, column = error.position
        return bad_body("bad-xml", f"The body is not well-formed XML at line {line}, column {column}.")
    return None
