"""Text folded so that two spellings of one word compare equal. It must never be shown to a person."""

import re
import unicodedata
from typing import Final

_SPACE_AT_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_NOT_WORD = re.compile(r"[\W_]+")
#: Full-width signs of everyday Chinese text and what NFKC makes of them.
_SIGNS: Final = (("，", ","), ("！", "!"), ("？", "?"), ("：", ":"), ("；", ";"), ("（", "("), ("）", ")"))
#: A character that needs the whole of NFKC and of folding, which cost ten times as much as the signs above.
_UNUSUAL = re.compile(f"[^\\x00-@\\[-\\x7f\\u4e00-\\u9fff。、“”‘’《》{''.join(sign for sign, _ in _SIGNS)}]")


def fold(text: str) -> str:
    """Full and half width, capitals and runs of spaces made one; spaces beside Chinese characters mean nothing."""
    folded = " ".join(_plain(text).split())
    return folded if " " not in folded or folded.isascii() else _SPACE_AT_CHINESE.sub("", folded)


def fold_tight(text: str) -> str:
    """Folded, with all spaces and punctuation dropped: `解放路 12 号` and `解放路12号` are one."""
    return _NOT_WORD.sub("", _plain(text))


def _plain(text: str) -> str:
    if text.isascii():
        return text.casefold()
    if _UNUSUAL.search(text):
        return unicodedata.normalize("NFKC", text).casefold()
    for sign, plain in _SIGNS:
        text = text.replace(sign, plain)
    return text
