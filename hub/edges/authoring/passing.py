"""Warnings of what time alone has made wrong: mutes that are over or far too long. They must never refuse a rulebook:
a hub has to start again with the rules that it ran with yesterday."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hub.rulebook.book import Rulebook
from hub.rulebook.positions import Positions
from hub.rulebook.read import MUTES_FILE
from hub.rulebook.yaml_nodes import RuleError

#: Nobody means to hold something back for longer than this.
_LONGEST_MUTE = timedelta(days=366)


def passing_warnings(book: Rulebook, at: Positions, today: date) -> tuple[RuleError, ...]:
    """Everything that was right when it was written, or will be wrong before anybody looks again."""
    return tuple(_mutes(book, at, today))


def _mutes(book: Rulebook, at: Positions, today: date) -> Iterator[RuleError]:
    zone = ZoneInfo(book.city.timezone)
    for rule in book.mutes:
        until = rule.until.astimezone(zone)
        file, line, column = at.of(rule.id, MUTES_FILE)
        if until.date() < today:
            message = f"warning: the mute `{rule.id}` ended at {until:%Y-%m-%d %H:%M} and holds nothing back any more"
            expected = "a later `until`, or no such mute"
        elif until.date() > today + _LONGEST_MUTE:
            message = f"warning: the mute `{rule.id}` holds back until {until:%Y-%m-%d}, which is more than a year"
            expected = "an end within a year: a mute is for the time being"
        else:
            continue
        yield RuleError(file=file, line=line, column=column, message=message, expected=expected)
