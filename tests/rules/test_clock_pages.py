"""The examples of mutes and supervision on the rule author's page are rules that run, and its cases hold."""

import re
from pathlib import Path

import pytest

from hub.edges.authoring.comparing import Comparer
from hub.edges.authoring.running import run_case
from hub.edges.rules import city_texts, outlines_for
from hub.rulebook import read_escalation, read_mutes
from hub.rulebook.book import Rulebook
from hub.rulebook.read import OPTIONAL_FILES, read_rulebook
from hub.rulebook.read_cases import read_cases
from hub.settings import shipped
from hub.stages.locate import Atlas
from hub.vocabulary.supervision import RECIPIENTS
from hub.vocabulary.terms import Raise

PAGE = (shipped("rules").parent / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def with_file(file: str, start: str) -> Rulebook:
    """Yuncheng with the page's example in place of its own file."""
    (text,) = [block for block in BLOCKS if block.startswith(start)]
    texts = {**city_texts(shipped("rules") / "yuncheng"), file: text}
    book = read_rulebook(texts, outlines_for(texts))
    assert isinstance(book, Rulebook), [str(error) for error in book]
    return book


def test_the_mute_on_the_page_is_one_and_its_cases_hold() -> None:
    book = with_file("mutes.yaml", "mutes:")
    (mute,) = book.mutes
    assert mute.id == "water-drill"
    (text,) = [block for block in BLOCKS if block.startswith("# cases/drill.yaml")]
    cases, errors = read_cases({"docs": text}, book)
    assert [str(error) for error in errors] == []
    atlas, comparer = Atlas(book.city), Comparer(book)
    assert [comparer.differences(case, run_case(case, book, atlas)) for case in cases] == [(), ()]


def test_the_escalation_on_the_page_is_one() -> None:
    book = with_file("escalation.yaml", "roles:")
    (rule,) = book.escalation
    assert [step.to for step in rule.steps] == ["handler", "supervisor", "leader"]
    assert book.roles["leader"].zh == "分管市领导"


@pytest.mark.parametrize("reader", [read_mutes, read_escalation])
def test_every_key_and_word_is_on_the_page(reader: object) -> None:
    source = Path(str(reader.__file__)).read_text("utf-8")  # type: ignore[attr-defined]
    keys = set(re.findall(r'fields(?:\.get\(|\[)"([a-z_]+)"', source))
    assert len(keys) > 5
    words = {*keys, *RECIPIENTS, *(raised.value for raised in Raise), *OPTIONAL_FILES}
    assert sorted(word for word in words if not re.search(rf"\b{re.escape(word)}\b", PAGE)) == []
