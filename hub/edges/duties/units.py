"""Names of units as duty lists spell them, brought to one bureau each. It must never take one bureau for another."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

from hub.rulebook.book import Bureau, City, LocalUnit, Name

_BREAKS = re.compile(r"[、,，;；/\n]+")
#: Words that may join two units; they also stand inside of names, so a known name is never split.
_JOINTS = re.compile(r"[及和与]+")
#: How alike two unknown names are that are taken for spellings of one.
_ALIKE = 92
_ADMINISTRATIVE = "省市县区"


class Units:
    """The units that a city knows, and those that its list names besides."""

    def __init__(self, city: City) -> None:
        # The city is often left out, and sometimes half of it: 市政中心, 运城市市政中心, 运城市政中心.
        self._city_names = {city.name.zh, city.name.zh.rstrip(_ADMINISTRATIVE)} - {""}
        self._known: dict[str, str] = {}
        self._spelled: dict[str, str] = {}
        known: list[Bureau | LocalUnit] = [*city.bureaus, *city.local_units]
        for unit in known:
            self._add(unit)
        self._ids = {unit.id for unit in known}
        #: Units that the city does not know yet, by id.
        self.new: dict[str, Bureau] = {}
        #: Spellings met that are not the unit's own name: spelling → unit id.
        self.variants: dict[str, str] = {}

    def read(self, text: str) -> tuple[str, ...]:
        """The units of a cell, each once, in its order."""
        found: dict[str, None] = {}
        for part in _BREAKS.split(unicodedata.normalize("NFKC", text)):
            for name in self._names(_plain(part)):
                found[self._unit(name)] = None
        return tuple(found)

    def _names(self, part: str) -> Iterator[str]:
        """A part as it is when it is known, else split where 及, 和 or 与 join known units."""
        if self._lookup(part) is not None:
            yield part
            return
        whole = _JOINTS.sub("", part[:1]) + part[1:]
        pieces = [piece for piece in _JOINTS.split(part) if piece]
        if self._lookup(whole) is None and any(self._lookup(piece) is not None for piece in pieces):
            yield from pieces
        elif whole:
            yield whole

    def _unit(self, name: str) -> str:
        unit = self._lookup(name)
        if unit is None:
            unit = self._alike(name) or self._invent(name)
        if self._spelled[unit] != name:
            self.variants[name] = unit
        return unit

    def _lookup(self, name: str) -> str | None:
        return next((self._known[form] for form in self._forms(name) if form in self._known), None)

    def _alike(self, name: str) -> str | None:
        """A unit that this list alone has brought and that is spelled almost alike."""
        near = [unit.id for unit in self.new.values() if fuzz.ratio(unit.name.zh, name) >= _ALIKE]
        if len(near) != 1:
            return None
        unit = self.new[near[0]]
        self.new[unit.id] = Bureau(id=unit.id, name=unit.name, words=(*unit.words, name))
        for form in self._forms(name):
            self._known.setdefault(form, unit.id)
        return unit.id

    def _invent(self, name: str) -> str:
        n = next(n for n in range(1, len(self._ids) + 2) if f"unit-{n}" not in self._ids)
        unit = Bureau(id=f"unit-{n}", name=Name(zh=name, en=name))
        self._ids.add(unit.id)
        self.new[unit.id] = unit
        self._add(unit)
        return unit.id

    def _add(self, unit: Bureau | LocalUnit) -> None:
        self._spelled[unit.id] = _plain(unit.name.zh)
        for spelling in (unit.name.zh, *unit.words):
            plain = _plain(spelling)
            for form in self._forms(plain):
                # A name as written outweighs what another name shortens to.
                if form == plain or form not in self._known:
                    self._known[form] = unit.id

    def _forms(self, name: str) -> Iterable[str]:
        yield name
        for city in self._city_names:
            if name.startswith(city) and len(name) > len(city) + 1:
                yield name[len(city) :]
            yield city + name


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
