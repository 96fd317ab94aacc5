"""The rule author's guide: what it tells to write is taken, does what it says, and is the same in both languages."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from hub.edges.authoring.checking import check_city
from hub.edges.authoring.testing import run_cases
from hub.edges.rules import load_city
from hub.settings import shipped

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = (DOCS / "rule-author.md", DOCS / "rule-author.zh-CN.md")
TODAY = date(2026, 3, 3)
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.S)
NUMBERED = re.compile(r"(?<=severity\.yaml:)\d+|^ +\d+(?= \|)", re.M)
PLACED = re.compile(r"# (?P<file>[\w/.-]+)(?P<where>, at the end|, after \"(?P<after>[^\"]+)\")?\n(?P<text>.*)", re.S)


def blocks(guide: Path) -> list[tuple[str, str]]:
    """Language and text of everything fenced."""
    return [(block[1], block[2]) for block in BLOCK.finditer(guide.read_text(encoding="utf-8"))]


@pytest.fixture(name="city")
def _city(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("rules") / "yuncheng", tmp_path / "yuncheng"))


def write(city: Path, block: str) -> None:
    """Put a block of the guide where its first line says."""
    placed = PLACED.fullmatch(block)
    assert placed is not None, block
    file = city / placed["file"]
    if placed["where"] is None:
        file.write_text(placed["text"], encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    if placed["after"] is None:
        file.write_text(f"{text}{placed['text']}", encoding="utf-8")
    else:
        assert f"\n{placed['after']}\n" in text
        file.write_text(
            text.replace(f"{placed['after']}\n", f"{placed['after']}\n{placed['text']}", 1), encoding="utf-8"
        )


def test_both_languages_have_the_same_examples() -> None:
    english, chinese = map(blocks, GUIDES)
    assert english == chinese
    assert len(english) >= 8


def test_the_case_fails_first_and_holds_once_the_rules_are_written(city: Path) -> None:
    case, *rules = [text for language, text in blocks(GUIDES[0]) if language == "yaml"]
    write(city, case)
    (failed,) = run_cases(city, load_city(city)).failed
    assert failed.id == "dark-school-way"
    assert {difference.field for difference in failed.differences} == {"severity", "assist", "accept"}
    for rule in rules:
        write(city, rule)
    checked, told = check_city(city, TODAY)
    assert not checked.errors, told
    assert not run_cases(city, load_city(city)).failed


def test_the_mistake_that_it_shows_is_told_as_it_says(city: Path) -> None:
    for text in [text for language, text in blocks(GUIDES[0]) if language == "yaml"]:
        write(city, text.replace("[street-light]", "[street-lights]") if "severity.yaml" in text else text)
    _, told = check_city(city, TODAY)
    shown = next(text for _, text in blocks(GUIDES[0]) if text.startswith("$ hub rules check"))
    # The number of the line moves with the folder; all else is as it says.
    for line in shown.splitlines()[1:]:
        assert NUMBERED.sub("", line.removeprefix("rules/yuncheng/")) in NUMBERED.sub("", told)
