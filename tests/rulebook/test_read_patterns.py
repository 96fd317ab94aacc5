"""patterns.yaml: what is read, what is refused and how it is said; the schema and the reader agree."""

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from hub.rulebook.carets import all_told
from hub.rulebook.check import check_folder
from hub.rulebook.patterns import Counted, PatternKind
from hub.rulebook.read import read_partly
from hub.settings import shipped
from hub.vocabulary.terms import Feed, Severity
from tests.rulebook.city_folder import FOLDER

GOLDEN = Path(__file__).parent / "golden" / "patterns.txt"
GOOD = """\
patterns:
  - id: many
    why: 一片多处
    kind: count
    of: {categories: [burst], families: [water], districts: [140802], feeds: [hotline], severity_at_least: III,
         when: hour >= 6}
    counts: incidents
    at_least: 3
    radius_m: 500
    within_minutes: 30
    quiet_minutes: 120
    raises_to: II
    opens: burst
  - id: order
    why: 先后
    kind: sequence
    first: {categories: [burst]}
    then: {families: [water]}
    same_district: true
    within_minutes: 60
  - {id: quiet, why: 静默, kind: silence, feeds: [hotline], longer_than_minutes: 60, office_hours: true, opens: burst}
  - id: warned
    why: 预警
    kind: warning
    warning: {categories: [burst], severity_at_least: II}
    inside: {families: [water]}
    valid_minutes: 360
    raises_to: II
"""
WRONG = """\
patterns:
  - id: many
    why: 一片多处
    kind: count
    of: {categories: [brust], feeds: [hot-line], when: titel == "停水"}
    at_least: 1
    radius_m: 3000
    within_minutes: 30
    opens: burts
  - {id: many, why: 又一个, kind: counting, of: {families: [water]}, at_least: 3, within_minutes: 5}
  - id: order
    why: 先后
    kind: sequence
    first: {districts: [140802]}
    then: {families: [water]}
    radius_m: 100
    same_district: true
    within_minutes: 60
    at_least: 2
  - {id: quiet, why: 静默, kind: silence, feeds: [hotline], opens: unclassified}
"""
IDLE = """\
patterns:
  - id: by-camera
    why: 没有视频来源
    kind: count
    of: {families: [water], feeds: [video]}
    at_least: 3
    radius_m: 500
    within_minutes: 30
  - id: mixed
    why: 爆管不是未分类
    kind: count
    of: {families: [unclassified], categories: [burst]}
    at_least: 3
    radius_m: 500
    within_minutes: 30
  - {id: mild, why: 已是III级, kind: count, of: {families: [water]}, at_least: 3, radius_m: 9, within_minutes: 5,
     raises_to: III}
  - {id: early, why: 早于大屏, kind: silence, feeds: [hotline], longer_than_minutes: 5, opens: burst}
"""
CITY = FOLDER["city.yaml"].replace(
    "timezone: Asia/Shanghai}\nplaces", "timezone: Asia/Shanghai, silent_after_seconds: 600}\nplaces"
)


def folder(patterns: str) -> dict[str, str]:
    return {**FOLDER, "city.yaml": CITY, "patterns.yaml": patterns}


def test_every_kind_is_read_with_all_that_it_says() -> None:
    book, errors = read_partly(folder(GOOD), {})
    assert errors == ()
    many, order, quiet, warned = book.patterns
    assert [pattern.kind for pattern in book.patterns] == list(PatternKind)
    ((role, of),) = many.roles
    assert of.when is not None
    assert of.when.text == "hour >= 6"
    assert (role, of.feeds, of.severity_at_least) == ("of", frozenset({Feed.HOTLINE}), Severity.III)
    assert (many.at_least, many.counts, many.radius_m) == (3, Counted.INCIDENTS, 500.0)
    assert (many.within_minutes, many.quiet_minutes, many.raises_to, many.opens) == (30.0, 120.0, Severity.II, "burst")
    assert [name for name, _ in order.roles] == ["first", "then"]
    assert (order.radius_m, order.quiet_minutes, order.opens) == (None, 60.0, None)
    assert (quiet.feeds, quiet.office_hours, quiet.quiet_minutes) == ((Feed.HOTLINE,), True, 0.0)
    assert (warned.valid_minutes, warned.raises_to) == (360.0, Severity.II)


def test_without_the_file_there_are_none() -> None:
    assert read_partly(FOLDER, {})[0].patterns == ()


def said() -> str:
    """What a check says of both."""
    wrong, idle = folder(WRONG), folder(IDLE)
    told = (all_told(check_folder(wrong, {})[1], wrong, "wrong/"), all_told(check_folder(idle, {})[1], idle, "idle/"))
    return "\n\n".join(told) + "\n"


def test_what_is_wrong_is_said_word_for_word() -> None:
    """After a wanted change: `python -m tests.rulebook.test_read_patterns` writes the golden file; read the diff."""
    assert said() == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("number", range(4), ids=[kind.value for kind in PatternKind])
def test_what_is_missing_unknown_or_wrong_is_so_to_an_editor_too(number: int) -> None:
    document = msgspec.json.decode((shipped("schemas") / "rules" / "patterns.json").read_bytes())
    Draft202012Validator.check_schema(document)
    check, whole = Draft202012Validator(document), yaml.safe_load(GOOD)
    assert check.is_valid(whole)
    for key in [*whole["patterns"][number], "no-such-key"]:
        for value in (None, [] if key in ("of", "first", "then", "warning", "inside") else {"a": 1}):
            changed = copy.deepcopy(whole)
            _change(changed["patterns"][number], key, value)
            errors = read_partly(folder(msgspec.json.encode(changed).decode()), {})[1]
            assert bool(errors) != check.is_valid(changed) or key in _PLACES, (key, value, errors)


#: One place out of two is for the reader to ask for.
_PLACES = {"radius_m", "same_district"}


def _change(pattern: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        pattern.pop(key, None)
    else:
        pattern[key] = value


if __name__ == "__main__":
    GOLDEN.write_text(said(), "utf-8")
