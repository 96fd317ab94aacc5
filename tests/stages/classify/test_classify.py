"""What a report is about: by code, by name, by words; and how bad it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rulebook.book import UNCLASSIFIED, Category, Name, SeverityRule
from hub.stages.classify import classify
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, Feed, Severity, Stage
from tests.builders import a_book, a_report

EVENT, COMPONENT = CategoryKind.EVENT, CategoryKind.COMPONENT


def category(key: str, severity: Severity = Severity.IV, **fields: object) -> Category:
    given = {"kind": EVENT, "name": Name(zh=key, en=key), "family": f"{key}-family"}
    return Category(key=key, severity=severity, **{**given, **fields})  # type: ignore[arg-type]


def code(digits: str, standard: str = "", kind: CategoryKind = EVENT) -> CategoryCode:
    return CategoryCode(kind=kind, code=digits, standard_ref=standard)


CATEGORIES = {
    "burst": category(
        "burst",
        Severity.III,
        codes=(code("0501", "清单"), code("W1")),
        names=("供水管道破裂", "爆管"),
        words={"水管爆": 3.0, "漏水": 1.0},
    ),
    "leak": category("leak", codes=(code("0125", "清单", COMPONENT),), names=("漏水",), words={"漏水": 2.0}),
    "vendor": category("vendor", codes=(code("0501", "CJ/T 214"), code("09006", "GB/T 47678.5-2026"))),
    "cover": category("cover", names=("wellCoverAbnormal", "井盖"), words={"井盖": 4.0}),
    "fire": category("fire", Severity.II, words={"fire": 3.0, "冒烟": 2.0}),
    UNCLASSIFIED: category(UNCLASSIFIED, family=UNCLASSIFIED),
}
BOOK = a_book(categories=CATEGORIES, standard_ref="清单", severity=())

BY_CODE = [
    (code("0501", "清单"), "burst"),
    (code("0501", "CJ/T 214"), "vendor"),
    (code("0501", "cj/t214"), "vendor"),  # the same table, spelled otherwise
    (code("0501"), "burst"),  # no table named: the city's own
    (code("09006"), "vendor"),  # no table named, and only one has it
    (code("W1", "anything"), "burst"),  # written for all tables
    (code("0125", "清单", COMPONENT), "leak"),
    (code("0125", "清单"), UNCLASSIFIED),  # a code means nothing without its kind
    (code("0501", "GB/T 30428.2"), UNCLASSIFIED),  # another table may mean something else by it
]


@pytest.mark.parametrize(("given_code", "expected"), BY_CODE)
def test_by_code(given_code: CategoryCode, expected: str) -> None:
    found = classify(a_report(title="某事", code=given_code), BOOK)
    assert found.category == expected
    assert found.family == CATEGORIES[expected].family
    if expected != UNCLASSIFIED:
        assert found.why[0].verdict == "by_code"
        assert found.why[0].facts["code"] == given_code.code


BY_NAME = [
    (("城市管理", "市政设施", "爆管"), "burst"),
    (("井盖", "爆管"), "burst"),  # the narrowest name first
    (("爆管", "其他"), "burst"),  # a name nobody knows is passed over
    (("WELLCOVERABNORMAL",), "cover"),
    (("　井盖 ",), "cover"),
    (("井盖缺失",), UNCLASSIFIED),  # names are compared whole
]


@pytest.mark.parametrize(("names", "expected"), BY_NAME)
def test_by_name(names: tuple[str, ...], expected: str) -> None:
    found = classify(a_report(title="某事", category_names=names), BOOK)
    assert (found.category, found.why[0].verdict) == (
        expected,
        "unclassified" if expected == UNCLASSIFIED else "by_name",
    )


ROUGH = {
    **CATEGORIES,
    "disaster": category("disaster", names=("塌方",), rough_names=("交通灾害",), words={"塌方": 4.0}),
}
BY_ROUGH_NAME = [
    ("K12+300", (), "disaster", "by_name"),  # nothing else speaks
    ("水管爆了", (), "burst", "by_words"),  # words say more
    ("门口塌方", (), "disaster", "by_words"),
    ("井盖", ("爆管",), "burst", "by_name"),  # a whole name goes before words
    ("漏水", (), "leak", "by_words"),  # 2 x 2 in the title against the 2 of a rough name
]


@pytest.mark.parametrize(("title", "names", "expected", "verdict"), BY_ROUGH_NAME)
def test_a_rough_name_counts_as_one_word(title: str, names: tuple[str, ...], expected: str, verdict: str) -> None:
    book = a_book(categories=ROUGH, standard_ref="清单", severity=())
    found = classify(a_report(title=title, category_names=("交通灾害", *names)), book)
    assert (found.category, found.why[0].verdict) == (expected, verdict)


def test_words_below_the_least_score_say_nothing() -> None:
    strict = a_book(categories=ROUGH, standard_ref="清单", severity=(), least_score=3.0)
    assert classify(a_report(title="某事", text="漏水"), strict).category == UNCLASSIFIED
    assert classify(a_report(title="漏水"), strict).category == "leak"
    assert classify(a_report(title="某事", text="漏水", category_names=("交通灾害",)), strict).category == "disaster"


def test_only_the_beginning_of_a_text_is_read() -> None:
    assert classify(a_report(title="某事", text="。" * 190 + "井盖"), BOOK).category == "cover"
    assert classify(a_report(title="某事", text="。" * 200 + "井盖"), BOOK).category == UNCLASSIFIED


BY_WORDS = [
    ("门口水管爆了", "", "burst"),
    ("漏水", "", "leak"),
    ("某事", "井 盖 不见了", "cover"),
    ("漏水", "井盖", "leak"),  # 2 x 2 in the title ties with 4 in the text: the category that stands first
    ("某事", "漏水，水管爆了", "burst"),  # 1 + 3 against 2
    ("CEASEFIRE", "", UNCLASSIFIED),  # a Latin word counts at the start of a word
    ("three fires", "", "fire"),
    ("冒烟", "", "fire"),
    ("某事", "", UNCLASSIFIED),
    ("", "", UNCLASSIFIED),
]


@pytest.mark.parametrize(("title", "text", "expected"), BY_WORDS)
def test_by_words(title: str, text: str, expected: str) -> None:
    found = classify(a_report(title=title, text=text), BOOK)
    assert found.category == expected


def test_the_why_of_words_tells_words_and_score() -> None:
    why = classify(a_report(title="水管爆", text="漏水"), BOOK).why[0]
    assert (why.stage, why.rule, why.verdict) == (Stage.CLASSIFY, "burst", "by_words")
    assert why.facts == {"words": "水管爆、漏水", "score": 7.0}


def test_code_goes_before_name_and_name_before_words() -> None:
    everything = a_report(title="井盖", category_names=("漏水",), code=code("0501"))
    assert classify(everything, BOOK).category == "burst"
    assert classify(a_report(title="井盖", category_names=("漏水",), code=code("9999")), BOOK).category == "leak"


def rule(rule_id: str, severity: Severity, **conditions: object) -> SeverityRule:
    return SeverityRule(id=rule_id, why="为什么", severity=severity, **conditions)  # type: ignore[arg-type]


RULES = (
    rule("trapped", Severity.II, words=("被困", "死亡"), feeds=frozenset({Feed.HOTLINE})),
    rule("burst-orange", Severity.I, categories=frozenset({"burst"}), source_at_least=Severity.II),
)

SEVERITIES = [
    ({"title": "漏水"}, Severity.IV, ["category_default"]),
    ({"title": "水管爆"}, Severity.III, ["category_default"]),
    ({"title": "漏水", "severity": Severity.III}, Severity.III, ["category_default", "source_severity"]),
    ({"title": "水管爆", "severity": Severity.IV}, Severity.III, ["category_default", "source_severity"]),
    ({"title": "漏水，老人被困"}, Severity.II, ["category_default", "severity_rule"]),
    ({"title": "漏水", "text": "有人死亡"}, Severity.II, ["category_default", "severity_rule"]),
    ({"title": "漏水，老人被困", "feed": Feed.GRID}, Severity.IV, ["category_default"]),
    (
        {"title": "水管爆", "severity": Severity.II},
        Severity.I,
        ["category_default", "source_severity", "severity_rule"],
    ),
    ({"title": "漏水", "severity": Severity.II}, Severity.II, ["category_default", "source_severity"]),
    ({"title": "水管爆", "severity": Severity.III}, Severity.III, ["category_default", "source_severity"]),
]


@pytest.mark.parametrize(("fields", "expected", "verdicts"), SEVERITIES)
def test_the_worst_severity_holds_and_each_leaves_its_why(
    fields: dict[str, object], expected: Severity, verdicts: list[str]
) -> None:
    found = classify(a_report(**fields), a_book(categories=CATEGORIES, severity=RULES))
    assert found.severity is expected
    assert [why.verdict for why in found.why if why.stage is Stage.SEVERITY] == verdicts


def test_another_rulebook_is_not_answered_from_the_last_one() -> None:
    report = a_report(title="井盖")
    without = a_book(categories={UNCLASSIFIED: CATEGORIES[UNCLASSIFIED]}, severity=())
    assert [classify(report, book).category for book in (BOOK, without, BOOK)] == ["cover", UNCLASSIFIED, "cover"]


@settings(deadline=None)
@given(title=st.text(), text=st.text(), names=st.lists(st.text(), max_size=4), digits=st.text(max_size=12))
def test_any_report_gets_a_known_category(title: str, text: str, names: list[str], digits: str) -> None:
    report = a_report(title=title, text=text, category_names=tuple(names), code=code(digits))
    found = classify(report, BOOK)
    assert CATEGORIES[found.category].family == found.family
    assert found.severity <= CATEGORIES[found.category].severity
    assert found == classify(report, BOOK)


def test_a_lone_surrogate_does_not_end_the_batch() -> None:
    assert classify(a_report(title="\ud800井盖"), BOOK).category == "cover"
