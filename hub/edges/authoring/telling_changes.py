"""What changes between two rulebooks, in lines for a person. It must never leave a change out."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from itertools import groupby

from hub.rulebook.differing import KeyChange, RuleChange, Turn

_SIGNS = {Turn.ADDED: "+", Turn.REMOVED: "-", Turn.CHANGED: "~", Turn.MOVED: "↕"}
#: Characters of a value shown; the files have the rest.
_SHOWN = 90


def change_lines(changes: Iterable[RuleChange]) -> Iterator[str]:
    """Lines file by file: `+` a new rule, `-` one that is gone, `~` one that says something else, `↕` one that is tried
    earlier or later."""
    for file, theirs in groupby(changes, key=lambda change: change.file):
        yield file
        for change in theirs:
            named = " ".join(part for part in (change.section, change.id) if part) or "settings of the file"
            was = " (was)" if change.turn is Turn.REMOVED else ""
            yield f"  {_SIGNS[change.turn]} {named}  {change.file}:{change.line}{was}"
            if change.turn is Turn.MOVED:
                yield "      stands elsewhere in its list, so it is tried earlier or later"
            for key in change.keys if change.turn is not Turn.REMOVED else ():
                yield f"      {key.key or 'value'}: {_told(key)}"


def counted(changes: Iterable[RuleChange]) -> str:
    """How many of each, in a line."""
    turns = [change.turn for change in changes]
    if not turns:
        return "no rule differs"
    return ", ".join(f"{turns.count(turn)} {turn}" for turn in Turn if turn in turns)


def text_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """The same as a unified diff of each file."""
    for file in sorted({*before, *after}):
        old, new = before.get(file, "").splitlines(), after.get(file, "").splitlines()
        yield from unified_diff(old, new, f"a/{file}", f"b/{file}", lineterm="")


def _told(key: KeyChange) -> str:
    if key.added or key.removed:
        return "  ".join([*(f"+ {_short(item)}" for item in key.added), *(f"- {_short(item)}" for item in key.removed)])
    if key.before is None:
        return _short(key.after or "")
    if key.after is None:
        return f"{_short(key.before)} → (left out)"
    return f"{_short(key.before)} → {_short(key.after)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
