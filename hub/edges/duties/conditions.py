"""Filing conditions (立案条件) cut down to the few words by which a report is recognised. It must never add a word."""

import hashlib
import re
import unicodedata

MAX_WORDS = 6
_LONGEST = 8
_SHORTEST = 2
_BRACKETS = re.compile(r"\([^()]*\)|【[^】]*】|《[^》]*》")
_BREAKS = re.compile(r"[、,;。:/\s]|或者|或|以及|及(?!时)|和|与|导致|造成|存在|影响")
_ENDS = re.compile(r"(?:等|的|现象|行为|情况|明显)+$")
#: Words that stand in conditions of every kind and tell none.
_EMPTY = frozenset(
    {"安全", "通行", "交通", "市容", "环境", "其他设施", "安全隐患", "附属设施", "设备", "未经许可", "未经审批"}
)
_DIGEST_DIGITS = 12


def short_words(condition: str) -> tuple[str, ...]:
    """The short parts of a condition, at most six; its beginning when it has none."""
    text = unicodedata.normalize("NFKC", condition)
    parts = [_ENDS.sub("", part.strip()) for part in _BREAKS.split(_BRACKETS.sub("", text))]
    short = [
        part
        for part in parts
        if _SHORTEST <= len(part) <= _LONGEST and not re.search(r"\d", part) and part not in _EMPTY
    ]
    if not short:
        longest = max(parts, key=len, default="")
        short = [longest[:_LONGEST]] if len(longest) >= _SHORTEST else [text[:_LONGEST]]
    return tuple(dict.fromkeys(short))[:MAX_WORDS]


def digest_of(condition: str) -> str:
    """A digest that changes when a condition says something else, not when it is spaced otherwise."""
    plain = "".join(unicodedata.normalize("NFKC", condition).split())
    return hashlib.blake2b(plain.encode(), digest_size=_DIGEST_DIGITS // 2).hexdigest()
