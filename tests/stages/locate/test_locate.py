"""Where a report is, best evidence first, and what is refused."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rulebook.book import Device, District, KnownPlace, Name
from hub.stages.locate import Atlas, locate
from hub.vocabulary.messages import Reject
from hub.vocabulary.places import Place, Point, SourcePoint, cell_of, distance_m
from hub.vocabulary.terms import CoordinateSystem, PlacePrecision, RejectReason, Stage
from tests.builders import HERE, a_city, a_report, a_source
from tests.stages.locate.squares import square

TEMPLE = Point(lon=110.95, lat=35.05)
CAMERA = "14080200081326000001"
#: Two districts side by side, 0.2 degrees wide each; the city ends 500 m beyond them.
CITY = a_city(
    districts=(
        District(
            code="140802",
            name=Name(zh="盐湖区", en="Yanhu"),
            words=("盐湖区", "盐湖", "解州镇"),
            bureau="yanhu",
            outline=square(110.9, 34.9, 111.1, 35.1),
        ),
        District(
            code="140828",
            name=Name(zh="夏县", en="Xiaxian"),
            words=("夏县", "水头镇"),
            bureau="yongji",
            outline=square(111.1, 34.9, 111.3, 35.1),
        ),
    ),
    places=(KnownPlace(name="关帝庙", words=("关帝庙", "解州关帝庙"), point=TEMPLE, district="140802"),),
    devices=(Device(id=CAMERA, name="路口", point=HERE, district="140802"),),
    sources=(
        a_source(default_points=(Point(lon=111.0, lat=35.0),)),
        a_source("baidu", system=CoordinateSystem.BD09),
    ),
)
ATLAS = Atlas(CITY)


def at(lon: float, lat: float, system: CoordinateSystem = CoordinateSystem.WGS84) -> SourcePoint:
    return SourcePoint(lon=lon, lat=lat, system=system, field="$.longitude")


def placed(**fields: Any) -> Place:
    found = locate(a_report(**fields), ATLAS)
    assert isinstance(found, Place), found
    assert found.why.stage is Stage.LOCATE
    assert found.cell == (cell_of(found.point) if found.point is not None else None)
    return found


def refused(**fields: Any) -> Reject:
    found = locate(a_report(**fields), ATLAS)
    assert isinstance(found, Reject), found
    return found


FOUND = [
    # what the report says, precision, district, verdict
    ({"point": at(110.95, 35.0)}, "point", "140802", "by_point"),
    ({"point": at(111.2, 35.0)}, "point", "140828", "by_point"),
    ({"point": at(110.8956, 35.0)}, "point", "140802", "by_point"),  # 400 m beyond the border
    ({"device_id": CAMERA}, "device", "140802", "by_device"),
    ({"point": at(111.2, 35.0), "device_id": CAMERA}, "point", "140828", "by_point"),
    ({"address": "解州关帝庙门口"}, "address", "140802", "by_known_place"),
    ({"address": "夏县关帝庙"}, "district", "140828", "by_district"),  # another temple of the same name
    ({"grid": "140828001002003"}, "grid", "140828", "by_grid"),
    ({"grid": "140828001002003", "district": "140802"}, "grid", "140828", "by_grid"),
    ({"district": "140802"}, "district", "140802", "by_district"),
    ({"district": "140802103000"}, "district", "140802", "by_district"),
    ({"district": "夏县"}, "district", "140828", "by_district"),
    ({"attributes": {"neighborhood": "夏县"}}, "district", "140828", "by_district"),
    ({"address": "运城市水头镇某村"}, "district", "140828", "by_district"),
    ({"district": "140800"}, "none", None, "no_location"),
    ({"district": "999999", "address": "某处"}, "none", None, "no_location"),
    ({"device_id": "13010200001320000009"}, "none", None, "no_location"),
    ({}, "none", None, "no_location"),
    ({"point": at(111.0, 35.0)}, "none", None, "default_point"),
    ({"point": at(0.0, 0.0)}, "none", None, "default_point"),
    ({"point": at(111.0, 35.0), "address": "夏县"}, "district", "140828", "by_district"),
    ({"area_codes": ("140802000000",)}, "area", "140802", "by_area"),
    ({"area_codes": ("140802000000", "140828000000")}, "area", None, "by_area"),
    ({"area_codes": ("140800000000",)}, "area", None, "by_whole_city"),
    ({"area_codes": ("140000",)}, "area", None, "by_whole_city"),
    ({"area_codes": ("130000", "140802")}, "area", "140802", "by_area"),
    ({"area_outline": ((111.11, 35.0), (111.2, 35.0), (111.2, 35.05))}, "area", "140828", "by_area"),
    ({"area_outline": ((110.0, 34.0), (112.0, 34.0), (112.0, 36.0), (110.0, 36.0))}, "area", None, "by_area"),
    ({"area_outline": ((111.11, 35.0), (111.2, 35.0)), "area_codes": ("140802",)}, "area", "140802", "by_area"),
]


@pytest.mark.parametrize(("fields", "precision", "district", "verdict"), FOUND)
def test_found(fields: dict[str, Any], precision: str, district: str | None, verdict: str) -> None:
    found = placed(**fields)
    assert (found.precision, found.district, found.why.verdict) == (PlacePrecision(precision), district, verdict)


REFUSED = [
    ({"point": at(110.8, 35.0)}, RejectReason.OUTSIDE_CITY, "$.longitude"),
    ({"point": at(110.8934, 35.0)}, RejectReason.OUTSIDE_CITY, "$.longitude"),  # 600 m beyond the border
    ({"point": at(35.0, 110.95)}, RejectReason.COORDINATES_SWAPPED, "$.longitude"),
    ({"point": at(34.0, 100.0)}, RejectReason.OUTSIDE_CITY, "$.longitude"),
    ({"point": at(math.nan, 35.0)}, RejectReason.BAD_VALUE, "$.longitude"),
    ({"point": at(110.95, math.inf)}, RejectReason.BAD_VALUE, "$.longitude"),
    ({"point": at(110.8, 35.0), "district": "140802"}, RejectReason.OUTSIDE_CITY, "$.longitude"),
    ({"area_codes": ("410000000000", "410000000000")}, RejectReason.OUTSIDE_CITY, "$.area_codes"),
    ({"area_outline": ((120.0, 30.0), (121.0, 30.0), (121.0, 31.0))}, RejectReason.OUTSIDE_CITY, "$.area_outline"),
]


@pytest.mark.parametrize(("fields", "reason", "field"), REFUSED)
def test_refused(fields: dict[str, Any], reason: RejectReason, field: str) -> None:
    found = refused(**fields, part=3)
    assert (found.reason, found.field, found.part, found.source_id) == (reason, field, 3, "1")


@pytest.mark.parametrize("system", [CoordinateSystem.GCJ02, CoordinateSystem.BD09])
def test_points_are_converted_once(system: CoordinateSystem) -> None:
    given = {CoordinateSystem.GCJ02: (111.0128121, 35.0220578), CoordinateSystem.BD09: (111.0192144, 35.0283138)}
    found = placed(point=at(*given[system], system))
    assert found.point is not None
    assert distance_m(found.point, Point(lon=111.0070, lat=35.0228)) < 1
    assert found.why.facts["system"] == system


def test_a_swapped_point_is_told_before_conversion_could_fail() -> None:
    found = refused(point=at(35.0220578, 111.0128121, CoordinateSystem.GCJ02))
    assert found.reason is RejectReason.COORDINATES_SWAPPED


def test_an_outline_is_in_the_system_of_its_source() -> None:
    # On a Baidu map everything lies a kilometre further east than it does.
    west, east = 111.1019, 111.1119
    ring = ((west, 35.0), (east, 35.0), (east, 35.02), (west, 35.02))
    assert placed(area_outline=ring, source="baidu").district == "140802"
    assert placed(area_outline=ring).district == "140828"


def test_beside_a_coarse_border_the_named_district_is_the_better_witness() -> None:
    near_border, deep_inside = at(111.1020, 35.0), at(111.2, 35.0)
    found = placed(point=near_border, district="140802")
    assert (found.district, found.why.verdict, found.why.facts["named_by"]) == (
        "140802",
        "by_point_and_name",
        "district_code",
    )
    found = placed(point=deep_inside, district="140802")
    assert (found.district, found.why.verdict, found.why.facts["named"]) == ("140828", "by_point", "140802")


def test_without_outlines_bounds_decide_and_words_name_the_district() -> None:
    boston = a_city(
        code="2507000",
        bounds=(-71.2, 42.2, -70.9, 42.4),
        districts=(
            District(code="roxbury", name=Name(zh="r", en="Roxbury"), words=("Roxbury",), bureau="yanhu"),
            District(
                code="west-roxbury", name=Name(zh="w", en="West Roxbury"), words=("West Roxbury",), bureau="yanhu"
            ),
        ),
    )
    atlas = Atlas(boston)
    found = locate(a_report(point=at(-71.1, 42.3), address="5 Elm St, West Roxbury"), atlas)
    assert isinstance(found, Place)
    assert (found.precision, found.district) == (PlacePrecision.POINT, "west-roxbury")
    outside = locate(a_report(point=at(-71.3, 42.3)), atlas)
    assert isinstance(outside, Reject)
    assert outside.reason is RejectReason.OUTSIDE_CITY


_ANY = st.floats(allow_nan=True, allow_infinity=True)
_NEAR = st.floats(34.0, 112.0)


@settings(deadline=None, max_examples=300)
@given(
    lon=_ANY | _NEAR,
    lat=_ANY | _NEAR,
    system=st.sampled_from(CoordinateSystem),
    source=st.sampled_from(["hotline-12345", "baidu", "unknown"]),
    address=st.text(max_size=60) | st.sampled_from(["解州关帝庙", "夏县1号"]),
    district=st.none() | st.text(max_size=12) | st.sampled_from(["140802", "140800"]),
    grid=st.none() | st.text(max_size=16),
    area_codes=st.lists(st.text("0123456789", max_size=12), max_size=3),
    outline=st.lists(st.tuples(_ANY | _NEAR, _ANY | _NEAR), max_size=5),
    with_point=st.booleans(),
)
def test_locate_never_raises(
    lon: float,
    lat: float,
    system: CoordinateSystem,
    source: str,
    address: str,
    district: str | None,
    grid: str | None,
    area_codes: list[str],
    outline: list[tuple[float, float]],
    with_point: bool,
) -> None:
    found = locate(
        a_report(
            source=source,
            point=at(lon, lat, system) if with_point else None,
            address=address,
            district=district,
            grid=grid,
            area_codes=tuple(area_codes),
            area_outline=tuple(outline),
        ),
        ATLAS,
    )
    if isinstance(found, Place):
        assert found.district in (None, "140802", "140828")
        assert (found.point is None) == (found.cell is None)
    else:
        assert found.field
