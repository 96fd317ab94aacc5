"""Which district a point lies in, by outlines. It must never give one point two districts."""

import math
from collections.abc import Sequence

import shapely
from shapely import MultiPolygon, Polygon

from hub.rulebook.book import City, Outline
from hub.vocabulary.places import CELL_DEGREES, Point, cell_of

_METRES_PER_DEGREE = 111_195.0
#: Share of an area below which a district is only brushed by it.
_SLIVER = 0.01
#: Districts of cells kept; a point may come from anywhere, so the memory is bounded.
_MAX_CELLS = 200_000


class Borders:
    """The outlines of a city's districts. Most cells lie in one district; only borders need a closer look."""

    def __init__(self, city: City) -> None:
        outlined = [district for district in city.districts if district.outline]
        self._codes = tuple(district.code for district in outlined)
        self._index = {code: n for n, code in enumerate(self._codes)}
        self._shapes = [_shape(district.outline) for district in outlined]
        for shape in self._shapes:
            shapely.prepare(shape)
        #: Whether every district has an outline, so that outside of them all is outside of the city.
        self.complete = bool(outlined) and len(outlined) == len(city.districts)
        self._city = shapely.union_all(self._shapes) if self.complete else shapely.box(*city.bounds)
        self._stretch = math.cos(math.radians((city.bounds[1] + city.bounds[3]) / 2))
        self._local = [_to_metres(shape, self._stretch) for shape in self._shapes]
        self._cells: dict[int, int | tuple[int, ...]] = {}

    def district_of(self, point: Point) -> str | None:
        """The one district whose outline holds a point; on a shared border, the first in the order of city.yaml."""
        if not self._codes:
            return None
        cell = cell_of(point)
        inside = self._cells.get(cell)
        if inside is None:
            inside = self._look_at(cell, point)
        if isinstance(inside, int):
            return self._codes[inside]
        for n in inside:
            if shapely.intersects_xy(self._shapes[n], point.lon, point.lat):
                return self._codes[n]
        return None

    def nearest(self, point: Point, within_m: float) -> str | None:
        """The district nearest to a point outside of all, if it is near enough."""
        here = self._metres(point)
        distances = [float(shapely.distance(shape, here)) for shape in self._local]
        if not distances or min(distances) > within_m:
            return None
        return self._codes[distances.index(min(distances))]

    def near(self, code: str, point: Point, within_m: float) -> bool:
        """Whether a point lies in a district or near its border; False for a district without an outline."""
        n = self._index.get(code)
        return n is not None and bool(shapely.dwithin(self._local[n], self._metres(point), within_m))

    def touched_by(self, outline: Sequence[Point]) -> tuple[tuple[str, ...], Point] | None:
        """The districts that an area touches, and a point inside both; None when it touches none."""
        area = shapely.make_valid(Polygon([(point.lon, point.lat) for point in outline]))
        shared = shapely.intersection(self._city, area)
        if shared.is_empty:
            return None
        inside = shapely.point_on_surface(shared)
        parts = shapely.area(shapely.intersection(self._shapes, area)) if self._shapes else []
        # Neighbours share a border, so an area that ends there touches both; a sliver does not count.
        least = sum(parts) * _SLIVER
        touched = tuple(code for code, part in zip(self._codes, parts, strict=True) if part > least)
        return touched, Point(lon=float(inside.x), lat=float(inside.y))

    def _look_at(self, cell: int, point: Point) -> int | tuple[int, ...]:
        """A district's number when the whole cell lies inside it, else the numbers of all that reach into the cell."""
        west = math.floor(point.lon / CELL_DEGREES) * CELL_DEGREES
        south = math.floor(point.lat / CELL_DEGREES) * CELL_DEGREES
        # A hair wider than the cell, so that rounding cannot put a point of the cell outside of the box.
        box = shapely.box(west - 1e-9, south - 1e-9, west + CELL_DEGREES + 1e-9, south + CELL_DEGREES + 1e-9)
        reaching = tuple(n for n, shape in enumerate(self._shapes) if shapely.intersects(shape, box))
        alone = len(reaching) == 1 and bool(shapely.contains_properly(self._shapes[reaching[0]], box))
        found: int | tuple[int, ...] = reaching[0] if alone else reaching
        if len(self._cells) < _MAX_CELLS:
            self._cells[cell] = found
        return found

    def _metres(self, point: Point) -> shapely.Point:
        return shapely.Point(point.lon * self._stretch * _METRES_PER_DEGREE, point.lat * _METRES_PER_DEGREE)


def _shape(outline: Outline) -> MultiPolygon:
    """A MultiPolygon from parts of rings; a ring that crosses itself is mended, not refused."""
    polygons = [Polygon(rings[0], rings[1:]) for rings in outline if rings]
    shape = shapely.make_valid(MultiPolygon(polygons))
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if isinstance(part, Polygon)]
    return MultiPolygon(parts)


def _to_metres(shape: MultiPolygon, stretch: float) -> MultiPolygon:
    scaled = shapely.transform(shape, lambda xy: xy * (stretch * _METRES_PER_DEGREE, _METRES_PER_DEGREE))
    shapely.prepare(scaled)
    assert isinstance(scaled, MultiPolygon)  # noqa: S101
    return scaled
