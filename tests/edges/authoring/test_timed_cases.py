"""Cases about mutes and supervision: they hold, and each can fail and says what came instead."""

import pytest

from tests.edges.authoring.conftest import Author

MUTES = """\
mutes:
  - {id: drill, why: 演练, owner: water, until: 2026-03-03 12:00, families: [water]}
"""
CONDITIONED = MUTES.replace("families: [water]", "families: [water], when: report_count <= 1")
ESCALATION = """\
escalation:
  - id: resolve
    why: 办结前一日黄牌
    clock: resolve
    steps:
      - {before: {amount: 1, basis: work_day}, raise: yellow, to: handler}
      - {after: {amount: 0, basis: work_day}, raise: red, to: supervisor}
"""
CASES = """\
cases:
  - id: during
    why: 演练中
    reports:
      one: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆了, point: [111.0070, 35.0228]}
      two: {feed: hotline, at: 2026-03-03 11:00, title: 水管爆了, point: [111.0070, 35.0229]}
    until: 2026-03-03 11:30
    expect:
      - {of: [one, two], muted: drill, resolve: none, escalations: [], rules: [drill]}
  - id: after
    why: 演练后，第二个来电并入已派遣的事件
    reports:
      one: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆了, point: [111.0070, 35.0228]}
      two: {feed: hotline, at: 2026-03-03 15:00, title: 水管爆了, point: [111.0070, 35.0229]}
    until: 2026-03-10 18:00
    expect:
      - of: [one, two]
        muted: false
        resolve: 2026-03-10 14:30
        overdue: true
        escalations: [{raise: yellow, at: 2026-03-09 14:30, to: water}, red]
"""


@pytest.fixture
def timed(author: Author) -> Author:
    """The small folder with a mute, supervision and their cases."""
    for file, text in (("mutes.yaml", MUTES), ("escalation.yaml", ESCALATION), ("cases/timed.yaml", CASES)):
        author.write(file, text)
    return author


def test_they_hold_and_every_rule_is_touched(timed: Author) -> None:
    code, said = timed.rules("test", "--coverage")
    assert code == 0, said
    assert "mutes.yaml: 1 of 1 touched" in said
    assert "escalation.yaml: 1 of 1 touched" in said


@pytest.mark.parametrize(
    ("right", "wrong", "lines"),
    [
        ("muted: drill", "muted: false", ["muted          - false", "+ drill", "静默规则“drill”（节约用水中心 负责）"]),
        ("muted: false", "muted: drill", ["muted          - drill", "+ false"]),
        ("escalations: []", "escalations: [reminder]", ["escalations    - reminder", "+ none"]),
        (
            "to: water}, red]",
            "to: water}]",
            ["- yellow 2026-03-09 14:30 water", "+ yellow 2026-03-09 14:30 water, red 2026-03-10 14:30 centre"],
        ),
        (
            "at: 2026-03-09 14:30",
            "at: 2026-03-09 13:00",
            ["- yellow 2026-03-09 13:00 water, red", "黄牌（致 节约用水中心）"],
        ),
        ("to: water}, red", "to: centre}, red", ["- yellow 2026-03-09 14:30 centre, red"]),
        ("}, red]", "}, escalate]", ["- yellow 2026-03-09 14:30 water, escalate"]),
    ],
)
def test_each_can_fail_and_says_what_came(timed: Author, right: str, wrong: str, lines: list[str]) -> None:
    assert right in CASES
    timed.write("cases/timed.yaml", CASES.replace(right, wrong, 1))
    code, said = timed.rules("test")
    assert code == 1, said
    for line in lines:
        assert line in said


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("muted: drill", "muted: dril", "no mute `dril`; did you mean `drill`?"),
        ("to: water}, red", "to: watre}, red", "no bureau or role `watre`; did you mean `water`?"),
        ("}, red]", "}, redd]", "`redd` is none of reminder, supervision, yellow, red, escalate"),
        ("raise: yellow, at: 2026", "at: 2026", "`raise` is missing"),
    ],
)
def test_what_it_names_must_exist(timed: Author, right: str, wrong: str, told: str) -> None:
    assert right in CASES
    timed.write("cases/timed.yaml", CASES.replace(right, wrong, 1))
    code, said = timed.rules("check")
    assert code == 1
    assert told in said


CONDITIONED_CASES = """\
cases:
  - id: one
    why: 一件上报仍在演练之内
    reports: {one: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆了, point: [111.0070, 35.0228]}}
    until: 2026-03-03 11:30
    expect:
      - {of: [one], muted: drill, rules: [drill]}
  - id: two
    why: 第二件上报即不再静默，即刻派遣，按多件上报的规则督办
    reports:
      one: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆了, point: [111.0070, 35.0228]}
      two: {feed: hotline, at: 2026-03-03 11:00, title: 水管爆了, point: [111.0070, 35.0229]}
    until: 2026-03-10 18:00
    expect:
      - {of: [one, two], muted: false, resolve: 2026-03-10 11:00, escalations: [red], rules: [many]}
"""


def test_conditions_of_mutes_and_supervision_hold_in_cases(author: Author) -> None:
    many = (
        "  - {id: many, why: 多件上报, clock: resolve, when: report_count > 1, "
        "steps: [{after: {amount: 0, basis: work_day}, raise: red, to: lead}]}\n"
    )
    author.write("mutes.yaml", CONDITIONED)
    author.write("escalation.yaml", ESCALATION.replace("escalation:\n", f"escalation:\n{many}"))
    author.write("cases/conditioned.yaml", CONDITIONED_CASES)
    code, said = author.rules("test", "--coverage")
    assert code == 0, said
    assert "escalation.yaml: 1 of 2 touched" in said
