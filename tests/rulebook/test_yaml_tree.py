"""YAML as a tree: positions, spellings kept, and hostile texts refused at once."""

import time

import pytest
import yaml

from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook
from hub.rulebook.yaml_tree import MAX_DEPTH, UnreadableError, compose
from tests.rulebook.city_folder import FOLDER


def test_nodes_know_where_they_stand_and_keep_their_spelling() -> None:
    root = compose('名: {中文: 0501, 二: "no"}\nlist:\n  - ~\n')
    assert root is not None
    (_, inner), (_, entries) = root.pairs
    assert [(key.value, key.column, value.value, value.column) for key, value in inner.pairs] == [
        ("中文", 5, "0501", 9),
        ("二", 15, "no", 18),
    ]
    assert (entries.nodes[0].line, entries.nodes[0].column, entries.nodes[0].is_null) == (3, 5, True)
    assert not compose('"~"').is_null  # type: ignore[union-attr]
    assert compose("") is None
    assert compose("# nothing\n") is None


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a: 1\nb: [1", 3, 1, "did not find expected ',' or ']'"),
        ("a: 1\n中: b: c", 2, 5, "mapping values are not allowed"),
        ("a: &x 1\nb: *x", 1, 4, "anchors"),
        ("a: 1\nb: *x", 2, 4, "anchors"),
        ("a: 1\nb: x\x01y", 2, 5, "control characters"),
        ("a: 1\n---\nb: 2", 2, 1, "a second document"),
        ("a: \ud800", 1, 4, "surrogates"),
    ],
)
def test_what_cannot_be_read_is_placed(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(UnreadableError, match=said.replace("[", r"\[")) as raised:
        compose(text)
    assert (raised.value.line, raised.value.column) == (line, column)


def test_hostile_nesting_costs_nothing() -> None:
    started = time.process_time()
    for text in ("[" * 1_000_000, "{a: " * 500_000, "- " * 1_000_000):
        with pytest.raises(UnreadableError, match="nested too deep"):
            compose(text)
    assert time.process_time() - started < 5.0
    assert compose("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_ten_thousand_routes_cost_little_more_than_reading_their_text() -> None:
    """In ratios of CPU time, so that a slow machine judges alike; here it is 1.5 s."""
    categories = "".join(
        f"  cat-{n}: {{kind: event, name: {{zh: 类{n}, en: C {n}}}, family: fam-{n // 4}, severity: III, "
        f"codes: ['9{n:05d}'], names: [名{n}], words: {{词语{n}: 3}}}}\n"
        for n in range(2_000)
    )
    routes = "".join(
        f"  - {{id: route-{n}, why: 第{n}行, categories: [cat-{n % 2000}], districts: [140802], lead: water}}\n"
        for n in range(10_000)
    )
    folder = {
        **FOLDER,
        "categories.yaml": FOLDER["categories.yaml"] + categories,
        "routing.yaml": FOLDER["routing.yaml"] + routes,
    }
    bare = min(_seconds_to_parse(folder) for _ in range(3))
    started = time.process_time()
    book = read_rulebook(folder, {})
    spent = time.process_time() - started
    assert isinstance(book, Rulebook)
    assert len(book.routes) == 10_002
    assert spent < 25 * bare, f"{spent:.2f} s against {bare:.2f} s for the bare events"


def _seconds_to_parse(folder: dict[str, str]) -> float:
    started = time.process_time()
    for text in folder.values():
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass
    return time.process_time() - started
