"""YAML text as a tree of nodes that know where they stand. It must never build an object or follow an anchor.

libyaml reads the text as events, so a folder of ten thousand rules is read in a second; scalars keep their spelling.
"""

from collections.abc import Iterator
from typing import Any, Literal

import yaml

#: Deeper nesting is no rule file; it would cost the scanner time that grows with the square of the depth.
MAX_DEPTH = 60
#: A plain scalar that says nothing, and one that is a truth value.
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_YES_NO = frozenset("true True TRUE false False FALSE".split())

Kind = Literal["mapping", "list", "scalar"]


class UnreadableError(ValueError):
    """A text that is no YAML, or YAML that hides things; line and column count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class Node:
    """A mapping (pairs of nodes), a list (nodes) or a scalar (its text as written); line and column count from 1."""

    __slots__ = ("column", "kind", "line", "nodes", "pairs", "plain", "value")

    def __init__(self, kind: Kind, line: int, column: int, value: str = "", *, plain: bool = False) -> None:
        self.kind = kind
        self.line = line
        self.column = column
        self.value = value
        self.plain = plain
        # Most nodes are scalars: what they never hold they share, since every list is one more thing to collect.
        self.pairs: list[tuple[Node, Node]] = [] if kind == "mapping" else _NO_PAIRS
        self.nodes: list[Node] = [] if kind == "list" else _NO_NODES

    @property
    def is_null(self) -> bool:
        """Whether it is a scalar that says nothing."""
        return self.plain and self.value in _NOTHING

    @property
    def is_yes_no(self) -> bool:
        """Whether it is a truth value."""
        return self.plain and self.value in _YES_NO


_NO_PAIRS: list[tuple[Node, Node]] = []
_NO_NODES: list[Node] = []


def compose(text: str) -> Node | None:
    """The root of a text, None when it is empty. Raises UnreadableError at the first thing that cannot be read."""
    try:
        return _document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        problem = str(error.problem or error.context)
        if "nesting" in problem:  # newer PyYAML has a limit of its own, and may reach it while it looks ahead
            problem = "nested too deep"
        raise UnreadableError(line, column, f"not readable as YAML: {problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, UnreadableError):
            raise
        reason = str(error).partition("\n")[0]
        raise UnreadableError(*_place_of(error, text), f"not readable as YAML: {reason}") from None


def _document(events: Iterator[Any]) -> Node | None:
    root: Node | None = None
    open_nodes: list[Node] = []
    keys: list[Node | None] = []
    for event in events:
        node = _node(event)
        if node is None:
            if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                open_nodes.pop()
                keys.pop()
            elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise _at(event, "not readable as YAML: a second document begins here")
            continue
        if not open_nodes:
            root = node
        elif open_nodes[-1].kind == "list":
            open_nodes[-1].nodes.append(node)
        elif (key := keys[-1]) is None:
            keys[-1] = node
        else:
            open_nodes[-1].pairs.append((key, node))
            keys[-1] = None
        if node.kind != "scalar":
            if len(open_nodes) >= MAX_DEPTH:
                raise _at(event, "not readable as YAML: nested too deep")
            open_nodes.append(node)
            keys.append(None)
    return None if root is None or (root.is_null and root.value == "") else root


def _node(event: Any) -> Node | None:
    """The node that an event begins; None for the end of one and for what stands around documents."""
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        # One line would change many rules, and a few anchors can grow without end.
        raise _at(event, "anchors (&name, *name) are not allowed; write it out")
    mark = event.start_mark
    if isinstance(event, yaml.ScalarEvent):
        return Node("scalar", mark.line + 1, mark.column + 1, event.value, plain=event.style is None or not event.style)
    if isinstance(event, yaml.MappingStartEvent):
        return Node("mapping", mark.line + 1, mark.column + 1)
    if isinstance(event, yaml.SequenceStartEvent):
        return Node("list", mark.line + 1, mark.column + 1)
    return None


def _at(event: Any, message: str) -> UnreadableError:
    return UnreadableError(event.start_mark.line + 1, event.start_mark.column + 1, message)


def _place_of(error: Any, text: str) -> tuple[int, int]:
    """Where a character stands that YAML does not allow."""
    position = getattr(error, "position", None)
    before = text[: int(position if position is not None else getattr(error, "start", 0))]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
