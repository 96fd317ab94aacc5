"""What a batch has to lock, and the one read of what is near it. It must never decide what belongs together."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import asyncpg
import msgspec

from hub.edges.store.columns import incident_of
from hub.edges.store.perceived import read_perceived
from hub.edges.store.statements import statements
from hub.perceiving import concerned
from hub.stages.fuse import exact_point
from hub.vocabulary.incidents import Incident, KnownReport, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.perceptions import Look, Perceived
from hub.vocabulary.places import Box, box_around, cells_within, coarse_cell

#: Incidents without a report for longer are no candidates any more; wider than any fusion window may be.
CANDIDATE_AGE = timedelta(days=60)
#: Two writers of one report meet in its bucket; a bucket shared by two reports only costs a wait.
_REPORT_BUCKETS = 4096
#: Keys of coarse cells kept; a city has far fewer.
_KEYS_KEPT = 16_384

#: Family and cell, or family and address.
_Spot = tuple[str, int]
_SQL = statements("settle")


class Surroundings:
    """The spots in which a batch may find incidents. Only exact points have any, and only within their radius."""

    def __init__(
        self, located: Sequence[LocatedReport], reach_m: Mapping[str, float], looks: Sequence[Look] = ()
    ) -> None:
        self._located = located
        self._looks = looks
        #: What of each cell the batch can reach; a cell is much larger than most radii.
        self._boxes: dict[_Spot, Box] = {}
        #: Addresses, and whether the report that names one has an exact point.
        self._addresses: set[tuple[str, str, bool]] = set()
        for item in located:
            radius_m = reach_m.get(item.classification.family, 0.0)
            if radius_m:
                self._add(item, radius_m)

    def lock_keys(self) -> list[int]:
        """The advisory locks a batch needs: every coarse cell and address it may look into, its reports' buckets."""
        keys = {_lock_key(f"{family} {cell}") for family, cell in {(f, coarse_cell(cell)) for f, cell in self._boxes}}
        for item in self._located:
            if item.place.address_key:
                keys.add(_hash(f"{item.classification.family} {item.place.address_key}", 8, signed=True))
            keys.add(_hash(item.report.id, 4) % _REPORT_BUCKETS)
        keys.update(_lock_key(f"pattern {look.pattern} {spot}") for look in self._looks for spot in look.spots)
        return sorted(keys)

    async def read(self, connection: asyncpg.Connection, now: datetime) -> Nearby:
        """Incidents that a report of the batch may join, and what is known of its reports."""
        ids = [item.report.id for item in self._located]
        known = tuple(
            msgspec.convert(dict(row), KnownReport) for row in await connection.fetch(_SQL["known_reports"], ids)
        )
        oldest = min((item.report.occurred_at for item in self._located), default=now) - CANDIDATE_AGE
        rows = []
        if self._boxes:
            spots = [(*spot, *box) for spot, box in self._boxes.items()]
            rows += await connection.fetch(_SQL["near"], *map(list, zip(*spots, strict=True)), oldest)
        if self._addresses:
            rows += await connection.fetch(_SQL["at_address"], *map(list, zip(*self._addresses, strict=True)), oldest)
        owners = {report.incident_id for report in known if report.incident_id is not None}
        perceived = Perceived()
        if self._looks:
            perceived = await read_perceived(connection, self._looks, ids)
            owners.update(concerned(perceived))
        if owners:
            rows += await connection.fetch(_SQL["by_id"], list(owners))
        incidents: dict[str, Incident] = {}
        for row in rows:
            if row["id"] not in incidents:
                incidents[row["id"]] = incident_of(row)
        return Nearby(incidents=tuple(incidents.values()), known=known, perceived=perceived)

    def _add(self, item: LocatedReport, radius_m: float) -> None:
        family, place = item.classification.family, item.place
        point = exact_point(item)
        if place.address_key:
            self._addresses.add((family, place.address_key, point is not None))
        if point is None:
            return
        west, south, east, north = box = box_around(point, radius_m)
        boxes = self._boxes
        for cell in cells_within(point, radius_m):
            spot = (family, cell)
            if (known := boxes.get(spot)) is None:
                boxes[spot] = box
            else:
                # Two reports in one cell: a box around both, so that no incident is read twice.
                boxes[spot] = (
                    min(west, known[0]),
                    min(south, known[1]),
                    max(east, known[2]),
                    max(north, known[3]),
                )


@lru_cache(maxsize=_KEYS_KEPT)
def _lock_key(text: str) -> int:
    return _hash(text, 8, signed=True)


def _hash(text: str, size_bytes: int, *, signed: bool = False) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=size_bytes).digest(), signed=signed)
