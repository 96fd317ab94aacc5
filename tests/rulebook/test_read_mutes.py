"""mutes.yaml: what is read, what is refused, and how that is told."""

from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import Condition
from hub.rulebook.mute_rules import MuteRule
from hub.rulebook.read import read_partly, read_rulebook
from hub.rulebook.shapes import rule_schemas
from hub.vocabulary.places import Point
from hub.vocabulary.terms import Feed, Severity
from tests.rulebook.city_folder import FOLDER

MUTES = """\
mutes:
  - id: pipe-drill
    why: 供水应急演练，已向市民公告
    owner: water
    from: 2026-03-03 08:00
    until: 2026-03-03 18:00
    families: [water]
    districts: [140802]
    feeds: [hotline, video]
    near: [110.855, 34.913]
    within_m: 500
    severity_at_most: IV
    when: report_count <= 5
  - {id: known-burst, why: 已在抢修, owner: 王主任, until: 2026-03-04 06:00+08:00, categories: [burst]}
"""


def test_every_key_is_read() -> None:
    book = read_rulebook({**FOLDER, "mutes.yaml": MUTES}, {})
    assert isinstance(book, Rulebook)
    drill, known = book.mutes
    assert drill == MuteRule(
        id="pipe-drill",
        why="供水应急演练，已向市民公告",
        owner="water",
        since=datetime(2026, 3, 3, 0, 0, tzinfo=UTC),
        until=datetime(2026, 3, 3, 10, 0, tzinfo=UTC),
        families=frozenset({"water"}),
        districts=frozenset({"140802"}),
        feeds=frozenset({Feed.HOTLINE, Feed.VIDEO}),
        near=Point(lon=110.855, lat=34.913),
        within_m=500.0,
        severity_at_most=Severity.IV,
        when=Condition(text="report_count <= 5", file="mutes.yaml", line=13),
    )
    assert (known.owner, known.severity_at_most, known.until) == (
        "王主任",
        Severity.III,
        datetime(2026, 3, 3, 22, 0, tzinfo=UTC),
    )


def test_a_city_may_do_without() -> None:
    book = read_rulebook(FOLDER, {})
    assert isinstance(book, Rulebook)
    assert book.mutes == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    until: 2026-03-03 18:00\n", "", "2:5: `until` is missing"),
        ("    owner: water\n", "", "2:5: `owner` is missing"),
        ("    why: 供水应急演练，已向市民公告\n", "", "2:5: `why` is missing"),
        # A date alone may mean its first moment or its last.
        ("until: 2026-03-03 18:00", "until: 2026-03-03", "6:12: `2026-03-03` is no time with a date"),
        ("until: 2026-03-03 18:00", "until: tomorrow", "6:12: `tomorrow` is no time with a date"),
        ("until: 2026-03-03 18:00", "until: 2026-03-03 07:00", "6:12: a mute must end after it begins"),
        ("owner: water", "owner: watter", "4:12: no bureau and no role `watter`; did you mean `water`?"),
        ("owner: water", "owner: district", "4:12: no bureau and no role `district`"),
        ("    within_m: 500\n", "", "2:5: `near` and `within_m` go together"),
        ("severity_at_most: IV", "severity_at_most: I", "12:23: what is of severity I is never muted"),
        ("report_count <= 5", "report_cuont <= 5", "13:11: no variable `report_cuont`; did you mean `report_count`?"),
        (
            "report_count <= 5",
            'text.contains("演练")',
            "13:11: no variable `text` here: these rules are asked again later, without the report that has it",
        ),
        # A condition may be true of everything, so it does not narrow a mute enough.
        ("categories: [burst]", "when: 'true'", "14:5: a mute needs at least one of categories"),
        ("families: [water]", "families: [watre]", "7:16: no family `watre`; did you mean `water`?"),
        ("within_m: 500", "within: 500", "11:5: unknown key `within`; did you mean `within_m`?"),
        (
            ", categories: [burst]",
            "",
            "14:5: a mute needs at least one of categories, families",
        ),
        ("id: known-burst", "id: pipe-drill", "14:10: the id `pipe-drill` is given twice"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(old: str, new: str, told: str) -> None:
    assert old in MUTES
    _, errors = read_partly({**FOLDER, "mutes.yaml": MUTES.replace(old, new, 1)}, {})
    assert any(str(error).startswith(f"mutes.yaml:{told}") for error in errors), [str(error) for error in errors]


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("", "", True),
        ("    until: 2026-03-03 18:00\n", "", False),
        ("    within_m: 500\n", "", False),
        ("within_m: 500", "within: 500", False),
        (", categories: [burst]", "", False),
        ("severity_at_most: IV", "severity_at_most: I", False),
        ("when: report", "wehn: report", False),
    ],
)
def test_an_editor_sees_the_same(old: str, new: str, valid: bool) -> None:
    # Editors have no dates: a quoted text stays one here as well.
    text = MUTES.replace(old, new, 1).replace(": 2026", ": at 2026")
    document = YAML(typ="safe").load(text)
    assert Draft202012Validator(rule_schemas()["mutes"]).is_valid(document) is valid
