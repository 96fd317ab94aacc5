"""The automaton finds the same words as looking for each of them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rulebook.word_index import WordIndex
from hub.vocabulary.folding import fold

CHARS = "水管爆裂井盖，ab1 "


def stands_in(word: str, text: str) -> bool:
    latin = "abcdefghijklmnopqrstuvwxyz0123456789"
    starts = [at for at in range(len(text)) if text.startswith(word, at)]
    return any(at == 0 or word[0] not in latin or text[at - 1] not in latin for at in starts)


@settings(deadline=None)
@given(words=st.lists(st.text(CHARS, min_size=2, max_size=4), max_size=12), text=st.text(CHARS, max_size=40))
def test_it_finds_what_looking_for_each_word_finds(words: list[str], text: str) -> None:
    folded = fold(text)
    wanted = {fold(word) for word in words if len(fold(word)) > 1}
    assert WordIndex(words).find(folded) == {word for word in wanted if stands_in(word, folded)}


def test_no_words_find_nothing() -> None:
    assert WordIndex([]).find("水管") == set()
    assert WordIndex(["水"]).find("水管") == set()
