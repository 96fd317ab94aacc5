"""Reads typed fields from one XML element, naming the path of what is wrong. It must never know a feed.

The same promises as `fields`, for XML: nothing (absent, empty, blanks) is "" or None, and `require_*` refuses it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from lxml import etree

from hub.rulebook.book import Source
from hub.stages.normalise import values, xml
from hub.stages.normalise.decode import MAX_PARTS, BadInput
from hub.stages.normalise.fields import MAX_ATTRIBUTE, MAX_ATTRIBUTES
from hub.vocabulary.messages import MAX_SOURCE_ID, MAX_TEXT, MAX_TITLE, RawMessage, Reject, Report
from hub.vocabulary.terms import RejectReason

T = TypeVar("T")


class ElementFields:
    """One element being read. Names lead down from it by local name; `source_id` is set once the id is read."""

    __slots__ = ("element", "raw", "source", "source_id")

    def __init__(self, raw: RawMessage, source: Source, element: etree._Element) -> None:
        self.raw = raw
        self.source = source
        self.element = element
        self.source_id: str | None = None

    def inside(self, element: etree._Element) -> "ElementFields":
        """The same record, read from another element of it."""
        return ElementFields(self.raw, self.source, element)

    def at(self, *names: str) -> str:
        """XPath-like path of a field."""
        return xml.path_of(self.element, *names)

    def bad(self, names: Sequence[str], message: str, reason: RejectReason = RejectReason.BAD_VALUE) -> BadInput:
        """What to raise when a field is readable but wrong."""
        return BadInput(reason, self.at(*names), message)

    def missing(self, *names: str) -> BadInput:
        """What to raise when a required field holds nothing."""
        return self.bad(names, "The element is required.", RejectReason.MISSING_FIELD)

    def read_id(self, text: str, *names: str) -> str:
        """The record's id in its source, found at `names` and checked here."""
        if not text:
            raise self.missing(*names)
        if len(text) > MAX_SOURCE_ID:
            raise self.bad(names, f"An id has at most {MAX_SOURCE_ID} characters.")
        if values.clean_line(text, MAX_SOURCE_ID) != text:
            raise self.bad(names, "An id holds printable characters only.")
        self.source_id = text
        return text

    def line(self, *names: str, limit: int = MAX_TITLE) -> str:
        """Text on one line."""
        return values.clean_line(xml.text_of(self.element, *names), limit)

    def text(self, *names: str, limit: int = MAX_TEXT) -> str:
        """Text that may have several lines."""
        return values.clean_text(xml.text_of(self.element, *names), limit)

    def require_line(self, *names: str, limit: int = MAX_TITLE) -> str:
        """Text on one line that must be there."""
        found = self.line(*names, limit=limit)
        if not found:
            raise self.missing(*names)
        return found

    def time(self, *names: str, may_be_future: bool = False) -> datetime | None:
        """A moment in UTC."""
        text = xml.text_of(self.element, *names)
        if not text:
            return None
        zone, received_at = self.source.timezone, self.raw.received_at
        return values.time_of(text, self.at(*names), zone, received_at, may_be_future=may_be_future)

    def require_time(self, *names: str) -> datetime:
        """A moment in UTC that must be there."""
        found = self.time(*names)
        if found is None:
            raise self.missing(*names)
        return found

    def require_choice(self, name: str, table: Mapping[str, T]) -> T:
        """A word of a table that must be there, in any case."""
        word = xml.text_of(self.element, name).lower()
        if not word:
            raise self.missing(name)
        if word not in table:
            raise self.bad((name,), "The value is not one of those that the format names.")
        return table[word]

    def attributes(self, *names: str) -> dict[str, str]:
        """The child elements named that hold something, under their own names; several of one name are joined."""
        kept: dict[str, str] = {}
        for name in names[:MAX_ATTRIBUTES]:
            texts = [values.clean_line(xml.text_of(child), MAX_ATTRIBUTE) for child in xml.children(self.element, name)]
            joined = "; ".join(text for text in texts if text)[:MAX_ATTRIBUTE]
            if joined:
                kept[name] = joined
        return kept


def read_elements(
    raw: RawMessage, source: Source, elements: Sequence[etree._Element], read: Callable[[ElementFields, int], Report]
) -> tuple[Report | Reject, ...]:
    """One Report or Reject for every element, numbered from 0."""
    if not elements:
        return (BadInput(RejectReason.MISSING_FIELD, "", "The message holds no record.").reject(raw, 0),)
    if len(elements) > MAX_PARTS:
        message = f"The message holds more than {MAX_PARTS} records; send it in pieces."
        return (BadInput(RejectReason.TOO_LARGE, "", message).reject(raw, 0),)
    return tuple(_read_one(ElementFields(raw, source, element), read, part) for part, element in enumerate(elements))


def _read_one(fields: ElementFields, read: Callable[[ElementFields, int], Report], part: int) -> Report | Reject:
    try:
        return read(fields, part)
    except BadInput as bad:
        return bad.reject(fields.raw, part, fields.source_id)
