"""A point lies in at most one district, also where borders meet, overlap and are remembered by cell."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, intersects_xy

from hub.rulebook.book import City, District, Name, Outline
from hub.stages.locate.borders import Borders
from hub.vocabulary.places import Point
from tests.builders import a_city

Ring = Sequence[tuple[float, float]]


def outline(*corners: tuple[float, float]) -> Outline:
    return (((*corners, corners[0]),),)


#: Two counties with a slanting border, and a third that overlaps the second as coarse borders do.
WEST = outline((111.0, 35.0), (111.021, 35.0), (111.033, 35.04), (111.0, 35.04))
EAST = outline((111.021, 35.0), (111.06, 35.0), (111.06, 35.04), (111.033, 35.04))
OVERLAP = outline((111.055, 35.0), (111.08, 35.0), (111.08, 35.04), (111.055, 35.04))
OUTLINES = {"140802": WEST, "140821": EAST, "140822": OVERLAP}


def city(**fields: object) -> City:
    districts = tuple(
        District(code=code, name=Name(zh=code, en=code), words=(code,), bureau="b", outline=part)
        for code, part in OUTLINES.items()
    )
    return a_city(**{"districts": districts, **fields})


BORDERS = Borders(city())


def test_a_shared_border_belongs_to_the_first_district() -> None:
    assert BORDERS.district_of(Point(lon=111.021, lat=35.0)) == "140802"
    assert BORDERS.district_of(Point(lon=111.0575, lat=35.02)) == "140821"


@settings(deadline=None, max_examples=300)
@given(lon=st.floats(110.99, 111.09), lat=st.floats(34.99, 35.05))
def test_the_cells_answer_as_the_outlines_do(lon: float, lat: float) -> None:
    slow = next(
        (code for code, part in OUTLINES.items() if intersects_xy(Polygon(part[0][0]), lon, lat)),
        None,
    )
    assert BORDERS.district_of(Point(lon=lon, lat=lat)) == slow
    assert BORDERS.district_of(Point(lon=lon, lat=lat)) == slow  # now from the remembered cell


def test_near_is_measured_in_metres() -> None:
    west_of_all = Point(lon=111.0 - 400 / 91_100, lat=35.02)  # 400 m at 35 degrees north
    assert BORDERS.nearest(west_of_all, 420) == "140802"
    assert BORDERS.nearest(west_of_all, 380) is None
    assert BORDERS.near("140802", west_of_all, 420)
    assert not BORDERS.near("140821", west_of_all, 420)
    assert not BORDERS.near("unknown", west_of_all, 1e9)


AREAS = [
    ([(111.001, 35.001), (111.01, 35.001), (111.01, 35.01)], ("140802",)),
    ([(111.0, 35.0), (111.05, 35.0), (111.05, 35.04), (111.0, 35.04)], ("140802", "140821")),
    # A sliver of a neighbour does not make an area its.
    ([(111.0, 35.0), (111.0212, 35.0), (111.0332, 35.04), (111.0, 35.04)], ("140802",)),
]


@pytest.mark.parametrize(("ring", "districts"), AREAS)
def test_areas_touch_districts(ring: Ring, districts: tuple[str, ...]) -> None:
    touched = BORDERS.touched_by([Point(lon=lon, lat=lat) for lon, lat in ring])
    assert touched is not None
    assert touched[0] == districts
    assert BORDERS.district_of(touched[1]) in districts


def test_an_area_elsewhere_touches_nothing() -> None:
    ring = [Point(lon=120 + x, lat=30 + y) for x, y in ((0, 0), (1, 0), (1, 1))]
    assert BORDERS.touched_by(ring) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=3, max_size=8))
def test_no_outline_raises(ring: list[tuple[float, float]]) -> None:
    touched = BORDERS.touched_by([Point(lon=lon, lat=lat) for lon, lat in ring])
    assert touched is None or set(touched[0]) <= set(OUTLINES)


def test_without_outlines_the_bounds_are_the_city() -> None:
    plain = city(districts=(District(code="d", name=Name(zh="d", en="d"), words=("d",), bureau="b"),))
    borders = Borders(plain)
    assert not borders.complete
    assert borders.district_of(Point(lon=111.01, lat=35.01)) is None
    west, south, east, north = plain.bounds
    ring = [Point(lon=west, lat=south), Point(lon=east, lat=south), Point(lon=east, lat=north)]
    touched = borders.touched_by(ring)
    assert touched is not None
    assert touched[0] == ()
