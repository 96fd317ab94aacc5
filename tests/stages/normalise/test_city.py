"""City management cases: kind, 大类 and 小类 in every spelling."""

import pytest

from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, RejectReason
from tests.stages.normalise.messages import reject, report

CASE = {"case_id": "1", "title": "暴露垃圾"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("event", CategoryKind.EVENT),
        ("事件", CategoryKind.EVENT),
        ("事项", CategoryKind.EVENT),
        ("Component", CategoryKind.COMPONENT),
        ("部件", CategoryKind.COMPONENT),
        ("服务事项", CategoryKind.SERVICE),
    ],
)
def test_kinds(kind: str, expected: CategoryKind) -> None:
    code = report("city", CASE | {"kind": kind, "code": "01-10"}).code
    assert code == CategoryCode(kind=expected, code="0110")


def test_a_code_keeps_the_table_it_belongs_to() -> None:
    body = CASE | {"kind": "event", "class_code": "06", "subclass_code": "010", "standard_ref": "GB/T 47678.5-2026"}
    code = report("city", body).code
    assert code == CategoryCode(kind=CategoryKind.EVENT, code="06010", standard_ref="GB/T 47678.5-2026")


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({}, RejectReason.MISSING_FIELD, "$.class_code"),
        ({"code": "0110"}, RejectReason.MISSING_FIELD, "$.kind"),
        ({"kind": "大事", "code": "0110"}, RejectReason.BAD_VALUE, "$.kind"),
        ({"kind": "event", "class_code": "01"}, RejectReason.BAD_VALUE, "$.class_code"),
        ({"kind": "event", "class_code": [1], "subclass_code": 10}, RejectReason.WRONG_TYPE, "$.class_code"),
        ({"kind": "event", "code": "0110", "photos": "many"}, RejectReason.BAD_VALUE, "$.photos"),
        ({"kind": "event", "code": "0110", "photos": 1e9}, RejectReason.BAD_VALUE, "$.photos"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, object], reason: RejectReason, field: str) -> None:
    found = reject("city", CASE | fields)
    assert (found.reason, found.field, found.source_id) == (reason, field, "1")


def test_photos_are_a_number_and_nothing_else() -> None:
    found = report("city", CASE | {"小类名称": "暴露垃圾", "photos": 3, "photo_urls": ["a.jpg"]})
    assert found.attributes == {"photos": "3"}
