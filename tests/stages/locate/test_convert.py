"""Conversions agree with published reference values; metres are what counts."""

import math

import pytest

from hub.stages.locate.convert import is_position, to_cgcs2000
from hub.vocabulary.places import Point, distance_m
from hub.vocabulary.terms import CoordinateSystem

GCJ02, BD09 = CoordinateSystem.GCJ02, CoordinateSystem.BD09

REFERENCE = [
    # eviltransform's test values: WGS 84, and the same place in GCJ-02
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), GCJ02, 0.5),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), GCJ02, 0.5),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), GCJ02, 0.5),
    # Yuncheng: 536 m apart unconverted
    ((111.0070, 35.0228), (111.0128121, 35.0220578), GCJ02, 0.5),
    ((111.0070, 35.0228), (111.0192144, 35.0283138), BD09, 1.0),
    ((120.0087400, 29.1962197), (120.019809, 29.199786), BD09, 1.0),
]


@pytest.mark.parametrize(("wgs84", "given", "system", "within_m"), REFERENCE)
def test_reference_values(
    wgs84: tuple[float, float], given: tuple[float, float], system: CoordinateSystem, within_m: float
) -> None:
    found = to_cgcs2000(*given, system)
    assert distance_m(found, Point(lon=wgs84[0], lat=wgs84[1])) < within_m


def test_wgs84_is_kept_to_the_last_digit() -> None:
    assert to_cgcs2000(111.00701234567, 35.02281234567, CoordinateSystem.WGS84) == Point(
        lon=111.00701234567, lat=35.02281234567
    )


def test_unconverted_the_yuncheng_point_would_be_half_a_kilometre_off() -> None:
    assert distance_m(Point(lon=111.0128121, lat=35.0220578), Point(lon=111.0070, lat=35.0228)) == pytest.approx(
        536, abs=5
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 181.0])
def test_what_is_no_position(value: float) -> None:
    assert not is_position(value, 35.0)
    assert not is_position(111.0, value)


@pytest.mark.parametrize("system", CoordinateSystem)
@pytest.mark.parametrize(("lon", "lat"), [(180.0, 90.0), (-180.0, -90.0), (0.0, 0.0), (70.0, 0.0), (140.0, 60.0)])
def test_far_away_points_pass_through(lon: float, lat: float, system: CoordinateSystem) -> None:
    found = to_cgcs2000(lon, lat, system)
    assert abs(found.lon - lon) < 0.02
    assert abs(found.lat - lat) < 0.02
