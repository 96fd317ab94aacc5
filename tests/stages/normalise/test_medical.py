"""120 events: nothing of a person may be left in what is kept."""

import msgspec
import pytest

from hub.stages.normalise.medical import CLASSES, complaint_class
from hub.vocabulary.terms import ReportStatus
from tests.stages.normalise.messages import read, report

EVENT = {"event_id": "1", "address": "盐湖区人民北路"}
PERSON = {
    "hjdj": "13800000001", "hzxm": "李四光", "xb": "男", "nl": "七十一", "mz": "汉族", "gj": "中国", "lxr": "李五常",
    "lxdh": "13800000002", "cphm": "晋M12345", "scdh": "13800000003", "sjhm": "13800000004", "yshm": "13800000005",
    "hshm": "13800000006", "patient_name": "李四光", "caller_phone": "13800000001", "name": "李四光",
    "phone": "1380000",
    "title": "李四光车祸", "content": "李四光，十年糖尿病史", "text": "李四光", "description": "糖尿病史",
}  # fmt: skip


def test_no_field_of_a_person_is_kept() -> None:
    body = EVENT | PERSON | {"complaint": "李四光胸痛，糖尿病史", "complaint_class": "胸痛 李四光"}
    kept = msgspec.json.encode(report("medical", body)).decode()
    for value in [*PERSON.values(), "李四光", "糖尿病"]:
        assert value not in kept
    assert report("medical", body).petitioner is None
    assert report("medical", body).text == ""


def test_neither_is_one_in_a_reject() -> None:
    for body in (PERSON, EVENT | PERSON | {"patients": "李四光"}, EVENT | PERSON | {"severity": "李四光"}):
        kept = msgspec.json.encode(read("medical", body)).decode()
        assert "李四光" not in kept
        assert "1380000" not in kept


@pytest.mark.parametrize(
    ("complaint", "kind"),
    [
        ("两车相撞车祸，有人受伤", "交通伤"),
        ("煤气中毒昏迷", "一氧化碳中毒"),
        ("老人突发意识不清", "意识障碍"),
        ("胸闷胸痛", "胸痛"),
        ("不舒服", "其他急症"),
        ("", "其他急症"),
    ],
)
def test_the_class_of_a_complaint(complaint: str, kind: str) -> None:
    found = report("medical", EVENT | {"zs": complaint})
    assert found.category_names == ("急救", kind)
    assert found.title == f"120急救：{kind}"


def test_every_class_is_found_by_its_own_name_or_words() -> None:
    for name, words in CLASSES:
        assert complaint_class(words[0]) == name


def test_many_patients_stand_in_the_title() -> None:
    assert report("medical", EVENT | {"patients": 12, "zs": "车祸"}).title == "120急救：交通伤（12人）"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, ReportStatus.ACTIVE),
        ({"IsFinish": 1}, ReportStatus.CLOSED),
        ({"IsTest": "1", "IsFinish": 1}, ReportStatus.TEST),
        ({"status": "取消"}, ReportStatus.CANCELLED),
    ],
)
def test_status(fields: dict[str, object], status: ReportStatus) -> None:
    assert report("medical", EVENT | fields).status is status
