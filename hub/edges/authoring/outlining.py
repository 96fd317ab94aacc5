"""Lays out the texts of a city folder as named rules, to be listed, searched and shown. It must never judge a rule.

It looks at the YAML alone, so a folder with mistakes in it is laid out as far as it can be read, and a kind of rule
that is new to the hub is shown without a change here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from hub.rulebook.book import Name
from hub.rulebook.yaml_tree import Node, UnreadableError, compose
from hub.vocabulary.folding import fold

#: Keys whose value says in a line what a rule is about, the best first.
_ABOUT = ("why", "lead", "units", "category")
#: Keys of a file that hold no rules.
_NO_RULES = frozenset({"classes", "name"})
#: Digits of a subclass code that name its class (大类).
_CLASS_DIGITS = 2


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One named thing of a rule file, and where it stands; lines and columns count from 1."""

    file: str
    #: The key of the file that it stands under, such as `routes`, `bureaus` or `duties`.
    section: str
    id: str
    name: Name | None
    #: Why it is, or whom it leads to.
    about: str
    #: What it belongs to within its section: its class (大类), its kind, or the rule that it stands in.
    group: str
    line: int
    column: int
    end_line: int


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A value as written, with its name when it is the id of something that has one."""

    text: str
    name: Name | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a rule: its values, or what stands in it."""

    key: str
    values: tuple[Value, ...] = ()
    parts: tuple[tuple["Field", ...], ...] = ()


Place = tuple[str, str, str]


class Outline:
    """The rules of a city folder in their order."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        self.names: dict[str, Name] = {}
        self._nodes: dict[Place, Node] = {}
        found: dict[Place, Entry] = {}
        for file, text in files.items():
            for entry, node in _Reader(file, text).entries():
                place = (entry.file, entry.section, entry.id)
                # A doubled id is an error that the check names; here the first one stands.
                if place not in found:
                    found[place], self._nodes[place] = entry, node
                if entry.name is not None:
                    self.names.setdefault(entry.id, entry.name)
        self.entries = tuple(self._named(entry) for entry in found.values())
        self._by_place = {(entry.file, entry.section, entry.id): entry for entry in self.entries}
        self._words = {place: self._searchable(entry) for place, entry in self._by_place.items()}

    def get(self, place: Place) -> Entry | None:
        """The rule at a file, section and id."""
        return self._by_place.get(place)

    def search(self, query: str, section: str | None = None) -> list[Entry]:
        """Rules in which every word of a query stands: id, names, codes, units; those so named come first."""
        wanted = [fold(word) for word in query.split()]
        hits = [
            entry
            for place, entry in self._by_place.items()
            if section in (None, entry.section) and all(word in self._words[place] for word in wanted)
        ]
        return sorted(hits, key=lambda entry: not _is_named(entry, wanted)) if wanted else hits

    def fields(self, place: Place) -> tuple[Field, ...]:
        """What a rule says, key by key."""
        return self._fields(self._nodes[place])

    def block(self, place: Place) -> str:
        """The lines of a rule as they are written, without the indentation they share."""
        entry = self._by_place[place]
        return block(self.files[entry.file], entry.line, entry.end_line)

    def size_of(self, place: Place, key: str) -> int:
        """How many items a rule has under a key."""
        value = _value(self._nodes[place], key)
        return len(value.nodes) if value is not None else 0

    def _named(self, entry: Entry) -> Entry:
        # A key may be the id of something that has a name, as that of a duty is its category's; a rule's own id is not.
        own = self._nodes[(entry.file, entry.section, entry.id)]
        name = entry.name or (None if _identity(own) is not None else self.names.get(entry.id))
        about = self.names[entry.about].zh if entry.about in self.names else entry.about
        return msgspec.structs.replace(entry, name=name, about=about)

    def _searchable(self, entry: Entry) -> str:
        said = [entry.id, entry.group, *_scalars(self._nodes[(entry.file, entry.section, entry.id)])]
        named = [self.names[word] for word in said if word in self.names]
        # Each for itself and a line each, so that no word is found across two of them.
        return "\n".join(fold(word) for word in [*said, *(name.zh for name in named), *(name.en for name in named)])

    def _fields(self, node: Node) -> tuple[Field, ...]:
        if node.kind == "scalar":
            return (Field(key="", values=(self._told(node),)),)
        return tuple(self._field(key.value, value) for key, value in node.pairs)

    def _field(self, key: str, node: Node) -> Field:
        if node.kind == "scalar":
            return Field(key=key, values=(self._told(node),))
        if node.kind == "list":
            if all(item.kind == "scalar" for item in node.nodes):
                return Field(key=key, values=tuple(self._told(item) for item in node.nodes))
            return Field(key=key, parts=tuple(self._fields(item) for item in node.nodes))
        return Field(key=key, parts=(self._fields(node),))

    def _told(self, node: Node) -> Value:
        return Value(text=node.value, name=self.names.get(node.value))


def block(text: str, line: int, end_line: int) -> str:
    """Some lines of a text without the indentation they share."""
    lines = text.split("\n")[line - 1 : end_line]
    shared = min((len(one) - len(one.lstrip(" ")) for one in lines if one.strip()), default=0)
    return "\n".join(one[shared:].rstrip("\r") for one in lines)


class _Reader:
    """Finds the entries of one file."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = text.split("\n")
        try:
            self._root = compose(text)
        except UnreadableError:
            self._root = None
        self._classes = _texts(_value(self._root, "classes"))

    def entries(self) -> Iterator[tuple[Entry, Node]]:
        if self._root is None:
            return
        pairs = self._root.pairs
        for (key, section), limit in zip(pairs, _limits([k for k, _ in pairs], len(self._lines)), strict=True):
            if key.value not in _NO_RULES:
                yield from self._section(key.value, section, "", limit)

    def _section(self, section: str, node: Node, group: str, limit: int) -> Iterator[tuple[Entry, Node]]:
        if node.kind == "mapping":
            keys = [key for key, _ in node.pairs]
            for (key, value), end in zip(node.pairs, _limits(keys, limit), strict=True):
                yield self._entry(section, key, value, group, end), value
            return
        identified = [(found, item) for item in node.nodes if (found := _identity(item)) is not None]
        for (found, item), end in zip(identified, _limits([i for _, i in identified], limit), strict=True):
            yield self._entry(section, found, item, group, end), item
            for _, inner in item.pairs:
                if inner.kind == "list":
                    yield from self._section(section, inner, found.value.strip(), end)

    def _entry(self, section: str, identity: Node, node: Node, group: str, limit: int) -> Entry:
        id = identity.value.strip()
        line = min(identity.line, node.line)
        return Entry(
            file=self._file,
            section=section,
            id=id,
            name=_name(node),
            about=_about(node),
            group=group or self._group(id, node),
            line=line,
            column=identity.column,
            end_line=self._without_remarks(line, limit),
        )

    def _group(self, id: str, node: Node) -> str:
        if self._classes:
            number = id[:_CLASS_DIGITS]
            return f"{number} {self._classes.get(number, '')}".strip()
        kind = _value(node, "kind")
        return kind.value if kind is not None and kind.kind == "scalar" else ""

    def _without_remarks(self, line: int, end_line: int) -> int:
        """The last line of an entry; remarks below it speak of the next one."""
        while end_line > line and self._lines[end_line - 1].strip()[:1] in ("", "#"):
            end_line -= 1
        return end_line


