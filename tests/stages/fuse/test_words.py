"""Words of a report: told apart in Chinese and Latin text, and never a number that names a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.fuse.words import merged, words_of
from hub.vocabulary.incidents import MAX_INCIDENT_WORDS
from tests.builders import a_report


@pytest.mark.parametrize(
    ("title", "text", "words"),
    [
        ("自来水管爆裂", "", ("自来水管", "爆裂")),
        ("请尽快处理路面积水问题", "", ("路面", "积水")),
        ("Broken Street Light", "the light is OUT", ("broken", "street", "light", "out")),
        ("ＷＡＴＥＲ　ｍａｉｎ", "", ("water", "main")),
        ("ＡＢＣ小区", "３号楼", ("abc", "小区", "3", "号楼")),
        ("路灯不亮", "联系电话13800138000，身份证140802199001011234", ("路灯", "不亮", "联系电话", "身份证")),
        ("call 555-867-5309 or 8675309", "house 12", ("call", "555", "867", "5309", "house", "12")),
        ("", "", ()),
        ("！！！", "……", ()),
    ],
)
def test_table(title: str, text: str, words: tuple[str, ...]) -> None:
    assert words_of(a_report(title=title, text=text)) == words


def test_the_first_words_of_an_incident_stay() -> None:
    known = tuple(f"w{n}" for n in range(MAX_INCIDENT_WORDS - 1))
    assert merged(known, ("w0", "new", "newer")) == (*known, "new")
    assert merged((*known, "full"), ("new",)) == (*known, "full")


@given(st.text(max_size=300), st.text(max_size=300))
def test_words_are_few_single_and_plain(title: str, text: str) -> None:
    words = words_of(a_report(title=title, text=text))
    assert len(words) == len(set(words)) <= MAX_INCIDENT_WORDS
    # The store keeps them joined by spaces.
    assert " ".join(words).split() == list(words)
