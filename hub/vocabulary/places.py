"""Points and places as plain floats. It must never import a geometry library."""

import math

import msgspec

from hub.vocabulary.terms import CoordinateSystem, PlacePrecision
from hub.vocabulary.why import Why

#: Side of a cell in degrees; at 35° N about 555 m by 455 m, wider than any fusion radius may be.
CELL_DEGREES = 0.005
#: A fusion radius beyond this would reach past the neighbouring cells.
MAX_FUSION_RADIUS_M = 450.0
#: Cells on one side of a coarse cell, the unit of the advisory locks.
CELLS_PER_COARSE_CELL = 4

#: West, south, east and north in degrees.
Box = tuple[float, float, float, float]

_EARTH_RADIUS_M = 6_371_008.8
#: How much wider than its circle a box is, so that rounding leaves nothing out.
_SLACK = 1.01
_CELL_ROW = 100_000
#: From a cell to itself and the eight around it.
_AROUND = tuple(row * _CELL_ROW + column for row in (-1, 0, 1) for column in (-1, 0, 1))


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A position in CGCS2000 / WGS 84, degrees."""

    lon: float
    lat: float


class SourcePoint(msgspec.Struct, frozen=True, kw_only=True):
    """A position as the source gave it, in the source's own system. `field` is where it stood."""

    lon: float
    lat: float
    system: CoordinateSystem
    field: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a report is: a point and cell when known, the district (区县) and grid (网格) codes, and why."""

    precision: PlacePrecision
    why: Why
    point: Point | None = None
    cell: int | None = None
    #: Six-digit administrative code, or None when nothing names a district.
    district: str | None = None
    grid: str | None = None
    #: Address folded for comparison; empty when there is none worth comparing.
    address_key: str = ""


def cell_of(point: Point) -> int:
    """The cell a point lies in."""
    return math.floor(point.lat / CELL_DEGREES) * _CELL_ROW + math.floor(point.lon / CELL_DEGREES)


def neighbours(cell: int) -> tuple[int, ...]:
    """The cell and the eight around it."""
    return tuple([cell + step for step in _AROUND])


def cells_within(point: Point, radius_m: float) -> tuple[int, ...]:
    """The cells that a circle may touch; `radius_m` at most `MAX_FUSION_RADIUS_M`."""
    lat_reach = math.degrees(radius_m / _EARTH_RADIUS_M)
    lon_reach = lat_reach / max(math.cos(math.radians(point.lat)), 0.1)
    rows = _steps(point.lat, lat_reach)
    columns = _steps(point.lon, lon_reach)
    return tuple(row * _CELL_ROW + column for row in rows for column in columns)


def box_around(point: Point, radius_m: float) -> Box:
    """A box that holds every point within a radius; it does not reach across the antimeridian."""
    lat_reach = math.degrees(radius_m / _EARTH_RADIUS_M) * _SLACK
    lon_reach = lat_reach / max(math.cos(math.radians(point.lat)), 0.1) * _SLACK
    return point.lon - lon_reach, point.lat - lat_reach, point.lon + lon_reach, point.lat + lat_reach


def coarse_cell(cell: int) -> int:
    """The coarse cell that holds a cell."""
    row, column = divmod(cell + _CELL_ROW // 2, _CELL_ROW)
    column -= _CELL_ROW // 2
    return (row // CELLS_PER_COARSE_CELL) * _CELL_ROW + column // CELLS_PER_COARSE_CELL


def coarse_cells_within(point: Point, radius_m: float) -> tuple[int, ...]:
    """The coarse cells that a circle of any radius may touch."""
    lat_reach = math.degrees(radius_m / _EARTH_RADIUS_M)
    lon_reach = lat_reach / max(math.cos(math.radians(point.lat)), 0.1)
    rows = {row // CELLS_PER_COARSE_CELL for row in _steps(point.lat, lat_reach)}
    columns = {column // CELLS_PER_COARSE_CELL for column in _steps(point.lon, lon_reach)}
    return tuple(row * _CELL_ROW + column for row in sorted(rows) for column in sorted(columns))


def distance_m(a: Point, b: Point) -> float:
    """Metres between two points; equirectangular, exact to 0.1 % over the distances fusion looks at."""
    mean_lat = math.radians((a.lat + b.lat) / 2)
    x = math.radians(b.lon - a.lon) * math.cos(mean_lat)
    y = math.radians(b.lat - a.lat)
    return math.hypot(x, y) * _EARTH_RADIUS_M


def _steps(middle: float, reach: float) -> range:
    return range(math.floor((middle - reach) / CELL_DEGREES), math.floor((middle + reach) / CELL_DEGREES) + 1)
