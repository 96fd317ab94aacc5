"""Conditions (`when:`) of rules: their errors word for word, what they decide, and that none can hold up a worker."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.rulebook.carets import all_told
from hub.rulebook.condition_subjects import (
    INCIDENT_VARIABLES,
    LOCATED_VARIABLES,
    REPORT_VARIABLES,
    incident_subject,
    located_subject,
)
from hub.rulebook.condition_tokens import MAX_CHARS
from hub.rulebook.conditions import CONDITION_FAILED, Condition, Failed, Judge, Kind, Variable, read_condition
from hub.rulebook.yaml_nodes import Errors, RuleError, compose
from hub.vocabulary.terms import Feed, Severity, Stage
from tests.builders import AT, a_book, a_category, a_located, an_incident

GOLDEN = Path(__file__).parent / "golden"
KNOWN = {"category": ("gas-leak", "burst_main"), "feed": tuple(Feed), "district": ("140802",)}

#: One mistake each, as authors make them; quotes and blocks as YAML has them.
MISTAKES = r"""when:
  - categori == "burst"
  - category == "gas-leek" && feed in ["hotline", "gird"]
  - hour = 3
  - hour > "a"
  - severity == "II"
  - severity <= II && category
  - (hour > 3
  - hour > 3)
  - hour in 3
  - hour
  - title == “学校”
  - hour >= 22 and hour < 23
  - 标题 == "a"
  - title contains "x"
  - title.contain("x")
  - hour > 3.5
  - 2 < hour < 5
  - has_point && lon > 111
  - lon > 111.0
  - hour >
  - title.matches("[")
  - title.matches(address)
  - feeds.map(f, f + f).size() > 0
  - feeds.exists(f, feeds.exists(g, f == g))
  - 'title == ''学校'' && hour > ''x'''
  - "title == \"学校\"
     && hour > 'x'"
  - title == 'a' &&
    hour > 'x'
  - >-
    hour >= 22 ||
    hour < 6 && categori == 'x'
  - |
    // 夜间
    hour >= 22

      || hour < 'a'
  - ""
  - [22, 23]
