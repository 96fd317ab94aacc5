"""`hub rules test`: cases hold or say readably what came otherwise, rule by rule, and for machines as JUnit."""

from pathlib import Path

import msgspec
import pytest
from lxml import etree

from hub.settings import SettingsError
from tests.edges.authoring.conftest import Author

REPORTS = """\
cases:
  - id: burst
    why: 一处爆管两人来电
    reports:
      one: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆了, point: [111.0070, 35.0228]}
      two: {feed: hotline, at: 2026-03-03 10:10, title: 水管爆了, text: 有人被困, point: [111.0071, 35.0228]}
      far: {feed: hotline, at: 2026-03-03 10:20, title: 水管爆了, point: [111.0070, 35.0328], status: active}
      odd: {feed: hotline, at: 2026-03-03 10:30, title: 你好, status: test}
      out: {feed: hotline, at: 2026-03-03 10:40, title: 水管爆了, point: [116.4, 39.9]}
    expect:
"""
HOLDS = """\
      - of: [one, two]
        category: burst
        severity: II
        district: 140802
        lead: water
        assist: [centre]
        accept: none
        resolve: 2026-03-10 10:00
        overdue: false
        rules: [water, trapped, duty-burst, resolve]
        not: {category: [unclassified], severity: [I, III], bureaus: [], rules: [severe]}
      - {of: [far], category: burst, severity: III}
      - {of: [odd], becomes: nothing}
      - {of: [out], becomes: reject}
"""


def with_cases(author: Author, expect: str, file: str = "cases/burst.yaml") -> None:
    author.write(file, REPORTS + expect)


def test_a_case_that_holds(author: Author) -> None:
    with_cases(author, HOLDS.replace("bureaus: [], ", ""))
    assert author.rules("check") == (0, "")
    code, said = author.rules("test")
    assert (code, "1 cases, 0 failed" in said) == (0, True), said


@pytest.mark.parametrize(
    ("right", "wrong", "field", "got"),
    [
        ("category: burst\n", "category: unclassified\n", "category", "+ burst"),
        ("severity: II\n", "severity: I\n", "severity", "+ II"),
        ("district: 140802", "district: 140821", "district", "+ 140802"),
        ("lead: water", "lead: centre", "lead", "+ water"),
        ("assist: [centre]", "assist: []", "assist", "+ centre"),
        ("accept: none", "accept: 2026-03-03 11:00", "accept", "+ none"),
        ("resolve: 2026-03-10 10:00", "resolve: none", "resolve", "+ 2026-03-10 10:00"),
        ("overdue: false", "overdue: true", "overdue", "+ false"),
        ("of: [one, two]", "of: [one]", "reports", "+ one, two"),
        ("{of: [far], category", "{of: [far, one], category", "reports", "+ far | one, two"),
        ("[odd], becomes: nothing", "[odd]", "becomes", "+ `odd` becomes nothing"),
        ("[out], becomes: reject", "[out], becomes: nothing", "becomes", "+ `out` is a reject: outside_city"),
        ("[odd], becomes: nothing", "[one], becomes: nothing", "becomes", "+ `one` becomes an incident"),
        ("rules: [water, trapped", "rules: [severe, trapped", "rules", "- severe"),
        ("category: [unclassified]", "category: [burst]", "category", "- not burst"),
        ("severity: [I, III]", "severity: [II]", "severity", "- not II"),
        ("bureaus: []", "bureaus: [centre]", "bureaus", "- not centre"),
        ("rules: [severe]}", "rules: [trapped]}", "rules", "- not trapped"),
        ("severity: III}", "suggested_with: one}", "suggested_with", "+ none"),
    ],
)
def test_each_expectation_can_fail_and_says_what_came(
    author: Author, right: str, wrong: str, field: str, got: str
) -> None:
    assert right in HOLDS
    expect = HOLDS.replace(right, wrong, 1)
    with_cases(author, expect.replace("bureaus: [], ", ""))
    code, said = author.rules("test")
    assert code == 1
    assert f"FAILED burst  {author.folder}/cases/burst.yaml:2" in said
    assert f"    {field:<14} - " in said
    assert got in said


def test_the_diff_gives_the_reason_in_words(author: Author) -> None:
    with_cases(author, "      - {of: [one, two], severity: III, lead: centre}\n")
    _, said = author.rules("test")
    assert (
        said
        == f"""\
FAILED burst  {author.folder}/cases/burst.yaml:2
  一处爆管两人来电
  one, two  (line 11)
    severity       - III
                   + II
                     类别“爆管”的默认等级为 III 级。
                     规则“trapped”定为 II 级，依据“被困”。
                     新的上报更严重，等级由 III 级升为 II 级。
    lead           - centre
                   + water
                     按派遣规则“duty-burst”由 节约用水中心 牵头，指挥中心 协办。

{author.folder}: 1 cases, 1 failed, rulebook {said.split()[-1]}
"""
    )


