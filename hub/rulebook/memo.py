"""Remembers what a room built from a rulebook, so that it is built once. It must never change what is built."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from hub.rulebook.book import Rulebook

T = TypeVar("T")

#: A worker holds one rulebook, and two for the moment of a reload; tests hold more.
_KEPT = 4
#: What every room builds, for `lay_out`.
_ROOMS: list["PerRulebook[Any]"] = []


class PerRulebook(Generic[T]):
    """Calls `build` the first time a rulebook is seen; told apart by identity, since a rulebook is replaced whole."""

    def __init__(self, build: Callable[[Rulebook], T]) -> None:
        self._build = build
        self._built: tuple[tuple[Rulebook, T], ...] = ()

    def __call__(self, book: Rulebook) -> T:
        for known, built in self._built:
            if known is book:
                return built
        built = self._build(book)
        # A new tuple in one assignment: another thread sees the old one or the new one, never half of it.
        self._built = ((book, built), *self._built[: _KEPT - 1])
        return built


def of_room(build: Callable[[Rulebook], T]) -> PerRulebook[T]:
    """What a room builds once a rulebook, and `lay_out` before the first report."""
    room = PerRulebook(build)
    _ROOMS.append(room)
    return room


def lay_out(book: Rulebook) -> None:
    """Build in every room what deciding by a rulebook needs, so that the first report by it does not wait."""
    for room in _ROOMS:
        room(book)
