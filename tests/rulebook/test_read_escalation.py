"""escalation.yaml: what is read, what is refused, what is never reached, and how that is told."""

from datetime import date

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from hub.edges.authoring.checking import check_texts
from hub.rulebook.book import Name, Rulebook
from hub.rulebook.conditions import Condition
from hub.rulebook.escalation_rules import EscalationRule, EscalationStep
from hub.rulebook.read import read_partly, read_rulebook
from hub.rulebook.shapes import rule_schemas
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, Raise, Severity, Side
from tests.rulebook.city_folder import FOLDER

RULES = """\
roles:
  leader: {zh: 分管市领导, en: Deputy Mayor}
escalation:
  - id: severe
    why: 严重的报领导
    clock: resolve
    categories: [burst]
    families: [water]
    districts: [140802]
    severity_at_least: II
    feeds: [hotline]
    limit_within_hours: 80
    when: report_count > 1
    steps:
      - {before: {amount: 1, basis: work_day}, raise: yellow, to: handler}
      - {after: {amount: 0, basis: urgent_hour}, raise: escalate, to: leader}
  - {id: all, why: 其余, clock: resolve, steps: [{after: {amount: 2, basis: work_hour}, raise: red, to: water}]}
"""
CHECKED = RULES.replace("    limit_within_hours: 80\n    when: report_count > 1\n", "")


def test_every_key_is_read() -> None:
    book = read_rulebook({**FOLDER, "escalation.yaml": RULES}, {})
    assert isinstance(book, Rulebook)
    severe, rest = book.escalation
    assert severe == EscalationRule(
        id="severe",
        why="严重的报领导",
        clock=DeadlineKind.RESOLVE,
        categories=frozenset({"burst"}),
        families=frozenset({"water"}),
        districts=frozenset({"140802"}),
        severity_at_least=Severity.II,
        feeds=frozenset({Feed.HOTLINE}),
        limit_within_hours=80.0,
        when=Condition(text="report_count > 1", file="escalation.yaml", line=13),
        steps=(
            EscalationStep(
                raises=Raise.YELLOW, to="handler", side=Side.BEFORE, amount=1.0, basis=DeadlineBasis.WORK_DAY
            ),
            EscalationStep(
                raises=Raise.ESCALATE, to="leader", side=Side.AFTER, amount=0.0, basis=DeadlineBasis.URGENT_HOUR
            ),
        ),
    )
    assert rest.steps[0].to == "water"
    assert book.roles == {"leader": Name(zh="分管市领导", en="Deputy Mayor")}


def test_a_role_may_answer_for_a_mute() -> None:
    mutes = "mutes:\n  - {id: m, why: w, owner: leader, until: 2026-03-03 18:00, families: [water]}\n"
    assert read_partly({**FOLDER, "escalation.yaml": RULES, "mutes.yaml": mutes}, {})[1] == ()
    _, errors = read_partly({**FOLDER, "mutes.yaml": mutes}, {})
    assert str(errors[0]).startswith("mutes.yaml:2:28: no bureau and no role `leader`")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    clock: resolve\n", "", "4:5: `clock` is missing"),
        ("clock: resolve", "clock: resolved", "6:12: `resolved` is none of accept, resolve; did you mean `resolve`?"),
        ("raise: yellow", "raise: yelow", "15:55: `yelow` is none of reminder, supervision, yellow"),
        ("to: handler", "to: handle", "15:67: no bureau and no role `handle`; did you mean `handler`?"),
        ("to: water}", "to: watter}", "17:"),
        ("before: {amount: 1, basis: work_day}, ", "", "15:9: a step is either `before` or `after` the deadline"),
        ("raise: yellow,", "raise: yellow, after: {amount: 1, basis: work_day},", "15:9: a step is either"),
        ("amount: 1, basis: work_day", "basis: work_day", "15:18: `amount` is missing"),
        ("amount: 1, basis: work_day", "amount: -1, basis: work_day", "15:27: -1 is out of range"),
        ("basis: work_day", "basis: workday", "15:37: `workday` is none of"),
        ("report_count > 1", "report_count", "13:11: a condition is true or false; this is a whole number"),
        ("report_count > 1", 'source == "x"', "13:11: no variable `source` here: these rules are asked again later"),
        ("limit_within_hours", "limit_in_hours", "12:5: unknown key `limit_in_hours`; did you mean"),
        ("steps: [{after: {amount: 2, basis: work_hour}, raise: red, to: water}]", "steps: []", "17:5: a rule without"),
        ("id: all", "id: severe", "17:10: the id `severe` is given twice"),
        ("  leader: {zh: 分管市领导, en: Deputy Mayor}", "  leader: {zh: 分管市领导}", "2:11: `en` is missing"),
        ("roles:", "role:", "1:1: unknown key `role`; did you mean `roles`?"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(old: str, new: str, told: str) -> None:
    assert old in RULES
    _, errors = read_partly({**FOLDER, "escalation.yaml": RULES.replace(old, new, 1)}, {})
    assert any(str(error).startswith(f"escalation.yaml:{told}") for error in errors), [str(e) for e in errors]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", None),
        # The second takes all of the first when it stands before it.
        ("    severity_at_least: II\n", "    severity_at_least: I\n", None),
        (
            "  - id: severe\n",
            "  - {id: first, why: w, clock: resolve, steps: [{after: {amount: 0, basis: work_hour}, raise: red, to: "
            "lead}]}\n  - id: severe\n",
            "5:9: the escalation rule `severe` is never reached: `first` (escalation.yaml:4) takes all of it before it",
        ),
        (
            "  - id: severe\n",
            "  - {id: first, why: w, clock: resolve, when: hour >= 22, steps: [{after: {amount: 0, basis: work_hour}, "
            "raise: red, to: lead}]}\n  - id: severe\n",
            None,
        ),
        (
            "amount: 1, basis: work_day",
            "amount: 30, basis: work_day",
            "4:9: step 1 of `severe` (yellow, before 30 work_day) would come before every clock it watches has begun",
        ),
        (
            "amount: 2, basis: work_hour",
            "amount: 900, basis: work_day",
            "15:10: step 1 of `all` (red, after 900 work_day) reaches into ",
        ),
        (
            "id: all, why: 其余, clock: resolve",
            "id: all, why: 其余, clock: accept",
            "15:10: the escalation rule `all` watches nothing",
        ),
    ],
)
def test_what_can_never_come_true_is_found(old: str, new: str, told: str | None) -> None:
    assert old in CHECKED
    checked = check_texts({**FOLDER, "escalation.yaml": CHECKED.replace(old, new, 1)}, {}, date(2026, 3, 3))
    found = [str(error) for error in checked.errors]
    if told is None:
        assert found == []
    else:
        assert found[0].startswith(f"escalation.yaml:{told}"), found


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("", "", True),
        ("    clock: resolve\n", "", False),
        ("before: {amount: 1, basis: work_day}, ", "", False),
        ("raise: yellow,", "raise: yellow, after: {amount: 1, basis: work_day},", False),
        ("raise: yellow", "raise: yelow", False),
        ("limit_within_hours", "limit_in_hours", False),
        ("steps: [{after: {amount: 2, basis: work_hour}, raise: red, to: water}]", "steps: []", False),
        ("roles:", "role:", False),
    ],
)
def test_an_editor_sees_the_same(old: str, new: str, valid: bool) -> None:
    document = YAML(typ="safe").load(RULES.replace(old, new, 1))
    assert Draft202012Validator(rule_schemas()["escalation"]).is_valid(document) is valid
