"""Counts over every live incident, kept up change by change. It must never walk over the incidents."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

import msgspec

from hub.vocabulary.changes import Card, Tiles
from hub.vocabulary.terms import IncidentStatus

#: Key of `by_district` for incidents without a district.
NO_DISTRICT = ""

#: Ends that say it never was an incident of its own; it counts as neither opened nor closed.
_NEVER_WAS = frozenset({IncidentStatus.CANCELLED, IncidentStatus.MERGED})

Key = TypeVar("Key", str, int)

#: A day that no incident was opened or closed on.
_NEVER = 0


class Ended(msgspec.Struct, frozen=True, gc=False):
    """What stays of an incident that is no longer live: enough to ignore older news and to count the day."""

    version: int
    opened_day: int
    closed_day: int
    ended_day: int


class Tally:
    """The tiles. Days are local days of the city, so that midnight needs no reset."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._live = 0
        self._overdue = 0
        self._by_status: dict[str, int] = {}
        self._by_severity: dict[str, int] = {}
        self._by_district: dict[str, int] = {}
        self._by_feed: dict[str, int] = {}
        self._opened: dict[int, int] = {}
        self._closed: dict[int, int] = {}

    def day(self, at: datetime) -> int:
        """The city's local day, as a number that grows by one each midnight."""
        return at.astimezone(self._zone).toordinal()

    def ended(self, card: Card) -> Ended:
        """What to keep of a card that is no longer live; its last change counts as its end."""
        never_was = card.status in _NEVER_WAS
        ended_day = self.day(card.updated_at)
        return Ended(
            version=card.version,
            opened_day=_NEVER if never_was else self.day(card.opened_at),
            closed_day=ended_day if card.status is IncidentStatus.CLOSED else _NEVER,
            ended_day=ended_day,
        )

    def count(self, card: Card, by: int) -> None:
        """Take a live card in (`by` 1) or out (`by` -1)."""
        self._live += by
        self._overdue += by if card.overdue else 0
        _add(self._by_status, card.status.value, by)
        _add(self._by_severity, str(int(card.severity)), by)
        _add(self._by_district, card.district or NO_DISTRICT, by)
        for feed in card.feeds:
            _add(self._by_feed, feed.value, by)
        _add(self._opened, self.day(card.opened_at), by)

    def count_ended(self, ended: Ended, by: int) -> None:
        """Take an incident that is no longer live in (`by` 1) or out (`by` -1)."""
        _add(self._opened, ended.opened_day, by)
        _add(self._closed, ended.closed_day, by)

    def tiles(self, now: datetime) -> Tiles:
        """The counts as a screen shows them."""
        today = self.day(now)
        return Tiles(
            live=self._live,
            overdue=self._overdue,
            by_status=_sorted(self._by_status),
            by_severity=_sorted(self._by_severity),
            by_district=_sorted(self._by_district),
            by_feed=_sorted(self._by_feed),
            opened_today=self._opened.get(today, 0),
            closed_today=self._closed.get(today, 0),
        )

    def midnight(self, now: datetime) -> datetime:
        """When the city's present day began."""
        local = now.astimezone(self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _add(counts: dict[Key, int], key: Key, by: int) -> None:
    value = counts.get(key, 0) + by
    if value:
        counts[key] = value
    else:
        counts.pop(key, None)


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
