"""YAML text as nodes that know where they stand, read with strict types. It must never stop at the first error.

Nodes are composed and not constructed, so a code such as `0501` keeps its zero, `no` stays a word and a doubled key
is seen; every wrong value adds a `RuleError` and reading goes on with a stand-in.
"""

import difflib
import math
from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum, StrEnum
from typing import TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

#: A rule file beyond this is not one that a person keeps.
MAX_FILE_CHARS = 2_000_000

_NULL = "tag:yaml.org,2002:null"
_BOOL = "tag:yaml.org,2002:bool"
_Word = TypeVar("_Word", bound=StrEnum)
_Level = TypeVar("_Level", bound=IntEnum)


class RuleError(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What is wrong in a city folder, and where; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class Errors:
    """Gathers every error of a city folder."""

    def __init__(self) -> None:
        self._found: list[RuleError] = []

    def add(self, file: str, line: int, column: int, message: str) -> None:
        """Note an error at a position counted from 1."""
        self._found.append(RuleError(file=file, line=line, column=column, message=message))

    def all(self) -> tuple[RuleError, ...]:
        """Every error once, in reading order."""
        return tuple(sorted(set(self._found)))


class Item:
    """A node of a rule file. Each method reads it as one type and notes an error when it is another."""

    def __init__(self, file: str, node: Node, errors: Errors) -> None:
        self.file = file
        self._node = node
        self._errors = errors

    @classmethod
    def nothing(cls) -> "Item":
        """A stand-in for a file that could not be read: it has no fields, and its errors go nowhere."""
        mark = StringMark("", 0, 0, 0, None, None)
        return cls("", MappingNode("tag:yaml.org,2002:map", [], mark, mark), Errors())

    def error(self, message: str) -> None:
        """Note an error that stands here."""
        mark = self._node.start_mark
        self._errors.add(self.file, mark.line + 1, mark.column + 1, message)

    def fields(self, known: Collection[str], required: Iterable[str] = ()) -> dict[str, "Item"]:
        """The values of a mapping by key; unknown, doubled and missing keys are errors."""
        found = dict(self.pairs())
        for key, item in list(found.items()):
            if key not in known:
                self._key_error(key, f"unknown key `{key}`{did_you_mean(key, known)}")
                del found[key]
            elif item.is_null():
                item.error(f"`{key}` is empty")
                del found[key]
        if isinstance(self._node, MappingNode):
            for key in required:
                if key not in found and not self._has(key):
                    self.error(f"`{key}` is missing")
        return found

    def pairs(self) -> Iterator[tuple[str, "Item"]]:
        """The entries of a mapping whose keys the author chooses; a doubled key is an error."""
        if not isinstance(self._node, MappingNode):
            self.error(f"expected a mapping (key: value), got {self._kind()}")
            return
        seen: dict[str, int] = {}
        for key_node, value_node in self._node.value:
            key_item = Item(self.file, key_node, self._errors)
            key = key_item.text()
            if not key:
                continue
            if key in seen:
                key_item.error(f"`{key}` is given twice; first on line {seen[key]}")
                continue
            seen[key] = key_node.start_mark.line + 1
            yield key, Item(self.file, value_node, self._errors)

    def items(self) -> list["Item"]:
        """The entries of a list."""
        if not isinstance(self._node, SequenceNode):
            self.error(f"expected a list, got {self._kind()}")
            return []
        return [Item(self.file, node, self._errors) for node in self._node.value]

    def text(self, longest: int = 400) -> str:
        """A non-empty text. A number is taken as it is written, so codes need no quotes."""
        if not isinstance(self._node, ScalarNode) or self._node.tag == _NULL:
            self.error(f"expected a text, got {self._kind()}")
            return ""
        value = str(self._node.value).strip()
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
            value = float(self._node.value) if isinstance(self._node, ScalarNode) else math.nan
        except ValueError:
            value = math.nan
        if math.isnan(value):
            self.error(f"expected a number, got {self._kind()}")
        elif not low <= value <= high:
            self.error(f"{value:g} is out of range; allowed are {low:g} to {high:g}")
            return math.nan
        return value

    def flag(self) -> bool:
        """The value as `true` or `false`; `true` when it is neither."""
        word = str(self._node.value) if isinstance(self._node, ScalarNode) else ""
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
            self.error(f"no {what} `{value}`{did_you_mean(value, known)}")
        return value

    def references(self, known: Collection[str], what: str) -> tuple[str, ...]:
        """A non-empty list of keys of things defined elsewhere in the folder."""
        entries = self.items()
        if isinstance(self._node, SequenceNode) and not entries:
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
        return isinstance(self._node, ScalarNode) and self._node.tag == _NULL

    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self._node, MappingNode)

    def _has(self, key: str) -> bool:
        return any(isinstance(k, ScalarNode) and k.value == key for k, _ in self._node.value)

    def _key_error(self, key: str, message: str) -> None:
        for key_node, _ in self._node.value:
            if isinstance(key_node, ScalarNode) and str(key_node.value).strip() == key:
                Item(self.file, key_node, self._errors).error(message)
                return

    def _kind(self) -> str:
        if isinstance(self._node, MappingNode):
            return "a mapping"
        if isinstance(self._node, SequenceNode):
            return "a list"
        if self._node.tag == _NULL:
            return "nothing"
        return f"{'yes/no ' if self._node.tag == _BOOL else ''}`{str(self._node.value)[:60]}`"


def compose(file: str, text: str, errors: Errors) -> Item | None:
    """The root of a rule file, or None when it is no YAML at all; the error is noted."""
    if len(text) > MAX_FILE_CHARS:
        errors.add(file, 1, 1, f"the file is longer than {MAX_FILE_CHARS} characters")
        return None
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        errors.add(file, line, column, f"not readable as YAML: {error.problem or error.context}")
        return None
    except (YAMLError, RecursionError, ValueError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error).partition("\n")[0]
        errors.add(file, 1, 1, f"not readable as YAML: {reason}")
        return None
    if node is None:
        errors.add(file, 1, 1, "the file is empty")
        return None
    return Item(file, node, errors) if _without_anchors(file, node, errors) else None


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean …?` when something known is spelled alike, else nothing."""
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def _without_anchors(file: str, root: Node, errors: Errors) -> bool:
    """Anchors make one line change many rules, and a few of them can grow without end."""
    waiting, clean = [root], True
    while waiting:
        node = waiting.pop()
        if node.anchor:
            mark = node.start_mark
            errors.add(file, mark.line + 1, mark.column + 1, "anchors (&name, *name) are not allowed; write it out")
            clean = False
            continue
        if isinstance(node, MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, SequenceNode):
            waiting += node.value
    return clean
