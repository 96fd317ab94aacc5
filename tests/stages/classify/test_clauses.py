"""Which clause of the duty list a report falls under: by code, by name, by words, or the usual one."""

from typing import Any

import pytest

from hub.rulebook.book import UNCLASSIFIED, Category, Clause, Duty, Name
from hub.stages.classify import classify
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.phrases import is_known, phrase
from hub.vocabulary.terms import CategoryKind, DeadlineBasis, Feed, Severity
from tests.builders import a_book, a_report

EVENT, COMPONENT = CategoryKind.EVENT, CategoryKind.COMPONENT


def code(digits: str, standard: str = "清单", kind: CategoryKind = COMPONENT) -> CategoryCode:
    return CategoryCode(kind=kind, code=digits, standard_ref=standard)


def duty(digits: str, name: str, category: str, *said: tuple[str, ...], usual: int = 1) -> Duty:
    key = f"component-{digits}"
    clauses = tuple(
        Clause(id=f"{key}.{n}", said=words, basis=DeadlineBasis.WORK_DAY, amount=n) for n, words in enumerate(said, 1)
    )
    return Duty(
        key=key,
        code=code(digits),
        class_name="",
        name=name,
        category=category,
        units=("water",),
        supervisors=(),
        clauses=clauses,
        usual=f"{key}.{usual}",
    )


COVER = (("缺失", "移位"), ("破损",), ("弹跳", "异响"))
DUTIES = [
    duty("0101", "上水井盖", "cover", *COVER, usual=2),
    duty("0102", "污水井盖", "cover", *COVER),
    duty("0137", "路灯", "light", ("倒地",), ("单盏不亮", "不亮"), usual=2),
]


def category(key: str, **fields: Any) -> Category:
    given = {"kind": COMPONENT, "name": Name(zh=key, en=key), "family": key, "severity": Severity.IV}
    return Category(key=key, **{**given, **fields})


BOOK = a_book(
    standard_ref="清单",
    severity=(),
    duties={each.key: each for each in DUTIES},
    feed_names={Feed.VIDEO: {"CoverGone": "cover"}},
    categories={
        "cover": category("cover", words={"井盖": 4.0}, names=("井盖",), codes=(code("0101"), code("0102"))),
        "light": category("light", words={"路灯": 4.0}, codes=(code("0137"),)),
        UNCLASSIFIED: category(UNCLASSIFIED),
    },
)

CASES: list[tuple[dict[str, Any], str]] = [
    ({"code": code("0102"), "title": "井盖移位"}, "component-0102.1"),
    ({"code": code("0102", ""), "title": "井盖破损"}, "component-0102.2"),  # no table named: the city's own
    ({"code": code("0101"), "title": "井盖"}, "component-0101.2"),  # the usual one
    ({"code": code("0102"), "title": "井盖"}, "component-0102.1"),  # without one marked, the first
    ({"title": "污水井盖一踩就弹跳，有异响"}, "component-0102.3"),  # the name stands in the text
    ({"title": "案件", "category_names": ("公用设施", "污水井盖")}, ""),  # this name is not the category's here
    ({"title": "井盖", "category_names": ("井盖", "污水井盖")}, "component-0102.1"),
    ({"title": "井盖破损"}, ""),  # several subclasses, and nothing says which
    ({"title": "路灯不亮"}, "component-0137.2"),  # the category's only one
    ({"title": "路灯倒地，也不亮"}, "component-0137.1"),  # as many words: the first in the list
    ({"title": "路灯", "attributes": {"filing_condition": "倒地"}}, "component-0137.1"),  # the source chose
    ({"title": "路灯", "attributes": {"立案条件": "灯杆倒地"}}, "component-0137.1"),
    ({"title": "路灯", "text": "昨夜起不亮"}, "component-0137.2"),
    ({"title": "别的事"}, ""),
]


@pytest.mark.parametrize(("fields", "clause"), CASES, ids=[f"{n}" for n, _ in enumerate(CASES)])
def test_the_clause(fields: dict[str, Any], clause: str) -> None:
    found = classify(a_report(**fields), BOOK)
    assert found.clause == clause, found.why
    told = [why for why in found.why if why.rule == clause]
    assert len(told) == (1 if clause else 0)
    assert all(is_known(why) for why in told)


def test_the_reason_quotes_the_list() -> None:
    said, usual = (
        next(why for why in classify(a_report(title=title), BOOK).why if why.verdict.startswith("clause"))
        for title in ("路灯不亮", "路灯")
    )
    assert phrase(said, "zh") == "文字中的“不亮”符合职责清单部件01-37路灯：单盏不亮、不亮。"
    assert phrase(usual, "en") == (
        "No filing condition is told: the usual one of the duty list's 部件01-37路灯 is taken, 单盏不亮、不亮."
    )


def test_a_feed_has_its_own_names() -> None:
    told = a_report(title="x", category_names=("CoverGone",))
    assert classify(told, BOOK).category == UNCLASSIFIED
    seen = a_report(title="x", category_names=("covergone",), feed=Feed.VIDEO)
    assert classify(seen, BOOK).category == "cover"


def test_words_of_clauses_speak_for_no_category() -> None:
    assert classify(a_report(title="缺失、移位、破损、单盏不亮"), BOOK).category == UNCLASSIFIED
