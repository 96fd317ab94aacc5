"""Where a character of a YAML text's value stands in its file: quotes, escapes, folds and blocks move it. It must never
be asked for a text that was read well: it walks through the file again."""

import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n[ \t]*|.)", re.DOTALL)
_BLANKS = re.compile(r" *")
_FIRST_INDENT = re.compile(r"(?:[ \t]*\r?\n)*([ ]*)")
_FOLD = re.compile(r"[ \t]*(?:\r?\n[ \t]*)+")


def place_in_file(source: str, line: int, column: int, value: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of the value's character `at` (from 0); the value begins at a line and column."""
    start = _offset(source, line, column)
    places = [*_places(source, start, value)]
    found = places[min(at, len(places) - 1)] if places else start
    if places and at >= len(value):
        found = places[-1] + 1
    before = source[:found]
    return before.count("\n") + 1, found - before.rfind("\n")


def _offset(source: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = source.find("\n", start) + 1
    return start + column - 1


def _places(source: str, start: int, value: str) -> Iterator[int]:
    """The place in the file of each character of a value."""
    head = source[start : start + 1]
    if head in ("|", ">"):
        return _in_block(source, start, value)
    quote = head if head in ("'", '"') else ""
    return _in_line(source, start + len(quote), value, quote)


def _in_line(source: str, here: int, value: str, quote: str) -> Iterator[int]:
    """Of a plain or quoted text; a line break with its indent is one blank, or a break less than there are."""
    folded = 0
    for letter in value:
        if folded and letter in " \n":
            folded -= 1
            yield here - 1
            continue
        folded = 0
        escape = _ESCAPE.match(source, here) if quote == '"' else None
        while escape is not None and "\n" in escape.group():  # a break that is no part of the value
            here = escape.end()
            escape = _ESCAPE.match(source, here)
        fold = _FOLD.match(source, here) if letter in " \n" and escape is None else None
        if fold is not None and "\n" in fold.group():
            yield here
            here = fold.end()
            folded = max(fold.group().count("\n") - 2, 0)
            continue
        yield here
        if escape is not None:
            here = escape.end()
        else:
            here += 2 if quote == "'" and source.startswith("''", here) else 1


def _in_block(source: str, start: int, value: str) -> Iterator[int]:
    """Of a block (`|` or `>`): every line without its indent."""
    here = source.find("\n", start) + 1 or len(source)
    first = _FIRST_INDENT.match(source, here)
    indent = len(first[1]) if first is not None else 0
    at_line_start = True
    for letter in value:
        while at_line_start and here < len(source):
            skip = min(indent, _blanks(source, here))
            blank = source[here + skip : here + skip + 1] == "\n"
            if blank and letter != "\n":
                here += skip + 1
                continue
            here += skip
            at_line_start = False
        yield here
        at_line_start = source[here : here + 1] in ("\n", "\r")
        here += 2 if source.startswith("\r\n", here) else 1


def _blanks(source: str, here: int) -> int:
    found = _BLANKS.match(source, here)
    return len(found.group()) if found is not None else 0
