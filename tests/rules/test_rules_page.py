"""The rule author's page names every key, and its examples are keys that exist."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.edges.authoring.comparing import Comparer
from hub.edges.authoring.running import run_case
from hub.edges.rules import city_texts, load_city, outlines_for
from hub.rulebook import (
    read_calendar,
    read_cases,
    read_categories,
    read_city,
    read_duty_list,
    read_patterns,
    read_routes,
    read_rules,
)
from hub.rulebook.check import check_folder
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES, LOCATED_VARIABLES, REPORT_VARIABLES
from hub.rulebook.patterns import PatternKind
from hub.rulebook.read import FILES, read_partly
from hub.rulebook.read_routes import ROUTE_KEYS
from hub.rulebook.shapes import rule_schemas
from hub.settings import shipped
from hub.stages.locate import Atlas
from hub.stages.route import route
from hub.vocabulary.terms import Severity
from tests.builders import an_incident

PAGE = (shipped("rules").parent / "docs" / "rules.md").read_text(encoding="utf-8")
WORD = re.compile(r"[a-z][a-z_]+")


def keys_in_code() -> set[str]:
    """Every word written as a field name in the readers."""
    readers = (
        *(read_city, read_categories, read_rules, read_routes, read_calendar, read_cases, read_duty_list),
        read_patterns,
    )
    texts = [Path(str(reader.__file__)).read_text(encoding="utf-8") for reader in readers]
    return {key for text in texts for key in re.findall(r'(?:fields|duty|clause)(?:\.get\(|\[)"([a-z_]+)"', text)}


def test_every_file_and_key_is_on_the_page() -> None:
    missing = [file for file in FILES if f"`{file}`" not in PAGE]
    assert not missing
    keys = {key for key in keys_in_code() if WORD.fullmatch(key)}
    assert len(keys) > 35
    assert not sorted(key for key in keys if not re.search(rf"\b{key}\b", PAGE))


def test_every_variable_and_key_of_a_route_is_on_the_page() -> None:
    names = {*REPORT_VARIABLES, *LOCATED_VARIABLES, *INCIDENT_VARIABLES, *ROUTE_KEYS}
    assert not sorted(name for name in names if f"`{name}`" not in PAGE and f"{name}:" not in PAGE)


def examples() -> dict[str, list[str]]:
    """The examples of the page, by the file that each could be."""
    files = {"severity": "severity", "fusion": "fusion", "routes": "routing", "deadlines": "deadlines"}
    found: dict[str, list[str]] = {}
    for block in _blocks("yaml"):
        file = files.get(block.partition(":")[0])
        if file is not None:
            found.setdefault(f"{file}.yaml", []).append(block)
    return found


def test_each_example_is_read_as_a_file_of_yuncheng() -> None:
    texts = city_texts(shipped("rules") / "yuncheng")
    for file, blocks in examples().items():
        for block in blocks:
            _, errors = read_partly({**texts, file: block}, {})
            assert [str(error) for error in errors] == []
    assert {file: len(blocks) for file, blocks in examples().items()} == {
        **{"severity.yaml": 2, "fusion.yaml": 1, "routing.yaml": 3, "deadlines.yaml": 1}
    }


FIRE = {"category": "fire", "family": "fire", "severity": Severity.II}
LATE = datetime(2026, 3, 3, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("example", "fields", "lead", "assist"),
    [
        (1, {"family": "noise"}, "urban-enforcement", ("yanhu-government",)),
        (1, {"family": "noise", "first_report_at": LATE}, "police", ("urban-enforcement",)),
        (
            1,
            {"family": "noise", "severity": Severity.II},
            "urban-enforcement",
            ("yanhu-government", "environment-bureau"),
        ),
        (2, FIRE, "fire-rescue", ()),
        (
            2,
            {**FIRE, "address": "某学校", "first_report_at": LATE},
            "fire-rescue",
            ("smart-city-centre", "education-bureau"),
        ),
        (
            2,
            {"category": "gas-leak", "severity": Severity.II, "first_report_at": LATE},
            "heat-gas-centre",
            ("yanhu-government", "smart-city-centre"),
        ),
    ],
)
def test_the_trees_on_the_page_decide_as_it_says(
    example: int, fields: dict[str, Any], lead: str, assist: tuple[str, ...]
) -> None:
    texts = city_texts(shipped("rules") / "yuncheng")
    book, _ = read_partly({**texts, "routing.yaml": examples()["routing.yaml"][example]}, {})
    found = route(an_incident(**{"category": "noise", "family": "gas", **fields}), book)
    assert (found.lead, found.assist) == (lead, assist)


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_case_on_the_page_holds() -> None:
    (text,) = [block for block in _blocks("yaml") if block.startswith("cases:")]
    book = load_city(shipped("rules") / "yuncheng")
    cases, errors = read_cases.read_cases({"docs": text}, book)
    assert [str(error) for error in errors] == []
    atlas, comparer = Atlas(book.city), Comparer(book)
    assert [comparer.differences(case, run_case(case, book, atlas)) for case in cases] == [()]


def test_the_patterns_on_the_page_are_taken() -> None:
    (text,) = [block for block in _blocks("yaml") if block.startswith("patterns:")]
    folder = shipped("rules") / "yuncheng"
    texts = {**city_texts(folder), "patterns.yaml": text}
    book, errors = check_folder(texts, outlines_for(texts))
    assert [str(error) for error in errors] == []
    assert {pattern.kind for pattern in book.patterns} == set(PatternKind)


def test_the_editor_settings_name_every_schema_and_every_file() -> None:
    (text,) = _blocks("json")
    schemas = msgspec.json.decode(text)["yaml.schemas"]
    root = shipped("rules").parent
    assert set(schemas) == {f"./schemas/rules/{name}.json" for name in rule_schemas()}
    found = set()
    for schema, files in schemas.items():
        assert (root / schema).is_file()
        found |= set(root.glob(files))
    assert found == set((root / "rules").rglob("*.yaml"))
