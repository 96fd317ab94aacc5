"""A city's geography, laid out for looking up. It must never change after it is built, save for what it remembers."""

from collections.abc import Sequence

from hub.rulebook.book import City
from hub.stages.locate.address import AddressWords
from hub.stages.locate.borders import Borders
from hub.stages.locate.convert import is_position, to_cgcs2000
from hub.vocabulary.places import Point
from hub.vocabulary.terms import CoordinateSystem

#: A default point is given with few digits; this is about six metres.
_SAME_DEGREES = 0.00006
#: What a device without a position sends.
_NULL_ISLAND = Point(lon=0.0, lat=0.0)


class Atlas:
    """Everything the room knows of a city: borders, words of addresses, devices, sources."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.borders = Borders(city)
        self.words = AddressWords(city)
        self.devices = {device.id: device for device in city.devices}
        self._districts = frozenset(district.code for district in city.districts)
        self._sources = {source.id: source for source in city.sources}

    def district(self, code: str) -> str | None:
        """The district that an administrative or grid code of six digits or more lies in; None for a wider area."""
        if code in self._districts:
            return code
        return code[:6] if code[:6] in self._districts else None

    def covers_city(self, code: str) -> bool:
        """Whether an administrative code names the whole city, or the province or country around it."""
        return covers_city(code, self.city.code)

    def is_default(self, lon: float, lat: float, source: str) -> bool:
        """Whether a source's point is the one that its geocoder gives when it does not know."""
        known = self._sources.get(source)
        return any(
            abs(lon - point.lon) < _SAME_DEGREES and abs(lat - point.lat) < _SAME_DEGREES
            for point in (_NULL_ISLAND, *(known.default_points if known is not None else ()))
        )

    def system_of(self, source: str) -> CoordinateSystem:
        """The coordinate system that a source declares."""
        known = self._sources.get(source)
        return known.system if known is not None else CoordinateSystem.WGS84

    def inside(self, lon: float, lat: float, system: CoordinateSystem) -> tuple[Point, str | None] | None:
        """The converted point and its district, or None outside of the city. Near misses of coarse borders count."""
        if not is_position(lon, lat):
            return None
        point = to_cgcs2000(lon, lat, system)
        district = self.borders.district_of(point)
        if district is not None:
            return point, district
        if self.borders.complete:
            district = self.borders.nearest(point, self.city.margin_m)
            return (point, district) if district is not None else None
        west, south, east, north = self.city.bounds
        return (point, None) if west <= point.lon <= east and south <= point.lat <= north else None

    def outline(self, corners: Sequence[tuple[float, float]], source: str) -> list[Point] | None:
        """An area's corners converted, or None when they make no area."""
        system = self.system_of(source)
        if len(corners) < 3 or not all(is_position(lon, lat) for lon, lat in corners):
            return None
        return [to_cgcs2000(lon, lat, system) for lon, lat in corners]


def covers_city(code: str, city: str) -> bool:
    """Whether an administrative code names a city, or the province or country around it."""
    return code[:6] in {city, f"{city[:4]}01", f"{city[:2]}0000", "000000"} if len(city) == 6 else code == city
