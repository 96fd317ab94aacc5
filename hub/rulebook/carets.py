"""An error as a rule author sees it: its place, the line with a caret, what was expected. It must never hide one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from hub.rulebook.yaml_nodes import RuleError

#: Columns: a longer line is shown from a little before the caret, and no further than a screen is wide.
_WIDTH = 110
_BEFORE = 40
#: What one caret mark underlines: a word, a quoted text or a number, up to what ends it in YAML.
_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,:\[\]{}#]+")


def told(error: RuleError, files: Mapping[str, str], folder: str = "") -> str:
    """One error as lines of text; `folder` is put before its file, so that a terminal can open it."""
    lines = [f"{folder}{error}"]
    source = _line(files.get(error.file, ""), error.line)
    if source:
        shown, column = _window(source, error.column - 1)
        number = str(error.line)
        lines.append(f"  {number} | {shown}")
        lines.append(f"  {' ' * len(number)} | {_blank(shown[:column])}{_mark(shown, column)}")
    if error.expected:
        lines.append(f"  expected: {error.expected}")
    return "\n".join(lines)


def all_told(errors: Iterable[RuleError], files: Mapping[str, str], folder: str = "") -> str:
    """Every error, with an empty line between."""
    return "\n\n".join(told(error, files, folder) for error in errors)


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1].rstrip("\r") if number <= len(lines) else ""


def _window(source: str, column: int) -> tuple[str, int]:
    """The part of a line that is shown, and where the caret stands in it."""
    shown = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in source)
    if _columns(shown) <= _WIDTH:
        return shown, column
    start = column
    while start > 0 and _columns(shown[start - 1 : column]) <= _BEFORE:
        start -= 1
    end = column
    while end < len(shown) and _columns(shown[start : end + 1]) <= _WIDTH:
        end += 1
    head = "…" if start else ""
    return f"{head}{shown[start:end]}{'…' if end < len(shown) else ''}", column - start + len(head)


def _mark(shown: str, column: int) -> str:
    token = _TOKEN.match(shown, column)
    return "^" + "~" * (_columns(token.group()) - 1 if token else 0)


def _blank(text: str) -> str:
    return " " * _columns(text)


def _columns(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
