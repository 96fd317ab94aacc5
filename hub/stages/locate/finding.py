"""The steps by which a place is found, best first. It must never take a place that the source did not name."""

import math

from hub.stages.locate.atlas import Atlas
from hub.vocabulary.messages import Reject, Report
from hub.vocabulary.places import Place, Point, SourcePoint, cell_of
from hub.vocabulary.terms import PlacePrecision, RejectReason, Stage
from hub.vocabulary.why import Fact, Why

#: Attributes in which sources without district codes name the district.
DISTRICT_ATTRIBUTES = ("neighborhood",)


class Named:
    """The district that a report names apart from its point, and the known place in its address."""

    def __init__(self, report: Report, atlas: Atlas) -> None:
        said, place = atlas.words.read(report.address) if report.address else (None, None)
        self.place = place
        self.rule, self.district, self.word = "", None, ""
        for rule, district, word in self._ways(report, atlas, said):
            if district is not None:
                self.rule, self.district, self.word = rule, district, word
                return

    @staticmethod
    def _ways(report: Report, atlas: Atlas, said: tuple[str, str] | None) -> list[tuple[str, str | None, str]]:
        grid, code = report.grid or "", report.district or ""
        ways: list[tuple[str, str | None, str]] = [
            ("grid_code", atlas.district(grid), grid),
            ("district_code", atlas.district(code), code),
        ]
        for name in (code, *(report.attributes.get(attribute, "") for attribute in DISTRICT_ATTRIBUTES)):
            if name and not name.isdigit():
                named, _ = atlas.words.read(name)
                ways.append(("district_name", named[0] if named else None, name))
        ways.append(("address_words", *(said or (None, ""))))
        return ways


def by_point(report: Report, given: SourcePoint, named: Named, atlas: Atlas) -> Place | Reject | None:
    """The source's own point; None when it is the geocoder's default."""
    if atlas.is_default(given.lon, given.lat, report.source):
        return None
    found = atlas.inside(given.lon, given.lat, given.system)
    if found is None:
        return _refused(report, given, atlas)
    point, district = found
    facts: dict[str, Fact] = {"system": str(given.system)}
    verdict = "by_point"
    if named.district is not None and named.district != district:
        # Borders are coarse: beside one, the district that the source names is the better witness.
        if district is None or atlas.borders.near(named.district, point, atlas.city.margin_m):
            district, verdict = named.district, "by_point_and_name"
            facts["named_by"] = named.rule
        else:
            facts["named"] = named.district
    return _at(report, PlacePrecision.POINT, point, district, atlas, why("point", verdict, **facts))


def by_device(report: Report, atlas: Atlas) -> Place | None:
    """The place of a known camera or sensor."""
    device = atlas.devices.get(report.device_id or "")
    if device is None:
        return None
    reason = why("device", "by_device", device=device.id, name=device.name)
    return _at(report, PlacePrecision.DEVICE, device.point, device.district, atlas, reason)


def by_known_place(report: Report, named: Named, atlas: Atlas) -> Place | None:
    """A known place in the words of the address, unless a district is named that it does not lie in."""
    if named.place is None:
        return None
    place, word = named.place
    if named.district is not None and named.district != place.district:
        return None
    reason = why("known_place", "by_known_place", word=word, name=place.name)
    return _at(report, PlacePrecision.ADDRESS, place.point, place.district, atlas, reason)


def by_area(report: Report, atlas: Atlas) -> Place | Reject | None:
    """An area's outline, else its administrative codes; None when there is neither."""
    outline = atlas.outline(report.area_outline, report.source)
    if outline is not None:
        touched = atlas.borders.touched_by(outline)
        if touched is None:
            return refuse(report, RejectReason.OUTSIDE_CITY, "$.area_outline", "The area does not touch the city.")
        codes, centre = touched
        district = codes[0] if len(codes) == 1 else None
        reason = why("area_outline", "by_area", districts=len(codes))
        return _at(report, PlacePrecision.AREA, centre, district, atlas, reason)
    return _by_area_codes(report, atlas) if report.area_codes else None


def by_district(report: Report, named: Named, atlas: Atlas) -> Place | None:
    """Only the district."""
    if named.district is None:
        return None
    precision = PlacePrecision.GRID if named.rule == "grid_code" else PlacePrecision.DISTRICT
    verdict = "by_grid" if named.rule == "grid_code" else "by_district"
    reason = why(named.rule, verdict, word=named.word, district=named.district)
    return _at(report, precision, None, named.district, atlas, reason)


def nowhere(report: Report, atlas: Atlas) -> Place:
    """No location: the city is told, but no map can show it."""
    verdict = "default_point" if report.point is not None else "no_location"
    facts: dict[str, Fact] = {"given": report.district} if report.district else {}
    return _at(report, PlacePrecision.NONE, None, None, atlas, why("nothing", verdict, **facts))


def why(rule: str, verdict: str, **facts: Fact) -> Why:
    """A reason of this room."""
    return Why(stage=Stage.LOCATE, rule=rule, verdict=verdict, facts=facts)


def refuse(report: Report, reason: RejectReason, field: str, message: str) -> Reject:
    """A reject of this report."""
    return Reject(
        feed=report.feed,
        raw_id=report.raw_id,
        part=report.part,
        reason=reason,
        field=field,
        message=message,
        source_id=report.source_id,
    )


def _refused(report: Report, given: SourcePoint, atlas: Atlas) -> Reject:
    if not (math.isfinite(given.lon) and math.isfinite(given.lat)):
        return refuse(report, RejectReason.BAD_VALUE, given.field, "The coordinates are not numbers.")
    if atlas.inside(given.lat, given.lon, given.system) is not None:
        message = "Longitude and latitude are swapped: the other way round the point lies in the city."
        return refuse(report, RejectReason.COORDINATES_SWAPPED, given.field, message)
    return refuse(report, RejectReason.OUTSIDE_CITY, given.field, "The point lies outside of the city.")


def _by_area_codes(report: Report, atlas: Atlas) -> Place | Reject:
    districts = {district for code in report.area_codes if (district := atlas.district(code)) is not None}
    whole = any(atlas.covers_city(code) for code in report.area_codes)
    if not districts and not whole:
        return refuse(report, RejectReason.OUTSIDE_CITY, "$.area_codes", "No area code lies in the city.")
    district = min(districts) if len(districts) == 1 and not whole else None
    reason = why("area_codes", "by_area", districts=len(districts), whole_city=whole)
    if not districts:
        reason = why("area_codes", "by_whole_city")
    return _at(report, PlacePrecision.AREA, None, district, atlas, reason)


def _at(
    report: Report, precision: PlacePrecision, point: Point | None, district: str | None, atlas: Atlas, reason: Why
) -> Place:
    return Place(
        precision=precision,
        why=reason,
        point=point,
        cell=cell_of(point) if point is not None else None,
        district=district,
        grid=report.grid,
        address_key=atlas.words.key(report.address, district) if report.address else "",
    )