def test_the_clock_runs_on(author: Author) -> None:
    expect = "      - {of: [far], overdue: true}\n      - {of: [one, two], overdue: true}\n"
    with_cases(author, expect)
    text = (author.folder / "cases/burst.yaml").read_text("utf-8")
    author.write("cases/burst.yaml", text.replace("    expect:", "    until: 2026-03-10 10:00\n    expect:"))
    code, said = author.rules("test")
    # The first two are due at ten, the far one twenty minutes later.
    assert (code, said.count("overdue")) == (1, 1), said
    assert "  far  (line" in said


def test_an_older_record_that_comes_late_changes_nothing(author: Author) -> None:
    """Its source had said something newer already, so the hub keeps it in the history only, however often it comes."""
    author.write(
        "cases/late.yaml",
        """\
cases:
  - id: late
    why: 迟到的旧记录不改变结论
    reports:
      newer: {feed: hotline, at: 2026-03-03 10:00, message: {order_id: A1, title: 水管爆了,
        called_at: 2026-03-03 09:00:00, updated_at: 2026-03-03 09:30:00, longitude: 111.0070, latitude: 35.0228}}
      older: {feed: hotline, at: 2026-03-03 11:00, message: {order_id: A1, title: 水管爆了, content: 一直冒水,
        called_at: 2026-03-03 09:00:00, updated_at: 2026-03-03 09:10:00, longitude: 111.0070, latitude: 35.0228}}
      again: {feed: hotline, at: 2026-03-03 12:00, message: {order_id: A1, title: 水管爆了, content: 有人被困,
        called_at: 2026-03-03 09:00:00, updated_at: 2026-03-03 09:20:00, longitude: 111.0070, latitude: 35.0228}}
    expect:
      - {of: [newer, older, again], category: burst, severity: III}
""",
    )
    code, said = author.rules("test")
    assert (code, "1 cases, 0 failed" in said) == (0, True), said


def test_coverage_names_the_rules_that_no_case_touches(author: Author) -> None:
    with_cases(author, "      - {of: [one, two]}\n")
    code, said = author.rules("test", "--coverage")
    assert code == 0
    assert "routing.yaml, duties.yaml: 1 of 2 touched" in said
    assert f"untouched  {author.folder}/routing.yaml:2  severe" in said
    assert "categories.yaml: 1 of 2 touched" in said
    assert "severity.yaml: 1 of 1 touched" in said
    assert "duty-burst" not in said


def test_junit_for_machines(author: Author, tmp_path: Path) -> None:
    with_cases(author, "      - {of: [one, two], lead: centre}\n")
    author.write("cases/other.yaml", REPORTS.replace("id: burst", "id: other") + "      - {of: [one, two]}\n")
    path = tmp_path / "junit.xml"
    code, _ = author.rules("test", "--junit", str(path))
    assert code == 1
    root = etree.fromstring(path.read_bytes())
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [
        ("cases/burst.yaml", "1"),
        ("cases/other.yaml", "0"),
    ]
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "lead: expected centre, got water"
    assert "节约用水中心" in (failure.text or "")


def test_json_holds_everything(author: Author) -> None:
    with_cases(author, "      - {of: [one, two], lead: centre}\n")
    code, said = author.rules("test", "--json")
    tested = msgspec.json.decode(said)
    assert code == 1
    assert tested["cases"][0]["differences"][0]["field"] == "lead"
    assert tested["untouched"]["routing.yaml, duties.yaml"] == ["severe"]


WRONG = [
    ("feed: hotline", "feed: hot", "`hot` is none of hotline"),
    ("at: 2026-03-03 10:00", "at: gestern", "`gestern` is no time"),
    ("title: 水管爆了, point", "titel: 水管爆了, point", "unknown key `titel`; did you mean `title`?"),
    ("title: 水管爆了, point", "point", "needs a `title`, or the source's own `message`"),
    ("title: 水管爆了, point", "message: {}, point", "`point` says nothing beside `message`"),
    ("id: burst", "id: b u", "`b u` cannot be a key"),
    ("of: [one, two]", "of: [one, tow]", "no report of this case `tow`; did you mean `two`?"),
    ("lead: water", "lead: watr", "no bureau `watr`; did you mean `water`?"),
    ("category: burst\n", "category: brust\n", "no category `brust`; did you mean `burst`?"),
    ("rules: [severe]", "rules: [sevre]", "no rule `sevre`; did you mean `severe`?"),
    ("accept: none", "accept: never", "`never` is no time"),
]


@pytest.mark.parametrize(("right", "wrong", "expected"), WRONG)
def test_what_is_wrong_in_a_case_is_named(author: Author, right: str, wrong: str, expected: str) -> None:
    whole = REPORTS + HOLDS.replace("bureaus: [], ", "")
    assert right in whole
    author.write("cases/burst.yaml", whole.replace(right, wrong, 1))
    code, said = author.rules("check")
    assert code == 1
    assert expected in said
    assert f"{author.folder}/cases/burst.yaml:" in said
    with pytest.raises(SettingsError) as raised:
        author.rules("test")
    assert expected in str(raised.value)


def test_a_folder_without_cases_says_so(author: Author) -> None:
    with pytest.raises(SettingsError, match="there are no cases"):
        author.rules("test")
