"""The rule author's page names every key, and its examples are keys that exist."""

import re
from pathlib import Path

import msgspec

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
    read_rules,
)
from hub.rulebook.check import check_folder
from hub.rulebook.patterns import PatternKind
from hub.rulebook.read import FILES
from hub.rulebook.shapes import rule_schemas
from hub.settings import shipped
from hub.stages.locate import Atlas

PAGE = (shipped("rules").parent / "docs" / "rules.md").read_text(encoding="utf-8")
WORD = re.compile(r"[a-z][a-z_]+")


def keys_in_code() -> set[str]:
    """Every word written as a field name in the readers."""
    readers = (read_city, read_categories, read_rules, read_calendar, read_cases, read_duty_list, read_patterns)
    texts = [Path(str(reader.__file__)).read_text(encoding="utf-8") for reader in readers]
    return {key for text in texts for key in re.findall(r'(?:fields|duty|clause)(?:\.get\(|\[)"([a-z_]+)"', text)}


def test_every_file_and_key_is_on_the_page() -> None:
    missing = [file for file in FILES if f"`{file}`" not in PAGE]
    assert not missing
    keys = {key for key in keys_in_code() if WORD.fullmatch(key)}
    assert len(keys) > 35
    assert not sorted(key for key in keys if not re.search(rf"\b{key}\b", PAGE))


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