def _limits(starts: Sequence[Node], limit: int) -> Iterator[int]:
    """The last line that each of several nodes can have."""
    for number, node in enumerate(starts):
        following = starts[number + 1].line - 1 if number + 1 < len(starts) else limit
        yield max(following, node.line)


def _identity(node: Node) -> Node | None:
    """What a list's item is called: its `id`, or the `name` of a place."""
    for key in ("id", "name"):
        value = _value(node, key)
        if value is not None and value.kind == "scalar":
            return value
    return None


def _name(node: Node) -> Name | None:
    named = _value(node, "name") or node
    if named.kind == "scalar":
        return Name(zh=named.value, en=named.value) if named is not node else None
    both = _texts(named)
    return Name(zh=both["zh"], en=both.get("en", both["zh"])) if "zh" in both else None


def _about(node: Node) -> str:
    for key in _ABOUT:
        value = _value(node, key)
        if value is not None and value.nodes:
            value = value.nodes[0]
        if value is not None and value.kind == "scalar":
            return value.value
    return node.value if node.kind == "scalar" else ""


def _value(node: Node | None, key: str) -> Node | None:
    return next((value for k, value in node.pairs if k.value == key), None) if node is not None else None


def _texts(node: Node | None) -> dict[str, str]:
    pairs = node.pairs if node is not None else []
    return {key.value: value.value for key, value in pairs if value.kind == "scalar"}


def _scalars(node: Node) -> Iterator[str]:
    if node.kind == "scalar":
        yield node.value
    for item in node.nodes:
        yield from _scalars(item)
    for key, value in node.pairs:
        # Keys that are words of a source or an address are searched for; those of the language are not.
        if value.kind != "list" and node.pairs and not key.value.isascii():
            yield key.value
        yield from _scalars(value)


def _is_named(entry: Entry, wanted: Iterable[str]) -> bool:
    called = fold(f"{entry.id} {entry.name.zh} {entry.name.en}" if entry.name is not None else entry.id)
    return all(word in called for word in wanted)
