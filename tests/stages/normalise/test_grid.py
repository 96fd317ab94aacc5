"""Grid reports: the cell's code places them, and who collected them stays out."""

import msgspec
import pytest

from hub.vocabulary.terms import RejectReason
from tests.stages.normalise.messages import reject, report

REPORT = {"event_id": "1", "title": "地砖破损"}


@pytest.mark.parametrize("code", ["140802001001001", "1408020001001001", 140802001001001, " 140802001001001 "])
def test_a_grid_code_gives_the_district(code: object) -> None:
    found = report("grid", REPORT | {"grid_code": code})
    assert (found.grid, found.district) == (str(code).strip(), "140802")


@pytest.mark.parametrize(
    "code", ["14080200100100", "14080200100100101", "14080200100100A", 1.5, "１４０８０２００１００１００"]
)
def test_a_grid_code_of_another_form_is_refused(code: object) -> None:
    found = reject("grid", REPORT | {"grid_code": code})
    assert (found.reason, found.field, found.source_id) == (RejectReason.BAD_VALUE, "$.grid_code", "1")


def test_a_district_that_is_said_comes_before_the_grid() -> None:
    assert report("grid", REPORT | {"grid_code": "140802001001001", "district": "140881"}).district == "140881"
    found = report("grid", REPORT | {"grid_code": "140802001001001", "district": "盐湖区"})
    assert (found.district, found.address) == ("140802", "盐湖区")


def test_the_collector_is_a_number_only() -> None:
    body = REPORT | {
        "collector_id": "CJ1",
        "collector_name": "张三丰",
        "采集员": "张三丰",
        "collector_phone": "13800000000",
    }
    found = report("grid", body)
    assert found.attributes == {"collector_id": "CJ1"}
    assert "张三丰" not in msgspec.json.encode(found).decode()


def test_a_matter_without_a_code_is_a_report_too() -> None:
    found = report("grid", {"event_id": "1", "大类": "矛盾纠纷", "小类": "邻里纠纷"})
    assert (found.code, found.category_names, found.title) == (None, ("矛盾纠纷", "邻里纠纷"), "邻里纠纷")
