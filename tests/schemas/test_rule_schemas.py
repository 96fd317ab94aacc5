"""The editor's schemas and the reader agree: on every shipped file, and on what is missing, unknown or wrong."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from hub.edges.rules import city_texts, outlines_for
from hub.rulebook.read import FILES, read_partly
from hub.rulebook.read_cases import read_cases
from hub.rulebook.shapes import rule_schemas
from hub.settings import shipped
from tests.rulebook.city_folder import FOLDER

SCHEMAS = shipped("schemas") / "rules"
RULES = shipped("rules")
SHIPPED = sorted(path for path in RULES.rglob("*.yaml"))


def validator(name: str) -> Draft202012Validator:
    document = msgspec.json.decode((SCHEMAS / f"{name}.json").read_bytes())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def schema_of(path: Path) -> str:
    parent = path.parent.name
    if parent == "duties":
        return "duty-units" if path.stem == "units" else "duty-list"
    return "cases" if parent == "cases" else path.stem


def test_every_file_of_a_folder_has_a_schema() -> None:
    assert {f"{name}.yaml" for name in rule_schemas()} >= {*FILES, "cases.yaml"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(RULES)))
def test_the_shipped_files_are_valid_to_an_editor(path: Path) -> None:
    problems = [error.message for error in validator(schema_of(path)).iter_errors(_plain(path.read_text("utf-8")))]
    assert problems == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_missing_or_unknown_is_so_to_both(file: str) -> None:
    """Each key of each mapping is taken out once, and an unknown one put in once."""
    check, whole = validator(file.removesuffix(".yaml")), _whole(file)
    seen = 0
    for path in _mappings(whole):
        chosen = path[-1:] and path[-1] in _AUTHORS_KEYS
        for key in [*_at(whole, path), *([] if chosen else ["no-such-key"])]:
            changed = copy.deepcopy(whole)
            mapping = _at(changed, path)
            if key in mapping:
                del mapping[key]
            else:
                mapping[key] = "x"
            refused = _refused_by_shape(file, changed)
            assert refused != check.is_valid(changed), (path, key, refused)
            seen += 1
    assert seen > 5


@pytest.mark.parametrize("file", FILES)
def test_a_wrong_kind_of_value_is_wrong_to_both(file: str) -> None:
    check, whole = validator(file.removesuffix(".yaml")), _whole(file)
    for path in _mappings(whole):
        for key, value in _at(whole, path).items():
            changed = copy.deepcopy(whole)
            _at(changed, path)[key] = [] if isinstance(value, dict) else {"a": 1}
            assert not check.is_valid(changed), (path, key)
            assert read_partly({**FOLDER, file: msgspec.json.encode(changed).decode()}, {})[1], (path, key)


def test_a_case_is_read_as_its_schema_says() -> None:
    texts = {"cases/a.yaml": (RULES / "yuncheng/cases/fallbacks.yaml").read_text("utf-8")}
    files = city_texts(RULES / "yuncheng")
    book, errors = read_partly(files, outlines_for(files))
    assert errors == ()
    check, whole = validator("cases"), _plain(texts["cases/a.yaml"])
    assert read_cases(texts, book)[1] == ()
    for path in _mappings(whole):
        if "message" in path:
            continue
        for key in [*_at(whole, path), "no-such-key"]:
            changed = copy.deepcopy(whole)
            mapping = _at(changed, path)
            if key not in mapping:
                mapping[key] = {}
            elif path[-1:] != ("reports",):
                del mapping[key]
            text = yaml.safe_dump(changed, allow_unicode=True)
            said = " ".join(error.message for error in read_cases({"cases/a.yaml": text}, book)[1])
            assert ("is missing" in said or "unknown key" in said) != check.is_valid(changed), (path, key, said)


#: Mappings whose keys the author chooses.
_AUTHORS_KEYS = {"categories", "duties", "bureaus", "districts", "sources", "devices", "words"}
#: What a small folder leaves out, so that every key is tried.
_MORE: dict[str, Any] = {
    "city.yaml": {"margin_m": 100},
    "categories.yaml": {"least_score": 1},
    "calendar.yaml": {"workdays": ["2027-02-14"]},
}


def _whole(file: str) -> Any:
    return {**_plain(FOLDER[file]), **_MORE.get(file, {})}


def _refused_by_shape(file: str, document: Any) -> bool:
    """Whether the reader finds a key missing or unknown; what it knows beyond shapes is not the schema's matter."""
    text = msgspec.json.encode(document).decode()
    shape = ("` is missing", "unknown key")
    return any(
        any(word in error.message for word in shape) and "unclassified" not in error.message
        for error in read_partly({**FOLDER, file: text}, {})[1]
        if error.file == file
    )


def _plain(text: str) -> Any:
    """As an editor reads it: codes as numbers, dates as texts."""
    return yaml.load(text, Loader=_Editor)


class _Editor(yaml.SafeLoader):
    """YAML 1.2 has no dates and no sexagesimal numbers."""


_Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Editor.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?$"), list("-0123456789")
)


def _mappings(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        yield path
        for key, value in node.items():
            yield from _mappings(value, (*path, key))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from _mappings(value, (*path, n))


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node
