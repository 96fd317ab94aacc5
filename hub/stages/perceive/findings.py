"""What a pattern found, as a value. It must never say what follows from it beyond what the pattern says."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from hub.rulebook.book import Rulebook
from hub.rulebook.patterns import Pattern
from hub.vocabulary.perceptions import Firing
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

#: Ids named in a why; the rest are counted.
NAMED = 8


class FindingKind(StrEnum):
    """What became of a pattern."""

    FIRED = "fired"
    WENT_ON = "went_on"
    WARNED = "warned"
    SPEAKS_AGAIN = "speaks_again"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern that came true, or went on."""

    pattern: Pattern
    kind: FindingKind
    why: Why
    #: None for a warning, which is remembered as an area.
    firing: Firing | None
    #: Incidents that it was not seen in before, in the order of their reports.
    incidents: tuple[str, ...]
    #: From the first to the last thing seen.
    began_at: datetime
    last_at: datetime
    #: The silent feed, in words; empty for other patterns.
    subject: str = ""


def why(pattern: Pattern, verdict: str, **facts: Fact) -> Why:
    """A reason of this room."""
    return Why(stage=Stage.PERCEIVE, rule=pattern.id, verdict=verdict, facts=facts)


def local_time(at: datetime, book: Rulebook) -> str:
    """A moment in the city's own time: these are read by people who know no other."""
    return f"{at.astimezone(ZoneInfo(book.city.timezone)):%Y-%m-%d %H:%M}"


def place_facts(pattern: Pattern) -> dict[str, Fact]:
    """How far and how long the pattern looks."""
    minutes: dict[str, Fact] = {"minutes": pattern.within_minutes}
    return minutes if pattern.radius_m is None else {**minutes, "radius_m": pattern.radius_m}


def named(ids: Iterable[str]) -> str:
    """Ids as one text, the first of them by name."""
    every = list(dict.fromkeys(ids))
    more = f" +{len(every) - NAMED}" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more
