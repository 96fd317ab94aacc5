"""Text folded so that two spellings of one word compare equal. It must never be shown to a person."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_SPACE_AT_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Full and half width, capitals and runs of spaces made one; spaces beside Chinese characters mean nothing."""
    folded = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return folded if folded.isascii() or " " not in folded else _SPACE_AT_CHINESE.sub("", folded)


def fold_tight(text: str) -> str:
    """Folded, with all spaces and punctuation dropped: `解放路 12 号` and `解放路12号` are one."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())
