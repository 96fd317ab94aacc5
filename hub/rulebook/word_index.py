"""Finds which of many words stand in a text, at a cost that does not grow with the number of words. Weighs none."""

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick

from hub.vocabulary.folding import fold


class WordIndex:
    """The words of a rulebook as one automaton (Aho-Corasick), built once.

    A word that begins with a Latin letter or digit counts at the start of a word only: `fire` is not in `ceasefire`,
    but it is in `fires`. Words of one character are left out.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted({folded for word in words if len(folded := fold(word)) > 1})
        self._automaton = AhoCorasick(self._words) if self._words else None

    def find(self, folded: str) -> set[str]:
        """Every word that stands in a folded text."""
        if self._automaton is None or not folded:
            return set()
        try:
            matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate, which no source should send, must not end a batch
            return self.find(folded.encode("utf-8", "replace").decode("utf-8"))
        return {self._words[n] for n, start, _ in matches if start == 0 or _begins(folded, start)}


def _begins(folded: str, start: int) -> bool:
    first, before = folded[start], folded[start - 1]
    return not (first.isascii() and first.isalnum() and before.isascii() and before.isalnum())
