"""Finds which of many words stand in a text, at a cost that hardly grows with the number of words. Weighs none."""

import operator
from collections.abc import Iterable

from hub.vocabulary.folding import fold


class WordIndex:
    """The words of a rulebook by their first two characters.

    The pairs of neighbouring characters of a text are met with those beginnings in one pass; only words whose beginning
    occurs are then looked for. A word that begins with a Latin letter or digit counts at the start of a word only:
    `fire` is not in `ceasefire`, but it is in `fires`.
    """

    def __init__(self, words: Iterable[str]) -> None:
        by_start: dict[str, list[str]] = {}
        for word in sorted({fold(word) for word in words}):
            if len(word) > 1:
                by_start.setdefault(word[:2], []).append(word)
        self._by_start = {start: tuple(found) for start, found in by_start.items()}
        self._beginnings_in = frozenset(by_start).intersection

    def find(self, folded: str) -> set[str]:
        """Every word that stands in a folded text."""
        by_start = self._by_start
        return {
            word
            for start in self._beginnings_in(map(operator.add, folded, folded[1:]))
            for word in by_start[start]
            if word in folded and (not start[0].isascii() or _begins_a_word(word, folded))
        }


def _begins_a_word(word: str, folded: str) -> bool:
    at = folded.find(word)
    while at > 0 and folded[at - 1].isascii() and folded[at - 1].isalnum():
        at = folded.find(word, at + 1)
    return at >= 0
