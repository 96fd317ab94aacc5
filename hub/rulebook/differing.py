"""What changes from one city folder to another, rule by rule and key by key. It must never judge or interpret a rule:
it knows names and places only, so a kind of rule that is new to the hub is compared without a change here."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

from hub.rulebook.yaml_tree import Node, UnreadableError, compose

#: A file that is no YAML has no rules to compare; it is told as one.
_WHOLE_FILE = ""


class Turn(StrEnum):
    """What became of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    #: The same, at another place among the rules it is tried with.
    MOVED = "moved"


class KeyChange(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a rule; None: it is not there. Keys within keys have a dot, such as `name.zh`."""

    key: str
    before: str | None = None
    after: str | None = None
    #: Of a list: what it has more and what less.
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is not the same in both."""

    file: str
    #: Key of the file that it stands under, such as `routes`; empty: the file's own settings.
    section: str
    id: str
    turn: Turn
    #: Where it stands in the newer folder, in the older one when it was removed; from 1.
    line: int
    keys: tuple[KeyChange, ...] = ()


_Place = tuple[str, str]
#: A scalar as written, or the scalars of a list.
_Value = str | tuple[str, ...]


class _Rule:
    """A rule as keys and values, and the rules it is tried after and before."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.values: dict[str, _Value] = {}


class _Rules:
    """The rules of one file."""

    def __init__(self, text: str | None) -> None:
        self.by_place: dict[_Place, _Rule] = {}
        #: Ids in order, by the section and the rule they stand in.
        self.orders: dict[_Place, list[str]] = {}
        try:
            root = compose(text) if text is not None else None
        except UnreadableError:
            self.by_place["", _WHOLE_FILE] = _Rule(1)
            self.by_place["", _WHOLE_FILE].values["text"] = text or ""
            return
        for key, node in root.pairs if root is not None else ():
            self._section(key.value, node)

    def _section(self, section: str, node: Node) -> None:
        identified = [item for item in node.nodes if _id_of(item)]
        if node.kind == "mapping":
            for key, value in node.pairs:
                self._keep(section, key.value, key.line, value)
        elif identified:
            self._listed(section, "", identified)
        else:
            settings = self.by_place.setdefault(("", _WHOLE_FILE), _Rule(node.line))
            settings.values.update(_flat(section, node))

    def _listed(self, section: str, within: str, items: Iterable[Node]) -> None:
        order = self.orders.setdefault((section, within), [])
        for item in items:
            order.append(_id_of(item))
            self._keep(section, _id_of(item), item.line, item, within)

    def _keep(self, section: str, id: str, line: int, node: Node, within: str = "") -> None:
        rule = self.by_place.setdefault((section, id), _Rule(line))
        if within:
            rule.values["within"] = within
        if node.kind != "mapping":
            rule.values.update(_flat("", node))
            return
        for key, value in node.pairs:
            inner = [item for item in value.nodes if _id_of(item)]
            if inner:
                self._listed(section, id, inner)
            elif key.value != "id":
                rule.values.update(_flat(key.value, value))


def rule_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[RuleChange, ...]:
    """Every rule that is not the same, file by file, in the order of the newer folder."""
    return tuple(
        change
        for file in sorted({*before, *after})
        if before.get(file) != after.get(file)
        for change in _of_file(file, _Rules(before.get(file)), _Rules(after.get(file)))
    )


def _of_file(file: str, old: _Rules, new: _Rules) -> Iterator[RuleChange]:
    moved = _moved(old, new)
    for place, rule in new.by_place.items():
        section, id = place
        known = old.by_place.get(place)
        if known is None:
            keys = tuple(_key_changes({}, rule.values))
            yield RuleChange(file=file, section=section, id=id, turn=Turn.ADDED, line=rule.line, keys=keys)
        elif known.values != rule.values:
            keys = tuple(_key_changes(known.values, rule.values))
            yield RuleChange(file=file, section=section, id=id, turn=Turn.CHANGED, line=rule.line, keys=keys)
        elif place in moved:
            yield RuleChange(file=file, section=section, id=id, turn=Turn.MOVED, line=rule.line)
    for (section, id), rule in old.by_place.items():
        if (section, id) not in new.by_place:
            keys = tuple(_key_changes(rule.values, {}))
            yield RuleChange(file=file, section=section, id=id, turn=Turn.REMOVED, line=rule.line, keys=keys)


def _moved(old: _Rules, new: _Rules) -> set[_Place]:
    """Rules of a list that stand elsewhere among those which both have: the fewest that explain the new order."""
    found: set[_Place] = set()
    for where, order in new.orders.items():
        before = [id for id in old.orders.get(where, ()) if id in set(order)]
        now = [id for id in order if id in set(before)]
        if before == now:
            continue
        kept: set[str] = set()
        for start, _, length in SequenceMatcher(a=before, b=now, autojunk=False).get_matching_blocks():
            kept.update(before[start : start + length])
        found |= {(where[0], id) for id in now if id not in kept}
    return found


def _key_changes(before: Mapping[str, _Value], after: Mapping[str, _Value]) -> Iterator[KeyChange]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, tuple) and isinstance(new, tuple):
            more, less = _without(new, old), _without(old, new)
            yield KeyChange(key=key, before=_told(old), after=_told(new), added=more, removed=less)
        else:
            yield KeyChange(key=key, before=_told(old), after=_told(new))


def _without(items: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    known = set(others)
    return tuple(item for item in items if item not in known)


def _told(value: _Value | None) -> str | None:
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else value


def _flat(key: str, node: Node) -> dict[str, _Value]:
    """A value as dotted keys: scalars, and lists of scalars."""
    if node.kind == "scalar":
        return {key: "" if node.is_null else node.value.strip()}
    if node.kind == "list":
        if all(item.kind == "scalar" for item in node.nodes):
            return {key: tuple(item.value.strip() for item in node.nodes)}
        parts = {f"{key}[{number}]": item for number, item in enumerate(node.nodes, start=1)}
    else:
        parts = {f"{key}.{name.value}" if key else name.value: item for name, item in node.pairs}
    return {deep: value for name, item in parts.items() for deep, value in _flat(name, item).items()}


def _id_of(node: Node) -> str:
    """What a rule of a list is called."""
    named = {key.value: value for key, value in node.pairs if key.value in ("id", "name") and value.kind == "scalar"}
    known = named.get("id") or named.get("name")
    return known.value.strip() if known is not None else ""
