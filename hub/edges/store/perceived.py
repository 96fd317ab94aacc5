"""What perception patterns remember, in PostgreSQL. It must never read more than a bounded look into an index a spot.

All but forgetting runs inside the decision's own transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec

from hub.edges.store.statements import statements
from hub.rulebook.patterns import MAX_PATTERN_MINUTES
from hub.vocabulary.perceptions import Firing, Look, Perceived, Sighting, WarnedArea
from hub.vocabulary.places import Point

#: Read of one spot at most; a pattern has come true long before it has seen so many.
MOST_SEEN = 200
#: Warnings in force for one pattern at one time.
MOST_AREAS = 100
#: Beyond the longest look, a day for what comes late.
KEPT = timedelta(minutes=MAX_PATTERN_MINUTES) + timedelta(days=1)
_FORGOTTEN_AT_ONCE = 5_000
_SQL = statements("perceive")


async def read_perceived(connection: asyncpg.Connection, looks: Sequence[Look], report_ids: Sequence[str]) -> Perceived:
    """What patterns remember where and when a batch looks; nothing is asked without a look."""
    placed = [(look.pattern, spot, look.since, look.until) for look in looks for spot in look.spots]
    timed = [(look.pattern, look.since, look.until) for look in looks if not look.spots]
    sightings, firings, areas = [], [], []
    if placed:
        columns = [list(column) for column in zip(*placed, strict=True)]
        sightings = await connection.fetch(_SQL["sightings"], *columns, MOST_SEEN)
        sightings += await connection.fetch(_SQL["seen_before"], list(report_ids))
        firings = await connection.fetch(_SQL["firings"], *columns, MOST_SEEN)
    if timed:
        columns = [list(column) for column in zip(*timed, strict=True)]
        areas = await connection.fetch(_SQL["areas"], *columns, MOST_AREAS)
    return Perceived(
        sightings=tuple(map(_sighting, sightings)),
        firings=tuple(map(firing_of, firings)),
        areas=tuple(map(_area, areas)),
    )


async def write_perceived(connection: asyncpg.Connection, perceived: Perceived, now: datetime) -> None:
    """Keep what a decision adds."""
    if perceived.withdrawn:
        await connection.execute(_SQL["withdraw"], list(perceived.withdrawn))
    if perceived.sightings:
        await connection.execute(_SQL["write_sightings"], _lines(perceived.sightings), now)
    if perceived.firings:
        await connection.execute(_SQL["write_firings"], _lines(perceived.firings), now)
    if perceived.areas:
        await connection.execute(_SQL["write_areas"], _lines(perceived.areas))


async def forget_perceived(pool: asyncpg.Pool, now: datetime) -> None:
    """Delete what no pattern can look back to."""
    await pool.execute(_SQL["forget"], now - KEPT, _FORGOTTEN_AT_ONCE)


def firing_of(row: asyncpg.Record) -> Firing:
    """A firing from a row of `firings`."""
    return Firing(
        id=row["id"],
        pattern=row["pattern"],
        spot=row["spot"],
        point=_point(row),
        began_at=row["began_at"],
        last_at=row["last_at"],
        incidents=tuple(row["incidents"]),
        opened=row["opened"],
    )


def _sighting(row: asyncpg.Record) -> Sighting:
    return Sighting(
        pattern=row["pattern"],
        report_id=row["report_id"],
        role=row["role"],
        spot=row["spot"],
        point=_point(row),
        at=row["at"],
        incident_id=row["incident_id"],
        firing=row["firing"],
    )


def _area(row: asyncpg.Record) -> WarnedArea:
    return WarnedArea(
        pattern=row["pattern"],
        report_id=row["report_id"],
        from_at=row["from_at"],
        until_at=row["until_at"],
        districts=tuple(row["districts"]),
        whole_city=row["whole_city"],
        outline=msgspec.json.decode(row["outline"], type=tuple[tuple[float, float], ...]),
    )


def _point(row: asyncpg.Record) -> Point | None:
    return None if row["lon"] is None else Point(lon=row["lon"], lat=row["lat"])


def _lines(items: Iterable[Sighting | Firing | WarnedArea]) -> str:
    """Rows as JSON; sorted, so that two writers never wait for each other in a ring."""
    rows = []
    for item in items:
        point = getattr(item, "point", None)
        place = {"lon": point.lon, "lat": point.lat} if isinstance(point, Point) else {}
        rows.append({**msgspec.structs.asdict(item), **place})
    return msgspec.json.encode(sorted(rows, key=lambda row: str(row.get("id", row.get("report_id"))))).decode()
