"""What a warning covers: its outline in the hub's own coordinates, and its districts. It must not need borders."""

import msgspec

from hub.rulebook.book import City
from hub.stages.locate.atlas import covers_city
from hub.stages.locate.convert import is_position, to_cgcs2000
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.terms import CoordinateSystem


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """An area as a report names it."""

    districts: tuple[str, ...] = ()
    whole_city: bool = False
    #: Corners (lon, lat) in CGCS2000; empty when the report has no outline.
    outline: tuple[tuple[float, float], ...] = ()


def area_of(located: LocatedReport, city: City) -> Area:
    """The area of a report; the district it lies in when it names no other."""
    report = located.report
    known = {district.code for district in city.districts}
    codes = [code if code in known else code[:6] for code in report.area_codes]
    districts = tuple(dict.fromkeys(code for code in codes if code in known))
    whole = any(covers_city(code, city.code) for code in report.area_codes)
    corners = report.area_outline
    if len(corners) < 3 or not all(is_position(lon, lat) for lon, lat in corners):
        corners = ()
    system = next((source.system for source in city.sources if source.id == report.source), CoordinateSystem.WGS84)
    points = [to_cgcs2000(lon, lat, system) for lon, lat in corners]
    if not (districts or whole or points) and located.place.district is not None:
        districts = (located.place.district,)
    return Area(districts=districts, whole_city=whole, outline=tuple((point.lon, point.lat) for point in points))
