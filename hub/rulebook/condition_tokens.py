"""The words and signs of a condition (CEL), and what is refused before it is compiled. It must never evaluate one.

A condition is bounded here so that nothing that an author writes can hold up a worker: by its length and depth, by how
often it walks through a list, and by the patterns it searches with. What is left costs milliseconds at the worst.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from hub.rulebook.yaml_nodes import did_you_mean

#: A condition beyond this is not one that a person reads.
MAX_CHARS = 1000
#: Brackets within brackets; CEL itself stops at 32 levels of anything.
MAX_DEPTH = 16
#: Walks through a list (`exists`, `all` …), none of them inside another.
MAX_WALKS = 4
#: Patterns (`matches`), none of them inside a walk; the characters of one, and how often it may repeat by number.
MAX_PATTERNS = 4
MAX_PATTERN_CHARS = 120
MAX_REPEATS = 100

_WALKS = frozenset({"all", "exists", "exists_one", "filter"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<remark>//[^\n]*)
    |(?P<text>[rRbB]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<open>["'])|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[uU]?|0[xX][0-9a-fA-F]+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>&&|\|\||==|!=|<=|>=|=>|.)""",
    re.VERBOSE | re.DOTALL,
)
_UNSEEN = frozenset({"space", "remark"})
_ALLOWED_SIGNS = frozenset("&& || == != <= >= < > ! ? : ( ) [ ] { } , . + - * / %".split())
_INSTEAD = {
    "=": "`==`",
    "&": "`&&` (and)",
    "|": "`||` (or)",
    "=>": "`>=`",
    "≥": "`>=`",
    "≤": "`<=`",
    "≠": "`!=`",
    "“": "straight quotes \"…\" or '…'",
    "”": "straight quotes \"…\" or '…'",
    "‘": "straight quotes \"…\" or '…'",
    "’": "straight quotes \"…\" or '…'",
    "（": "`(`",
    "）": "`)`",
    "，": "`,`",
    "：": "`:`",
    "＝": "`==`",
    "＞": "`>`",
    "＜": "`<`",
}
_WORDS_INSTEAD = {"and": "`&&`", "or": "`||`", "not": "`!`", "AND": "`&&`", "OR": "`||`", "NOT": "`!`", "is": "`==`"}
_OPENING, _CLOSING = {"(": ")", "[": "]", "{": "}"}, frozenset(")]}")
_COUNTED = re.compile(r"\{(\d+)(?:,(\d*))?\}")


class Token(msgspec.Struct, frozen=True, gc=False):
    """A word or sign, and the character of the condition it begins at, from 0."""

    kind: str
    text: str
    at: int


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a condition, at which character from 0, and what would be right."""

    at: int
    message: str
    expected: str = ""


def tokens_of(text: str) -> tuple[Token, ...]:
    """The words and signs of a condition, without blanks and remarks."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is not None and kind not in _UNSEEN:
            found.append(Token(kind, match.group(), match.start()))
    return tuple(found)


def flaws_of(text: str, tokens: Sequence[Token]) -> tuple[Flaw, ...]:
    """What is refused without asking CEL; the first of each kind."""
    if len(text) > MAX_CHARS:
        return (Flaw(0, f"a condition of {len(text)} characters; at most {MAX_CHARS} are allowed", "two rules"),)
    if not tokens:
        return (Flaw(0, "the condition is empty", "something true or false, such as hour >= 22"),)
    for flaws in (_misspelled(tokens), _too_deep(tokens), _walks(tokens), _patterns(tokens), _unguarded(tokens)):
        first = next(flaws, None)
        if first is not None:
            return (first,)
    return ()


def compared(tokens: Sequence[Token]) -> tuple[tuple[str, Token], ...]:
    """Each text that a variable is compared with: `category == "gas-leek"`, `feed in ["hot-line"]`."""
    return tuple(
        (token.text, text)
        for n, token in enumerate(tokens)
        if token.kind == "name" and not _is_member(tokens, n)
        for text in _compared(tokens, n + 1)
    )


def unknown_words(
    found: Sequence[tuple[str, Token]], known: Callable[[], Mapping[str, Collection[str]]]
) -> Iterator[Flaw]:
    """Those of the compared texts that their variable can never be."""
    words = known() if found else {}
    for name, text in found:
        value = text.text[1:-1]
        if value and name in words and value not in words[name]:
            yield Flaw(text.at, f"no {name} `{value}`{did_you_mean(value, words[name])}")


def _compared(tokens: Sequence[Token], n: int) -> Iterator[Token]:
    """The texts on the right of `==`, `!=` or `in [ … ]`."""
    if n + 1 >= len(tokens):
        return
    sign, first = tokens[n], tokens[n + 1]
    if sign.text in ("==", "!=") and first.kind == "text":
        yield first
    elif sign.text == "in" and first.text == "[":
        for token in tokens[n + 2 :]:
            if token.text == "]":
                return
            if token.kind == "text":
                yield token


