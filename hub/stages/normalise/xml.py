"""Reads XML bytes into an element tree. It must never expand an entity, read a DTD or reach beyond the bytes given.

What cannot be read is raised as `BadInput`, as in `decode`; it never leaves the room.
"""

import re
from collections.abc import Iterator

import msgspec
from lxml import etree

from hub.rulebook.book import Source
from hub.stages.normalise.decode import BadInput, decode_text
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import RejectReason

#: Longest XML message read; a national DATEX II publication is sent in pages far below this.
MAX_XML_BYTES = 8 * 1024 * 1024
#: Deepest nesting read; CAP inside EDXL-DE needs 10, DATEX II needs 16.
MAX_XML_DEPTH = 64
#: Most tags read: bounds the memory of a tree, which costs far more than its bytes.
MAX_XML_TAGS = 400_000

#: Longest name kept in a path: a container's name is the sender's own word.
MAX_STEP = 60

#: Encodings a declaration may name, by Python codec. The GB family is read as GB 18030, which contains the others, so
#: that one character beyond GB 2312 does not lose a warning.
_CODECS = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
} | {f"iso-8859-{n}": f"iso8859-{n}" for n in (*range(1, 12), 13, 14, 15, 16)}

#: How `<?` looks in UTF-16 sent without a byte order mark.
_UNMARKED_UTF16 = ((b"<\x00?\x00", "utf-16le"), (b"\x00<\x00?", "utf-16be"))

_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_BLANKS = re.compile(r"\s*")
#: Comments and processing instructions: all that may stand before the root besides a document type.
_BEFORE_ROOT = (("<!--", "-->"), ("<?", "?>"))
_DOCUMENT_TYPE = re.compile(r"<![A-Za-z]")


def read_xml(raw: RawMessage, source: Source) -> etree._Element:
    """The root element of a message."""
    if len(raw.body) > MAX_XML_BYTES:
        raise BadInput(RejectReason.TOO_LARGE, "", f"An XML message may have at most {MAX_XML_BYTES} bytes.")
    return read_embedded(_decode(raw, source))


def read_embedded(text: str) -> etree._Element:
    """The root of a document given as text, such as one carried inside another document, under the same limits."""
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() :] if declaration else text
    if _DOCUMENT_TYPE.match(text, _root_start(text)):
        raise _forbidden()
    if text.count("<") > MAX_XML_TAGS:
        raise BadInput(RejectReason.TOO_LARGE, "", f"An XML message may have at most {MAX_XML_TAGS} tags.")
    try:
        root = etree.fromstring(text.lstrip().encode("utf-8", "replace"), _parser())
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    if root.getroottree().docinfo.internalDTD is not None or next(root.iter(etree.Entity), None) is not None:
        raise _forbidden()
    if _deeper_than(root, MAX_XML_DEPTH):
        raise _too_deep()
    return root


def looks_like_xml(body: bytes) -> bool:
    """Whether the first character is a `<`, in whatever encoding."""
    start = body[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith(b"<")


def name_of(element: etree._Element) -> str:
    """Local name of an element."""
    return etree.QName(element).localname


def namespace_of(element: etree._Element) -> str:
    """Namespace of an element, or nothing."""
    return etree.QName(element).namespace or ""


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Child elements of a local name, whatever their namespace."""
    return [child for child in element.iterchildren("{*}" + name)]


def filled(element: etree._Element, name: str) -> list[etree._Element]:
    """Those children of a local name that hold more than blanks."""
    return [found for found in children(element, name) if text_of(found)]


def child(element: etree._Element, *names: str) -> etree._Element | None:
    """The first descendant along a path of local names."""
    found: etree._Element | None = element
    for name in names:
        if found is None:
            return None
        found = next(found.iterchildren("{*}" + name), None)
    return found


def text_of(element: etree._Element | None, *names: str) -> str:
    """Text of the first descendant along a path, without the blanks around it; nothing when there is none."""
    found = None if element is None else child(element, *names)
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def descendants(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Descendants (and the element itself) that have one of the local names, in document order."""
    return element.iter(*("{*}" + name for name in names))


def path_of(element: etree._Element, *names: str) -> str:
    """XPath-like path by local names, such as `/alert/info[2]/area`, with more names behind it."""
    steps = list(names)
    at: etree._Element | None = element
    while at is not None:
        parent = at.getparent()
        tag = name_of(at)[:MAX_STEP]
        same = "{*}" + name_of(at)
        place = 1 + sum(1 for _ in at.itersiblings(same, preceding=True))
        alone = place == 1 and next(at.itersiblings(same), None) is None
        steps.insert(0, tag if alone or parent is None else f"{tag}[{place}]")
        at = parent
    return "/" + "/".join(steps)


def _decode(raw: RawMessage, source: Source) -> str:
    for start, charset in _UNMARKED_UTF16:
        if raw.body.startswith(start):
            return decode_text(msgspec.structs.replace(raw, content_type=f"text/xml; charset={charset}"), source)
    declared = _DECLARED.match(raw.body.lstrip()[:512])
    if declared is None:
        return decode_text(raw, source)
    codec = _CODECS.get(declared.group(1).decode("ascii").lower())
    if codec is None:
        raise BadInput(RejectReason.BAD_ENCODING, "", "The XML declaration names an encoding that is not read.")
    # A gateway that turned the message into UTF-8 leaves the declaration as it was; a wrong guess here cannot pass.
    told_utf8 = "charset=utf-8" in raw.content_type.lower().replace(" ", "").replace('"', "")
    for name in ("utf-8", codec) if told_utf8 else (codec,):
        try:
            return raw.body.decode(name)
        except UnicodeDecodeError:
            continue
    raise BadInput(RejectReason.BAD_ENCODING, "", "The bytes are not in the encoding that the XML declaration names.")


def _root_start(text: str) -> int:
    """Where the root or the document type stands. Well-formedness is the parser's matter."""
    at = 0
    while True:
        blanks = _BLANKS.match(text, at)
        at = blanks.end() if blanks else at
        closing = next((end for start, end in _BEFORE_ROOT if text.startswith(start, at)), None)
        end = text.find(closing, at) if closing else -1
        if closing is None or end < 0:
            return at
        at = end + len(closing)


def _parser() -> etree.XMLParser:
    """A parser that knows nothing but the bytes: made anew each time, because parsers keep state between messages."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _malformed(error: etree.XMLSyntaxError) -> BadInput:
    """The place of the error, never libxml2's own words: they quote the input."""
    if "depth" in str(error).lower():
        return _too_deep()
    line, column = error.position
    return BadInput(RejectReason.BAD_XML, "", f"The XML is not well formed at line {line}, column {column}.")


def _forbidden() -> BadInput:
    return BadInput(RejectReason.FORBIDDEN_XML, "", "A document type or entity declaration is not accepted.")


def _too_deep() -> BadInput:
    return BadInput(RejectReason.TOO_DEEP, "", f"The XML is nested deeper than {MAX_XML_DEPTH} elements.")


def _deeper_than(root: etree._Element, limit: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False
