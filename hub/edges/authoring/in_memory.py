"""The store's part in memory: what is near a batch, and what came of it. It must never decide, nor be a hub's own.

Incidents that no report can join any more are kept packed: a month of a city fits, and a late revision still finds its
incident.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from hub.edges.authoring.remembering import Remembered
from hub.edges.store.nearby import CANDIDATE_AGE
from hub.perceiving import concerned
from hub.rulebook.book import Rulebook
from hub.stages.fuse import exact_point, reach_m
from hub.stages.perceive import looks
from hub.vocabulary.incidents import Decision, Incident, KnownReport, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.perceptions import Firing
from hub.vocabulary.places import cells_within
from hub.vocabulary.terms import LIVE_STATUSES

#: Reports come late and say that something happened earlier: so long an incident is kept at hand beyond its window.
_LATE = timedelta(days=1)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Incident).decode

#: Family and cell, or family and address.
_Spot = tuple[str, int | str]


class MemoryStore:
    """Reads and writes as `SettlingStore` does, for one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        windows = [rule.window_minutes for rule in book.fusion if rule.fuses]
        self._at_hand_for = min(CANDIDATE_AGE, timedelta(minutes=max(windows, default=0.0)) + _LATE)
        self._known: dict[str, KnownReport] = {}
        self._at_hand: dict[str, Incident] = {}
        self._packed: dict[str, bytes] = {}
        self._at: dict[_Spot, list[str]] = {}
        #: Incidents in the order in which they were opened.
        self._ages: deque[tuple[datetime, str]] = deque()
        self._remembered = Remembered()

    @property
    def known(self) -> dict[str, KnownReport]:
        """What is known of every report."""
        return self._known

    @property
    def firings(self) -> tuple[Firing, ...]:
        """Every time a pattern came true."""
        return self._remembered.firings

    def near(self, located: Sequence[LocatedReport]) -> Nearby:
        """Incidents that a report of the batch may join, what is known of its reports, what patterns remember."""
        known = [self._known[item.report.id] for item in located if item.report.id in self._known]
        oldest = min((item.report.occurred_at for item in located), default=None)
        ids = {found for spot in set(self._spots_of(located)) for found in self._at.get(spot, ())}
        near = {found for found in ids if oldest is not None and self._may_join(found, oldest - CANDIDATE_AGE)}
        near.update(report.incident_id for report in known if report.incident_id is not None)
        perceived = self._remembered.near(looks(located, self._book), [item.report.id for item in located])
        near.update(concerned(perceived))
        incidents = tuple(self.incident(found) for found in sorted(near))
        return Nearby(incidents=incidents, known=tuple(known), perceived=perceived)

    def keep(self, decision: Decision, now: datetime) -> None:
        """Keep what a decision changes."""
        for incident in decision.incidents:
            before = self._at_hand.get(incident.id)
            if before is None and incident.id not in self._packed:
                self._ages.append((now, incident.id))
            self._packed.pop(incident.id, None)
            self._at_hand[incident.id] = incident
            for spot in _spots(incident):
                if before is None or spot not in set(_spots(before)):
                    self._at.setdefault(spot, []).append(incident.id)
        for filing in decision.filings:
            if not filing.stale:
                self._known[filing.located.report.id] = filing.known
        if decision.perceived is not None:
            self._remembered.keep(decision.perceived)
        self._put_away(now)

    def incident(self, id: str) -> Incident:
        """An incident in its latest state."""
        held = self._at_hand.get(id)
        return _unpack(self._packed[id]) if held is None else held

    def _may_join(self, id: str, oldest: datetime) -> bool:
        incident = self._at_hand.get(id)
        return incident is not None and incident.status in LIVE_STATUSES and incident.last_report_at > oldest

    def _spots_of(self, located: Sequence[LocatedReport]) -> Iterator[_Spot]:
        for item in located:
            family, place = item.classification.family, item.place
            radius_m = reach_m(family, self._book)
            if not radius_m:
                continue
            if place.address_key:
                yield family, place.address_key
            if (point := exact_point(item)) is not None:
                yield from ((family, cell) for cell in cells_within(point, radius_m))

    def _put_away(self, now: datetime) -> None:
        """Pack what is too old to be joined; one that is still told of has its turn again later."""
        limit = now - self._at_hand_for
        while self._ages and self._ages[0][0] < limit:
            _, id = self._ages.popleft()
            incident = self._at_hand.get(id)
            if incident is None:
                continue
            if incident.last_report_at >= limit:
                self._ages.append((now, id))
                continue
            del self._at_hand[id]
            self._packed[id] = _pack(incident)
            for spot in _spots(incident):
                there = [other for other in self._at.get(spot, ()) if other != id]
                if there:
                    self._at[spot] = there
                else:
                    self._at.pop(spot, None)


def _spots(incident: Incident) -> Iterator[_Spot]:
    if incident.cell is not None:
        yield incident.family, incident.cell
    if incident.address_key:
        yield incident.family, incident.address_key
