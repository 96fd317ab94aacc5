"""Reads typed fields from one decoded JSON record, naming the path of what is wrong. It must never know a feed.

Every reader takes the names a field may have, ours first; the first that holds something counts, and an error names the
one the source used. Nothing (absent, null, "", blanks) is "", None or False: `require_*` refuses it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from hub.rulebook.book import Source
from hub.stages.normalise import values
from hub.stages.normalise.decode import BadInput, Item
from hub.vocabulary.messages import MAX_SOURCE_ID, MAX_TEXT, MAX_TITLE, RawMessage
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, RejectReason, ReportStatus, Severity

Names = tuple[str, ...]
T = TypeVar("T")

#: Longest attribute kept.
MAX_ATTRIBUTE = 200
MAX_PHONE = 40
#: Most attributes of one report.
MAX_ATTRIBUTES = 40

LONGITUDE: Names = ("longitude", "lon", "lng", "经度", "x", "X")
LATITUDE: Names = ("latitude", "lat", "lat", "纬度", "y", "Y")
SYSTEM: Names = ("crs", "coordinate_system", "坐标系", "geoCoordSys")
_DIGITS = re.compile(r"\d+", re.ASCII)


class Fields:
    """One record being read. `source_id` is set once the id is read, so that a later reject can name it."""

    __slots__ = ("_absent", "body", "event_id", "event_time", "path", "raw", "source", "source_id")

    def __init__(self, raw: RawMessage, source: Source, item: Item) -> None:
        if type(item.value) is not dict:
            raise BadInput(RejectReason.WRONG_TYPE, item.path, "A JSON object is expected here.")
        self.body: dict[str, Any] = item.value
        self._absent = self.body.keys().isdisjoint
        self.path = item.path
        self.raw = raw
        self.source = source
        self.event_id = item.event_id
        self.event_time = item.event_time
        self.source_id: str | None = None

    def find(self, names: Names) -> tuple[str, Any]:
        """The name that holds something, and what it holds; the first name and None when none does."""
        # Most fields that a reader looks for are absent; this asks for all their names at once.
        if self._absent(names):
            return names[0], None
        get = self.body.get
        for name in names:
            value = get(name)
            if value is not None and value != "" and not (type(value) is str and value.isspace()):
                return name, value
        return names[0], None

    def at(self, name: str) -> str:
        """The JSON path of a field of this record."""
        return f"{self.path}.{name}" if name.isidentifier() else f"{self.path}['{name}']"

    def bad(self, name: str, message: str, reason: RejectReason = RejectReason.BAD_VALUE) -> BadInput:
        """What to raise when a field is readable but wrong."""
        return BadInput(reason, self.at(name), message)

    def missing(self, names: Names, message: str = "The field is required.") -> BadInput:
        """What to raise when a required field holds nothing."""
        return self.bad(names[0], message, RejectReason.MISSING_FIELD)

    def read_id(self, names: Names) -> str:
        """The record's id in its source; else the id of its CloudEvents envelope."""
        name, value = self.find(names)
        if value is None:
            if self.event_id is None or not self.event_id.strip():
                raise self.missing(names, "The id of the record in its source is required.")
            value = self.event_id
        text = values.text_of(value, self.at(name)).strip()
        if len(text) > MAX_SOURCE_ID:
            raise self.bad(name, f"An id has at most {MAX_SOURCE_ID} characters.")
        # Cleaning could make two ids one, so an id that needs it is refused.
        if values.clean_line(text, MAX_SOURCE_ID) != text:
            raise self.bad(name, "An id holds printable characters only.")
        self.source_id = text
        return text

    def text(self, names: Names, limit: int = MAX_TEXT) -> str:
        """Text that may have several lines."""
        name, value = self.find(names)
        if type(value) is str:
            return values.clean_text(value, limit)
        return "" if value is None else values.clean_text(values.text_of(value, self.at(name)), limit)

    def line(self, names: Names, limit: int = MAX_TITLE) -> str:
        """Text on one line."""
        name, value = self.find(names)
        if type(value) is str:
            return values.clean_line(value, limit)
        return "" if value is None else values.clean_line(values.text_of(value, self.at(name)), limit)

    def require_line(self, names: Names, limit: int = MAX_TITLE) -> str:
        """Text on one line that must be there."""
        found = self.line(names, limit)
        if not found:
            raise self.missing(names)
        return found

    def phone(self, names: Names) -> str:
        """A phone number or account as the source writes it, also when it is masked already."""
        return self.line(names, MAX_PHONE)

    def number(self, names: Names) -> float | None:
        """A finite number."""
        name, value = self.find(names)
        return None if value is None else values.number_of(value, self.at(name))

    def count(self, names: Names, most: int = 1_000_000) -> int | None:
        """A whole number from 0 to `most`."""
        name, value = self.find(names)
        if value is None:
            return None
        number = values.number_of(value, self.at(name))
        if not number.is_integer() or not 0 <= number <= most:
            raise self.bad(name, f"A whole number from 0 to {most} is expected here.")
        return int(number)

    def flag(self, names: Names) -> bool:
        """Yes or no; no when absent."""
        name, value = self.find(names)
        return value is not None and values.flag_of(value, self.at(name))

    def time(self, names: Names, *, may_be_future: bool = False) -> datetime | None:
        """A moment in UTC."""
        name, value = self.find(names)
        return None if value is None else self._moment(name, value, may_be_future=may_be_future)

    def time_or_event_time(self, names: Names, otherwise: datetime | None = None) -> datetime:
        """A moment in UTC; else the envelope's, else `otherwise`, else when the message was received."""
        found = self.time(names)
        if found is None and self.event_time is not None:
            found = values.time_of(self.event_time, "$.time", self.source.timezone, self.raw.received_at)
        return found or otherwise or self.raw.received_at

    def choice(self, names: Names, table: Mapping[str, T]) -> T | None:
        """A word of a table, in any case; None when absent or not in the table."""
        name, value = self.find(names)
        return None if value is None else table.get(values.text_of(value, self.at(name)).strip().lower())

    def require_choice(self, names: Names, table: Mapping[str, T], expected: str) -> T:
        """A word of a table that must be there."""
        name, value = self.find(names)
        if value is None:
            raise self.missing(names)
        found = table.get(values.text_of(value, self.at(name)).strip().lower())
        if found is None:
            raise self.bad(name, f"The value is not one of {expected}.")
        return found

    def severity(self, names: Names = ("severity", "等级", "级别")) -> Severity | None:
        """A level I to IV, by number, colour or word. An unknown word is refused: it would be taken for unimportant."""
        if self.find(names)[1] is None:
            return None
        return self.require_choice(names, values.SEVERITIES, "1 to 4, I to IV, red, orange, yellow, blue")

    def status(self, names: Names, test: Names = ("is_test",)) -> ReportStatus:
        """What the source says of its record; whatever is not closed, cancelled or a test is active."""
        if self.flag(test):
            return ReportStatus.TEST
        return self.choice(names, values.STATUSES) or ReportStatus.ACTIVE

    def point(self, lon: Names = LONGITUDE, lat: Names = LATITUDE, system: Names = SYSTEM) -> SourcePoint | None:
        """The position, in the system that the record declares or else its source."""
        lon_name, x = self.find(lon)
        lat_name, y = self.find(lat)
        if x is None and y is None:
            return None
        if x is None and len(lon) == len(lat):
            lon_name = lon[lat.index(lat_name)]
        elif y is None and len(lon) == len(lat):
            lat_name = lat[lon.index(lon_name)]
        return values.point_of(x, y, self.system(system), self.at(lon_name), self.at(lat_name))

    def system(self, names: Names = SYSTEM) -> CoordinateSystem:
        """The coordinate system that the record declares, or else its source."""
        name, value = self.find(names)
        return self.source.system if value is None else values.system_of(value, self.at(name))

    def digits(self, names: Names, lengths: tuple[int, ...], what: str) -> str | None:
        """A code made of digits only, of one of the lengths given."""
        name, value = self.find(names)
        if value is None:
            return None
        text = values.text_of(value, self.at(name)).strip()
        if len(text) not in lengths or not _DIGITS.fullmatch(text):
            raise self.bad(name, f"{what} has {' or '.join(map(str, lengths))} digits; send it as text.")
        return text

    def district(self, names: Names) -> tuple[str | None, str]:
        """The district as a code of six digits, or else as a name for the address."""
        name, value = self.find(names)
        if value is None:
            return None, ""
        text = values.clean_line(values.text_of(value, self.at(name)), 40)
        if not _DIGITS.fullmatch(text):
            return None, text
        if len(text) not in (6, 9, 12):
            raise self.bad(name, "A district code has 6 digits, or 9 or 12 with town and village behind them.")
        return text[:6], ""

    def attributes(self, *fields: Names) -> dict[str, str]:
        """The fields named that hold something, under the source's own names. Only what is named is ever kept."""
        kept: dict[str, str] = {}
        for names in fields[:MAX_ATTRIBUTES]:
            name, value = self.find(names)
            if value is not None:
                text = values.clean_line(values.text_of(value, self.at(name)), MAX_ATTRIBUTE)
                if text:
                    kept[name] = text
        return kept

    def kept(self, names: frozenset[str]) -> dict[str, str]:
        """The same by one look at each field of the record: for feeds that name many attributes, few of them sent."""
        found: dict[str, str] = {}
        for name, value in self.body.items():
            if name in names and value is not None:
                text = values.clean_line(values.text_of(value, self.at(name)), MAX_ATTRIBUTE)
                if text:
                    found[name] = text
        return found

    def _moment(self, name: str, value: Any, *, may_be_future: bool = False) -> datetime:
        zone, received_at = self.source.timezone, self.raw.received_at
        return values.time_of(value, self.at(name), zone, received_at, may_be_future=may_be_future)
