"""Where each rule of a city folder stands, for findings about rules that were read well. It must never judge one."""

from collections.abc import Mapping

from hub.rulebook.yaml_tree import Node, UnreadableError, compose

#: Line and column, from 1.
Position = tuple[int, int]


class Positions:
    """Line and column of rules by file and id, of keyed entries by file and key."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {file: _entries(text) for file, text in files.items()}

    def of(self, rule: str, *files: str) -> tuple[str, int, int]:
        """File, line and column of a rule: the first of the files that has it, else the top of the first file."""
        for file in files:
            known = self._files.get(file, {})
            # A duty's id is that of its category with a word in front; see docs/rules.md.
            for name in (rule, rule.removeprefix("duty-")):
                if name in known:
                    return (file, *known[name])
        return (files[0], 1, 1)

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
            identity = next((value for key, value in node.pairs if key.value == "id"), None)
            _note(found, identity)
        for key, _ in section.pairs:
            _note(found, key)
    return found


def _note(found: dict[str, Position], named: Node | None) -> None:
    if named is not None:
        found.setdefault(named.value.strip(), (named.line, named.column))
