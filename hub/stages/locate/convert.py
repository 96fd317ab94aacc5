"""Turns a source's coordinates into CGCS2000, once. It must never guess which system a source uses."""

import math
from typing import TYPE_CHECKING

import geocoordinates_ffi as geo

from hub.vocabulary.places import Point
from hub.vocabulary.terms import CoordinateSystem

if TYPE_CHECKING:
    from collections.abc import Callable


def is_position(lon: float, lat: float) -> bool:
    """Whether two numbers can be a longitude and a latitude at all; NaN and infinity cannot."""
    return math.isfinite(lon) and math.isfinite(lat) and -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0


def to_cgcs2000(lon: float, lat: float, system: CoordinateSystem) -> Point:
    """A position in CGCS2000, which is WGS 84 for a city's purposes. The two numbers must be a position."""
    convert = _CONVERSIONS.get(system)
    if convert is None or not _in_range(lon, lat):
        return Point(lon=lon, lat=lat)
    return convert(lon, lat)


def _in_range(lon: float, lat: float) -> bool:
    """A wide box around China: the shifted systems mean nothing outside, and the library refuses points near a pole."""
    return 70.0 <= lon <= 140.0 and 0.0 <= lat <= 60.0


def _from_gcj02(lon: float, lat: float) -> Point:
    found = geo.gcj02_to_wgs84_refined(geo.Gcj02(lat=lat, lon=lon))
    return Point(lon=found.lon, lat=found.lat)


def _from_bd09(lon: float, lat: float) -> Point:
    found = geo.bd09_to_wgs84_refined(geo.Bd09(lat=lat, lon=lon))
    return Point(lon=found.lon, lat=found.lat)


_CONVERSIONS: "dict[CoordinateSystem, Callable[[float, float], Point]]" = {
    CoordinateSystem.GCJ02: _from_gcj02,
    CoordinateSystem.BD09: _from_bd09,
}