"""


def read(text: str, variables: Any = INCIDENT_VARIABLES) -> tuple[list[Condition | None], tuple[RuleError, ...]]:
    errors = Errors()
    root = compose("severity.yaml", text, errors)
    assert root is not None
    items = root.fields(("when",))["when"].items()
    return [read_condition(item, variables, lambda: KNOWN) for item in items], errors.all()


def a_condition(text: str, variables: Any = INCIDENT_VARIABLES) -> Condition:
    (condition,), errors = read(f"when: [{msgspec.json.encode(text).decode()}]", variables)
    assert condition is not None, [str(error) for error in errors]
    return condition


def holds(text: str, **fields: Any) -> bool | Failed:
    """What a condition says of an incident at 10:00 on a Tuesday, told by one call."""
    book = a_book(categories={"burst_main": a_category("burst_main", "water")})
    subject = incident_subject(an_incident(**fields), a_located().report, book)
    return Judge(INCIDENT_VARIABLES)(a_condition(text), subject)


def test_each_mistake_is_told_where_it_stands() -> None:
    conditions, errors = read(MISTAKES)
    assert conditions == [None] * len(conditions)
    assert all_told(errors, {"severity.yaml": MISTAKES}) + "\n" == (GOLDEN / "conditions.txt").read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        'category == "burst_main" && family == "water"',
        "severity <= III && severity != I && severity in [III, IV]",
        "hour == 10 && weekday == 2 && month == 3 && workday",
        'time >= "09:30" && time < "10:01" && date == "2026-03-03"',
        'feeds == ["hotline"] && feed == "hotline" && feeds.exists(f, f.startsWith("hot"))',
        "report_count > 0 && has_point && lon > 111.0 && lat < 36.0",
        'occurred_at < timestamp("2026-03-04T00:00:00Z") && received_at >= occurred_at',
        'title.matches("^水|爆") || text.contains("水") || address.endsWith("路") || true',
        'district == "140802" && grid == "" && code == "" && kind == "event"',
        "['水', '火'].exists(word, title.contains(word)) || size(category_names) >= 0",
    ],
)
def test_what_authors_write_holds(text: str) -> None:
    assert holds(text, severity=Severity.III) is True
    assert holds(f"!({text})", severity=Severity.III) is False


def test_the_night_is_that_of_the_city() -> None:
    late = {"first_report_at": datetime(2026, 3, 6, 15, 30, tzinfo=UTC)}
    assert holds('hour == 23 && time == "23:30" && weekday == 5 && date == "2026-03-06"', **late) is True


def test_a_make_up_day_is_a_work_day() -> None:
    # 2026-02-14 is a Saturday that is worked for the Spring Festival (调休).
    saturday = {"first_report_at": datetime(2026, 2, 14, 4, 0, tzinfo=UTC)}
    assert holds("weekday == 6 && workday", **saturday) is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / (hour - hour) > 0", "divide by zero"),
        ('feeds[7] == "hotline"', "Index error: index=7 size=1"),
        ("int(title) > 3", "cannot convert string to int"),
        ('occurred_at.getHours("Asia/Nowhere") > 3', "Invalid timezone"),
        ("hour * 9223372036854775807 > 0", "integer overflow"),
        ("has_point || lon > 111.0", "`lon` is not known"),
    ],
)
def test_what_cannot_be_decided_is_told_and_is_not_false(text: str, message: str) -> None:
    found = holds(text, point=None)
    assert isinstance(found, Failed)
    assert found.message == message
    why = found.why(Stage.ROUTE, "night")
    assert (why.stage, why.rule, why.verdict) == (Stage.ROUTE, "night", CONDITION_FAILED)
    assert why.facts == {"message": message, "where": "severity.yaml:1"}
    assert isinstance(holds(f"!({text})", point=None), Failed)


def test_without_the_report_its_words_are_not_known() -> None:
    subject = incident_subject(an_incident(), None, a_book())
    judge = Judge(INCIDENT_VARIABLES)
    assert judge(a_condition('title != "" && hour == 10'), subject) is True
    found = judge(a_condition('text.contains("水")'), subject)
    assert isinstance(found, Failed)
    assert found.message == "`text` is not known"


def test_a_kind_of_rule_brings_variables_of_its_own() -> None:
    variables = {"minutes": Variable[int](kind=Kind.WHOLE, about="分钟", read=lambda minutes: minutes)}
    judge = Judge(variables)
    condition = a_condition("minutes > 30", variables)
    assert [judge(condition, minutes) for minutes in (30, 31)] == [False, True]


def test_each_table_reads_what_it_says_it_holds() -> None:
    located = a_located(occurred_at=AT)
    subjects = {
        "report": (REPORT_VARIABLES, located_subject(located, a_book())),
        "located": (LOCATED_VARIABLES, located_subject(located, a_book())),
        "incident": (INCIDENT_VARIABLES, incident_subject(an_incident(), located.report, a_book())),
    }
    kinds = {Kind.TEXT: str, Kind.WHOLE: int, Kind.DECIMAL: float, Kind.YES_NO: bool, Kind.TEXTS: list}
    for variables, subject in subjects.values():
        for name, variable in variables.items():
            assert isinstance(variable.read(subject), kinds.get(variable.kind, datetime)), name


MANY = "[" + ",".join(["1"] * 300) + "]"
#: Refused when they are read, with a word of the reason.
REFUSED = {
    "long": ("true" + " || true" * 200, "characters"),
    "brackets": ("(" * 5000 + "true" + ")" * 5000, "characters"),
    "fewer brackets": ("(" * 400 + "true" + ")" * 400, "deep"),
    "lists": ("[" * 400 + "]" * 400 + " == []", "deep"),
    "sums": ("1" + " + 1" * 200 + " > 0", "deep"),
    "dots": ("title" + ".a" * 300, "deep"),
    "nested walks": (f"{MANY}.all(a, [1, 2].all(b, a + b > 0))", "walk"),
    "walks in filters": ("feeds.filter(f, feeds.exists(g, f == g)).size() > 0", "walk"),
    "many walks": (" && ".join(["feeds.all(f, f != '')"] * 5), "walks"),
    "doubling": ("[title]" + ".map(x, x + x)" * 25 + ".size() > 0", "map"),
    "growing in a walk": (f"{MANY}.all(a, (text + text + text).contains('b'))", "`+`"),
    "a pattern in a walk": (f"{MANY}.all(a, text.matches('(a+)+$'))", "matches"),
    "many patterns": (" || ".join(["text.matches('a')"] * 5), "patterns"),
    "repeats": ("text.matches('(.?){1000}x')", "repeats"),
    "repeats of repeats": ("text.matches('((.?){20}){20}x')", "repeats"),
    "a long pattern": (f"text.matches('{'(a|b)*' * 40}')", "pattern"),
    "a pattern from a report": ("text.matches(title)", "pattern"),
    "a huge number": ("9" * 900 + " > hour", "int literal"),
    "a huge text of another kind": (f"hour == '{'x' * 900}'", "compare"),
    "not even words": ("\\" * 900, "cannot stand"),
}
#: Read, and then decided within what the reader left them: no walk in a walk, no text that grows, linear patterns.
BOUNDED = {
    "a pattern that others choke on": "text.matches('(a+)+$') || text.matches('(a|aa)+b') || true",
    "patterns at their limit": " || ".join(["text.matches('((.?){10}){10}x')"] * 4) + " || true",
    "a walk at its limit": f"{MANY}.all(a, text.contains('{'a' * 250}b') == false)",
    "texts joined": "text" + " + text" * 28 + " != ''",
    "a huge text": f"title != '{'x' * 900}'",
    "denials": "!" * (MAX_CHARS - 4) + "true",
    "choices": "true ? true : " * 24 + "true",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_hold_up_a_worker_is_refused(name: str) -> None:
    text, reason = REFUSED[name]
    _, errors = read(f"when: [{msgspec.json.encode(text).decode()}]")
    assert errors, "it was taken"
    assert reason in errors[0].message


@pytest.mark.parametrize("name", BOUNDED)
def test_what_is_taken_ends(name: str) -> None:
    report = msgspec.structs.replace(a_located().report, text="a" * 8000)
    subject = incident_subject(an_incident(), report, a_book())
    assert Judge(INCIDENT_VARIABLES)(a_condition(BOUNDED[name]), subject) is True


#: CEL has no limit of its own for growing texts: there the reader is the only bound.
@pytest.mark.parametrize("name", sorted({*REFUSED} - {"growing in a walk", "doubling"}))
def test_what_the_reader_refuses_the_evaluator_would_bound_as_well(name: str) -> None:
    """A condition that came past the reader, as from an older version's store: it still ends, by CEL's own limits."""
    subject = incident_subject(an_incident(), a_located().report, a_book())
    found = Judge(INCIDENT_VARIABLES)(Condition(text=REFUSED[name][0], file="", line=1), subject)
    assert isinstance(found, bool | Failed)


def test_walks_in_walks_end_by_counting() -> None:
    text = f"{MANY}.all(a, {MANY}.all(b, {MANY}.all(c, {MANY}.all(d, a + b + c + d > 0))))"
    subject = incident_subject(an_incident(), a_located().report, a_book())
    found = Judge(INCIDENT_VARIABLES)(Condition(text=text, file="", line=1), subject)
    assert isinstance(found, Failed)
    assert found.message == "Iteration budget exceeded"


def test_only_so_much_of_a_text_is_seen() -> None:
    report = msgspec.structs.replace(a_located().report, text="a" * 1_999 + "水水")
    subject = incident_subject(an_incident(), report, a_book())
    assert Judge(INCIDENT_VARIABLES)(a_condition("text.size() == 2000 && text.endsWith('水')"), subject) is True
