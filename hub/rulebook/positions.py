"""Where each rule of a city folder stands, for findings about rules that were read well. It must never judge one."""

import re
from collections.abc import Mapping

from hub.rulebook.read import DUTY_FOLDER
from hub.rulebook.yaml_tree import Node, UnreadableError, compose

_LISTED = re.compile(r"(?:duty-|clause-)?(?P<kind>component|event|service)-(?P<code>[0-9A-Za-z]+)(?:\.\d+)?")
_KIND = re.compile(r"^kind: *([a-z]+)", re.MULTILINE)
#: Line and column, from 1.
Position = tuple[int, int]


class Positions:
    """Line and column of rules by file and id, of keyed entries by file and key."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {file: _entries(text) for file, text in files.items()}
        self._kinds = {
            file: match[1]
            for file, text in files.items()
            if file.startswith(DUTY_FOLDER) and (match := _KIND.search(text)) is not None
        }

    def of(self, rule: str, *files: str) -> tuple[str, int, int]:
        """File, line and column of a rule: the first of the files that has it, else the top of the first file."""
        for file in files:
            known = self._files.get(file, {})
            # A duty's id is that of its category with a word in front; see docs/rules.md.
            for name in (rule, rule.removeprefix("duty-")):
                if name in known:
                    return (file, *known[name])
        return self._listed(rule) or (files[0], 1, 1)

    def _listed(self, rule: str) -> tuple[str, int, int] | None:
        """Where the duty list has the subclass of a route or clause of its own, such as `clause-event-0501.1`."""
        match = _LISTED.fullmatch(rule)
        if match is None:
            return None
        for file, kind in self._kinds.items():
            if kind == match["kind"] and match["code"] in self._files[file]:
                return (file, *self._files[file][match["code"]])
        return None

    def all_of(self, file: str) -> Mapping[str, Position]:
        """Every named entry of a file, in its order."""
        return self._files.get(file, {})


def _entries(text: str) -> dict[str, Position]:
    try:
        root = compose(text)
    except UnreadableError:
        return {}
    found: dict[str, Position] = {}
    for _, section in root.pairs if root is not None else ():
        for node in section.nodes:
            _note_rule(found, node)
        for key, _ in section.pairs:
            _note(found, key)
    return found


def _note_rule(found: dict[str, Position], rule: Node) -> None:
    """Notes a rule by its id, and the routes that stand in it."""
    fields = {key.value: value for key, value in rule.pairs}
    _note(found, fields.get("id"))
    for inside in fields["routes"].nodes if "routes" in fields else ():
        _note_rule(found, inside)


def _note(found: dict[str, Position], named: Node | None) -> None:
    if named is not None:
        found.setdefault(named.value.strip(), (named.line, named.column))