def _misspelled(tokens: Sequence[Token]) -> Iterator[Flaw]:
    for token in tokens:
        if token.kind == "open":
            yield Flaw(token.at, "a text begins here and does not end", "a closing quote")
        elif token.kind == "name" and token.text in _WORDS_INSTEAD:
            yield Flaw(token.at, f"`{token.text}` is no word of conditions", _WORDS_INSTEAD[token.text])
        elif token.kind == "sign" and token.text not in _ALLOWED_SIGNS:
            instead = _INSTEAD.get(token.text, "words to look for in quotes; variables have English names")
            yield Flaw(token.at, f"`{token.text}` cannot stand here", instead)


def _too_deep(tokens: Sequence[Token]) -> Iterator[Flaw]:
    waiting: list[Token] = []
    for token in tokens:
        if token.kind != "sign":
            continue
        if token.text in _OPENING:
            waiting.append(token)
            if len(waiting) > MAX_DEPTH:
                yield Flaw(token.at, f"brackets more than {MAX_DEPTH} deep", "a plainer condition, or two rules")
        elif token.text in _CLOSING and (not waiting or _OPENING[waiting.pop().text] != token.text):
            yield Flaw(token.at, f"`{token.text}` closes nothing", "an opening bracket before it")
    if waiting:
        yield Flaw(waiting[-1].at, f"`{waiting[-1].text}` is never closed", f"`{_OPENING[waiting[-1].text]}`")


def _walks(tokens: Sequence[Token]) -> Iterator[Flaw]:
    """Walks that are too many or inside each other; `map` makes new lists, which can grow without end."""
    count, depth, walking = 0, 0, 0
    for n, token in enumerate(tokens):
        depth += (token.text in _OPENING) - (token.text in _CLOSING) if token.kind == "sign" else 0
        walking = 0 if depth < walking else walking
        if walking and token.text == "+":
            yield Flaw(token.at, "`+` inside a walk through a list", "texts and sums that need no `+`")
        if not (token.kind == "name" and _is_call(tokens, n) and _is_member(tokens, n)):
            continue
        if token.text == "map":
            yield Flaw(token.at, "`map` is not allowed in a condition", "`exists`, `exists_one`, `all` or `filter`")
        elif token.text in _WALKS:
            count += 1
            if walking:
                yield Flaw(token.at, f"`{token.text}` inside another walk through a list", "two rules")
            if count > MAX_WALKS:
                yield Flaw(token.at, f"more than {MAX_WALKS} walks through a list", "two rules")
            walking = depth + 1
        elif token.text == "matches" and walking:
            yield Flaw(token.at, "`matches` inside a walk through a list", "`contains`, or one pattern: matches('a|b')")


def _patterns(tokens: Sequence[Token]) -> Iterator[Flaw]:
    count = 0
    for n, token in enumerate(tokens):
        if token.text != "matches" or token.kind != "name" or not _is_call(tokens, n):
            continue
        count += 1
        if count > MAX_PATTERNS:
            yield Flaw(token.at, f"more than {MAX_PATTERNS} patterns", "two rules, or one pattern: matches('a|b')")
        pattern = tokens[n + 2] if n + 2 < len(tokens) else token
        alone = n + 3 < len(tokens) and tokens[n + 3].text == ")"
        if not (_is_member(tokens, n) and alone and pattern.kind == "text"):
            yield Flaw(pattern.at, "`matches` needs one pattern in quotes", "such as title.matches('漏水|爆管')")
        elif len(pattern.text) > MAX_PATTERN_CHARS:
            yield Flaw(pattern.at, f"a pattern of more than {MAX_PATTERN_CHARS} characters", "two rules")
        elif _repeats(pattern.text) > MAX_REPEATS:
            yield Flaw(pattern.at, f"a pattern that repeats more than {MAX_REPEATS} times by number", "`*` or `+`")


def _unguarded(tokens: Sequence[Token]) -> Iterator[Flaw]:
    """A coordinate that many reports do not have."""
    names = {token.text: token for token in reversed(tokens) if token.kind == "name"}
    for name in ("lon", "lat"):
        if name in names and "has_point" not in names:
            yield Flaw(names[name].at, f"`{name}` is not known of every report", f"has_point && {name} …")


def _repeats(pattern: str) -> int:
    product = 1
    for match in _COUNTED.finditer(pattern):
        # Repeats inside repeats multiply; taken together they are never fewer.
        product *= max(int(match[1][:6]), int((match[2] or "0")[:6]), 1)
    return product


def _is_call(tokens: Sequence[Token], n: int) -> bool:
    return n + 1 < len(tokens) and tokens[n + 1].text == "("


def _is_member(tokens: Sequence[Token], n: int) -> bool:
    return n > 0 and tokens[n - 1].text == "."
