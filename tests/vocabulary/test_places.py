"""Cells and distances, on both sides of the prime meridian."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vocabulary.places import (
    MAX_FUSION_RADIUS_M,
    Point,
    box_around,
    cell_of,
    cells_within,
    coarse_cell,
    distance_m,
    neighbours,
)

points = st.builds(Point, lon=st.floats(-179, 179), lat=st.floats(-59, 59))


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        pytest.param(Point(lon=111.0, lat=35.0), Point(lon=111.0, lat=35.0), 0.0, id="the same"),
        pytest.param(Point(lon=111.0, lat=35.0), Point(lon=111.0, lat=35.001), 111.2, id="a thousandth north"),
        pytest.param(Point(lon=111.0, lat=35.0), Point(lon=111.001, lat=35.0), 91.1, id="a thousandth east"),
    ],
)
def test_distance(a: Point, b: Point, metres: float) -> None:
    assert distance_m(a, b) == pytest.approx(metres, abs=0.2)


@given(points, st.floats(0, 2 * math.pi), st.floats(1, MAX_FUSION_RADIUS_M))
def test_whatever_lies_within_the_radius_lies_in_a_cell_that_is_read(
    point: Point, bearing: float, radius: float
) -> None:
    step = 0.999 * radius / 111_195.0
    other = Point(
        lon=point.lon + step * math.sin(bearing) / math.cos(math.radians(point.lat)),
        lat=point.lat + step * math.cos(bearing),
    )
    if distance_m(point, other) <= radius:
        assert cell_of(other) in cells_within(point, radius)
        west, south, east, north = box_around(point, radius)
        assert west <= other.lon <= east
        assert south <= other.lat <= north


@given(points, st.floats(1, MAX_FUSION_RADIUS_M))
def test_a_point_is_in_its_own_reach(point: Point, radius: float) -> None:
    assert cell_of(point) in cells_within(point, radius)


@given(points)
def test_neighbours_lie_in_at_most_four_coarse_cells(point: Point) -> None:
    assert 1 <= len({coarse_cell(cell) for cell in neighbours(cell_of(point))}) <= 4
