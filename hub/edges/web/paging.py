"""Cursors and what filters may hold. It must never let a value through that PostgreSQL cannot take."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec

from hub.edges.web.problems import wrong

MAX_PAGE = 200
DEFAULT_PAGE = 50
#: Times outside are mistakes, and some of them no database holds.
_YEARS = range(1900, 9000)
_MAX_TEXT = 300

Item = TypeVar("Item")
Key = TypeVar("Key")

#: Where a page ends, by the order the items come in.
TextKey = tuple[datetime, str]
RejectKey = tuple[datetime, UUID, Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]]


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Part of a list. `next_cursor` is null on the last page."""

    items: tuple[Item, ...]
    next_cursor: str | None


def to_cursor(key: tuple[object, ...]) -> str:
    """An opaque cursor after a key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode("ascii").rstrip("=")


def from_cursor(cursor: str | None, type_: type[Key]) -> Key | None:
    """The key in a cursor. Raises a problem when the hub did not make it."""
    if cursor is None:
        return None
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = msgspec.json.decode(packed, type=type_)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise wrong("cursor", "is not a cursor that this hub made") from None
    for part in key if isinstance(key, tuple) else ():
        if isinstance(part, datetime):
            checked_time(part, "cursor")
        elif isinstance(part, str):
            checked_text(part, "cursor")
    return key


def checked_text(value: str, field: str) -> str:
    """A text filter that can be looked for."""
    if not value.isprintable() or len(value) > _MAX_TEXT:
        raise wrong(field, f"must be printable and at most {_MAX_TEXT} characters")
    return value


def checked_texts(values: list[str] | None, field: str) -> tuple[str, ...] | None:
    """Several of them; None stays None."""
    return None if values is None else tuple(checked_text(value, field) for value in values[:100])


def checked_time(value: datetime, field: str) -> datetime:
    """A time filter with an offset and a year that exists in the database."""
    if value.tzinfo is None:
        raise wrong(field, "needs an offset, such as 2026-07-12T08:00:00+08:00 (`+` is written %2B in a URL)")
    if value.year not in _YEARS:
        raise wrong(field, f"must lie between {_YEARS.start} and {_YEARS.stop}")
    return value
