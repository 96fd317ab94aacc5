"""Rule text as items read with strict types. It must never stop at the first error.

Nodes are composed and not constructed, so a code such as `0501` keeps its zero, `no` stays a word and a doubled key
is seen; every wrong value adds a `RuleError` and reading goes on with a stand-in.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum, StrEnum
from typing import Any, TypeVar

import msgspec
from rapidfuzz import fuzz, process

from hub.rulebook.scalar_places import place_in_file
from hub.rulebook.yaml_tree import Node, UnreadableError
from hub.rulebook.yaml_tree import compose as compose_tree

#: A rule file beyond this is not one that a person keeps.
MAX_FILE_CHARS = 4_000_000
#: Known words named beside a wrong one; the nearest come first.
_NAMED = 8
#: Likeness, of 100, from which a word looks misspelled.
_MISSPELLED = 60

_Word = TypeVar("_Word", bound=StrEnum)
_Level = TypeVar("_Level", bound=IntEnum)


class RuleError(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What is wrong in a city folder, and where; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    #: What would be right here, when that can be said in a line.
    expected: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class Errors:
    """Gathers every error of a city folder."""

    def __init__(self) -> None:
        self._found: list[RuleError] = []
        #: The files' texts by name, for errors inside a value.
        self.sources: dict[str, str] = {}

    def add(self, file: str, line: int, column: int, message: str, expected: str = "") -> None:
        """Note an error at a position counted from 1."""
        self._found.append(RuleError(file=file, line=line, column=column, message=message, expected=expected))

    def all(self) -> tuple[RuleError, ...]:
        """Every error once, in reading order."""
        return tuple(sorted(set(self._found)))


class Item:
    """A node of a rule file. Each method reads it as one type and notes an error when it is another."""

    __slots__ = ("_errors", "_node", "file")

    def __init__(self, file: str, node: Node, errors: Errors) -> None:
        self.file = file
        self._node = node
        self._errors = errors

    @classmethod
    def nothing(cls) -> "Item":
        """A stand-in for a file that could not be read: it has no fields, and its errors go nowhere."""
        return cls("", Node("mapping", 1, 1), Errors())

    @property
    def line(self) -> int:
        """The line it stands on, from 1."""
        return self._node.line

    @property
    def column(self) -> int:
        """The column it begins in, from 1."""
        return self._node.column

    def error(self, message: str, expected: str = "") -> None:
        """Note an error that stands here, and what would be right."""
        self._errors.add(self.file, self._node.line, self._node.column, message, expected)

    def as_written(self) -> str:
        """The text with its blanks at both ends, for what is a language of its own."""
        return self._node.value

    def error_inside(self, at: int, message: str, expected: str = "") -> None:
        """Note an error at a character of the text as written, from 0."""
        source = self._errors.sources.get(self.file, "")
        line, column = place_in_file(source, self._node.line, self._node.column, self._node.value, at)
        self._errors.add(self.file, line, column, message, expected)

    def fields(self, known: Collection[str], required: Iterable[str] = ()) -> dict[str, "Item"]:
        """The values of a mapping by key; unknown, doubled and missing keys are errors."""
        found = dict(self.pairs())
        for key, item in list(found.items()):
            if key not in known:
                self._key_error(key, f"unknown key `{key}`{did_you_mean(key, known)}", one_of(key, known))
                del found[key]
            elif item.is_null():
                item.error(f"`{key}` is empty")
                del found[key]
        if self.is_mapping():
            for key in required:
                if key not in found and not self._has(key):
                    self.error(f"`{key}` is missing")
        return found

    def pairs(self) -> Iterator[tuple[str, "Item"]]:
        """The entries of a mapping whose keys the author chooses; a doubled key is an error."""
        if not self.is_mapping():
            self.error(f"expected a mapping (key: value), got {self._kind()}")
            return
        seen: dict[str, int] = {}
        for key_node, value_node in self._node.pairs:
            key_item = Item(self.file, key_node, self._errors)
            key = key_item.text()
            if not key:
                continue
            if key in seen:
                key_item.error(f"`{key}` is given twice; first on line {seen[key]}")
                continue
            seen[key] = key_node.line
            yield key, Item(self.file, value_node, self._errors)

    def items(self) -> list["Item"]:
        """The entries of a list."""
        if self._node.kind != "list":
            self.error(f"expected a list, got {self._kind()}")
            return []
        return [Item(self.file, node, self._errors) for node in self._node.nodes]

    def text(self, longest: int = 400) -> str:
        """A non-empty text. A number is taken as it is written, so codes need no quotes."""
        if self._node.kind != "scalar" or self._node.is_null:
            self.error(f"expected a text, got {self._kind()}")
            return ""
        value = self._node.value.strip()
        if not value:
            self.error("expected a text, got an empty one")
        elif len(value) > longest:
            self.error(f"a text of {len(value)} characters; at most {longest} are allowed")
        return value

    def texts(self) -> tuple[str, ...]:
        """A list of texts, none of them twice."""
        found: dict[str, None] = {}
        for item in self.items():
            value = item.text()
            if value in found and value:
                item.error(f"`{value}` is given twice")
            if value:
                found[value] = None
        return tuple(found)

    def number(self, low: float, high: float) -> float:
        """A number between two limits, both allowed; NaN after an error, so that no comparison adds another one."""
        try:
            value = float(self._node.value) if self._node.kind == "scalar" else math.nan
        except ValueError:
            value = math.nan
        if math.isnan(value):
            self.error(f"expected a number, got {self._kind()}", f"a number from {low:g} to {high:g}")
        elif not low <= value <= high:
            self.error(f"{value:g} is out of range; allowed are {low:g} to {high:g}")
            return math.nan
        return value

    def flag(self) -> bool:
        """The value as `true` or `false`; `true` when it is neither."""
        word = self._node.value
        if word not in ("true", "false"):
            self.error(f"expected `true` or `false`, got {self._kind()}")
        return word != "false"

    def whole_number(self, low: int, high: int) -> int:
        """A whole number between two limits, both allowed."""
        value = self.number(low, high)
        if math.isnan(value):
            return low
        if not value.is_integer():
            self.error(f"expected a whole number, got {value:g}")
        return int(value)

    def word(self, words: type[_Word]) -> _Word:
        """One of the words of an enum."""
        value = self.text()
        if value in set(words):
            return words(value)
        if value:
            self.error(f"`{value}` is none of {', '.join(words)}{did_you_mean(value, [*words])}")
        return next(iter(words))

    def level(self, levels: type[_Level]) -> _Level:
        """One of the names of a level, such as `II`."""
        value = self.text()
        if value in levels.__members__:
            return levels[value]
        if value:
            self.error(f"`{value}` is none of {', '.join(levels.__members__)}")
        return list(levels)[-1]

    def reference(self, known: Collection[str], what: str) -> str:
        """The key of something defined elsewhere in the folder."""
        value = self.text()
        if value and value not in known:
            self.error(f"no {what} `{value}`{did_you_mean(value, known)}", one_of(value, known))
        return value

    def references(self, known: Collection[str], what: str) -> tuple[str, ...]:
        """A non-empty list of keys of things defined elsewhere in the folder."""
        entries = self.items()
        if self._node.kind == "list" and not entries:
            self.error("the list is empty; leave the key out to mean all")
        found: dict[str, None] = {}
        for item in entries:
            value = item.reference(known, what)
            if value and value in found:
                item.error(f"`{value}` is given twice")
            if value:
                found[value] = None
        return tuple(found)

    def is_null(self) -> bool:
        """Whether the value is empty."""
        return self._node.is_null

    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return self._node.kind == "mapping"

    def is_list(self) -> bool:
        """Whether the value is a list."""
        return self._node.kind == "list"

    def plain(self) -> Any:
        """The value as JSON would hold it: for what is passed on and not read here."""
        if self._node.kind == "mapping":
            return {key: item.plain() for key, item in self.pairs()}
        if self._node.kind == "list":
            return [item.plain() for item in self.items()]
        if not self._node.plain:
            return self._node.value
        if self._node.is_null:
            return None
        if self._node.value in ("true", "false"):
            return self._node.value == "true"
        return _number_or_text(self._node.value)

    def _has(self, key: str) -> bool:
        return any(k.kind == "scalar" and k.value == key for k, _ in self._node.pairs)

    def _key_error(self, key: str, message: str, expected: str) -> None:
        for key_node, _ in self._node.pairs:
            if key_node.kind == "scalar" and key_node.value.strip() == key:
                Item(self.file, key_node, self._errors).error(message, expected)
                return

    def _kind(self) -> str:
        if self._node.kind != "scalar":
            return f"a {self._node.kind}"
        if self._node.is_null:
            return "nothing"
        return f"{'yes/no ' if self._node.is_yes_no else ''}`{self._node.value[:60]}`"


def compose(file: str, text: str, errors: Errors) -> Item | None:
    """The root of a rule file, or None when it is no YAML at all; the error is noted."""
    if len(text) > MAX_FILE_CHARS:
        errors.add(file, 1, 1, f"the file is longer than {MAX_FILE_CHARS} characters")
        return None
    try:
        node = compose_tree(text)
    except UnreadableError as error:
        errors.add(file, error.line, error.column, str(error))
        return None
    if node is None:
        errors.add(file, 1, 1, "the file is empty")
        return None
    errors.sources[file] = text
    return Item(file, node, errors)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean …?` when something known is spelled alike, else nothing."""
    close = process.extractOne(given, list(known), scorer=fuzz.ratio, score_cutoff=_MISSPELLED)
    return f"; did you mean `{close[0]}`?" if close else ""


def one_of(given: str, known: Collection[str]) -> str:
    """The known words, or the nearest of many."""
    if not known:
        return ""
    if len(known) <= _NAMED:
        return f"one of {', '.join(known)}"
    near = [word for word, _, _ in process.extract(given, list(known), scorer=fuzz.ratio, limit=_NAMED)]
    return f"one of {len(known)}, such as {', '.join(near)}"


def _number_or_text(value: str) -> int | float | str:
    """A number only when it is written as JSON writes one, so that a code keeps its zeros."""
    try:
        number = msgspec.json.decode(value.encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return value
    return number if isinstance(number, int | float) else value
