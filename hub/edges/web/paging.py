"""Cursors and what filters may hold. It must never let a value through that PostgreSQL cannot take."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple, TypeVar, overload
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from hub.edges.web.problems import wrong

MAX_PAGE = 200
#: Most values of one filter.
MAX_VALUES = 100
#: Times outside are mistakes, and some of them no database holds.
_YEARS = range(1900, 9000)
_MAX_TEXT = 300

Item = TypeVar("Item")
Row = TypeVar("Row")
Page = TypeVar("Page")

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="Most items of a page.")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before.", max_length=500)]
#: Text, because the framework would read a bare number as seconds since 1970.
Since = Annotated[
    str | None,
    QueryParameter(
        description="Only what began at or after this time, with its offset (RFC 3339).",
        schema_extra={"format": "date-time"},
    ),
]


class TextKey(NamedTuple):
    """Where a page of things with a text id ends."""

    at: datetime
    id: str


class RejectKey(NamedTuple):
    """Where a page of rejects ends."""

    at: datetime
    raw_id: UUID
    part: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


Key = TypeVar("Key", TextKey, RejectKey)


def page_of(
    made: Callable[[tuple[Item, ...], str | None], Page],
    rows: Sequence[Row],
    limit: int,
    tell: Callable[[Row], Item],
    key: Callable[[Row], TextKey | RejectKey],
) -> Page:
    """A page out of one row more than it may hold; that row tells whether another page follows."""
    kept = rows[:limit]
    following = to_cursor(key(kept[-1])) if len(rows) > limit else None
    return made(tuple(tell(row) for row in kept), following)


def to_cursor(key: TextKey | RejectKey) -> str:
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
    _checked_time(key.at, "cursor")
    if isinstance(key, TextKey):
        checked_text(key.id, "cursor")
    return key


@overload
def checked_text(value: str, field: str) -> str: ...
@overload
def checked_text(value: None, field: str) -> None: ...
@overload
def checked_text(value: str | None, field: str) -> str | None: ...
def checked_text(value: str | None, field: str) -> str | None:
    """A text that can be looked for; None stays None."""
    if value is not None and (not value.isprintable() or len(value) > _MAX_TEXT):
        raise wrong(field, f"must be printable and at most {_MAX_TEXT} characters")
    return value


def checked_texts(values: tuple[str, ...], field: str) -> tuple[str, ...] | None:
    """Several of them; none is no filter."""
    if len(values) > MAX_VALUES:
        raise wrong(field, f"may be given at most {MAX_VALUES} times")
    return tuple(checked_text(value, field) for value in values) if values else None


def checked_since(value: str | None) -> datetime | None:
    """A time filter; None stays None."""
    if value is None:
        return None
    try:
        return _checked_time(msgspec.convert(value, datetime), "since")
    except msgspec.ValidationError:
        raise wrong("since", "must be a time such as 2026-07-12T08:00:00+08:00 (RFC 3339)") from None


def _checked_time(value: datetime, field: str) -> datetime:
    """A time with an offset and a year that exists in the database."""
    if value.tzinfo is None:
        raise wrong(field, "needs an offset, such as 2026-07-12T08:00:00+08:00 (`+` is written %2B in a URL)")
    if value.year not in _YEARS:
        raise wrong(field, f"must lie between {_YEARS.start} and {_YEARS.stop}")
    return value
