"""The shipped folder of Boston knows the types, neighborhoods and default point of its 311 records."""

import pytest

from hub.edges.rules import load_city
from hub.rulebook.book import Rulebook
from hub.settings import shipped
from hub.stages.classify import classify
from hub.stages.fuse import reach_m
from hub.stages.locate import Atlas, locate
from hub.vocabulary.places import Place, SourcePoint
from hub.vocabulary.terms import CoordinateSystem, Feed, PlacePrecision
from tests.builders import a_report


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_city(shipped("rules") / "boston")


def test_types_of_one_matter_share_a_family(book: Rulebook) -> None:
    types = [
        ("Street Lights", "Street Light Outages"),
        ("Street Lights", "Major System Failure"),
        ("Street Lights", "Street Light Knock Downs"),
        ("Street Lights", "General  Lighting Request"),
    ]
    found = [classify(a_report(title=t, category_names=("Public Works Department", r, t)), book) for r, t in types]
    assert {classification.family for classification in found} == {"street-light"}
    assert {classification.why[0].verdict for classification in found} == {"by_name"}


def test_an_unknown_type_falls_to_its_reason(book: Rulebook) -> None:
    names = ("Parks & Recreation Department", "Trees", "Something New")
    assert classify(a_report(title="Something New", category_names=names), book).family == "tree-care"


def test_what_a_crew_logs_is_no_report_of_a_happening(book: Rulebook) -> None:
    names = ("Public Works Department", "Highway Maintenance", "Pothole Repair (Internal)")
    assert reach_m(classify(a_report(title=names[-1], category_names=names), book).family, book) == 0
    assert reach_m("road", book) > 0


def test_city_hall_means_no_location(book: Rulebook) -> None:
    atlas = Atlas(book.city)

    def at(lon: float, lat: float, address: str) -> Place:
        point = SourcePoint(lon=lon, lat=lat, system=CoordinateSystem.WGS84, field="longitude")
        report = a_report(feed=Feed.OPEN311, source="boston-311", point=point, address=address)
        found = locate(report, atlas)
        assert isinstance(found, Place)
        return found

    hall = at(-71.0587, 42.3594, "39 Lorraine St  Roslindale  MA  02131")
    assert (hall.precision, hall.point, hall.district) == (PlacePrecision.DISTRICT, None, "roslindale")
    assert hall.address_key == "roslindale:39lorrainest"
    known = at(-71.0772, 42.2715, "INTERSECTION of Groveland St & River St  Mattapan  MA  ")
    assert (known.precision, known.district) == (PlacePrecision.POINT, "greater-mattapan")
