"""Texts of a city folder made ready to look at: outlines and rulebooks, the last few kept. It must never make one live.

Reading a folder takes a tenth of a second: it is done in a thread, one at a time, so that others are served meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from hub.edges.authoring.outlining import Outline
from hub.edges.authoring.testing import CASES, case_texts
from hub.edges.rules import city_texts, outlines_for
from hub.edges.store.reading import Reading
from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook, version_of
from hub.rulebook.yaml_nodes import RuleError
from hub.settings import SettingsError
from hub.stages.locate import Atlas

T = TypeVar("T")
Texts = Mapping[str, str]

#: Folders kept: the active one, and the drafts that a few authors work on.
_KEPT = 4


class ReadBook(NamedTuple):
    """A rulebook and its geography."""

    book: Rulebook
    atlas: Atlas


class Unreadable(NamedTuple):
    """Why some texts are no rulebook: every error."""

    errors: tuple[RuleError, ...]


class Workshop:
    """What rule authors look at, by what it was made from."""

    def __init__(self, reading: Reading, folder: Path) -> None:
        self._reading = reading
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()
        self._outlines: dict[str, Outline] = {}
        self._books: dict[str, ReadBook | Unreadable] = {}
        self._active: tuple[str, dict[str, str]] = ("", {})

    async def active_texts(self, version: str) -> dict[str, str] | None:
        """The texts of the rulebook that decides now; None when nothing keeps them."""
        if self._active[0] != version:
            texts = await self._reading.rulebook(version) or await asyncio.to_thread(_of_folder, self._folder, version)
            if texts is None:
                return None
            self._active = (version, texts)
        return self._active[1]

    async def cases(self) -> dict[str, str]:
        """The cases beside the rules."""
        return (await asyncio.to_thread(case_texts, self._folder))[0]

    async def outline(self, texts: Texts) -> Outline:
        """The rules of some texts."""
        return await self._made(self._outlines, texts, lambda: Outline(texts))

    async def book(self, texts: Texts) -> ReadBook | Unreadable:
        """The rulebook of some texts and its geography, or every error in them."""
        rules = rules_of(texts)
        return await self._made(self._books, rules, lambda: _read(rules))

    async def run(self, work: Callable[[], T]) -> T:
        """Some other work on texts, in its turn."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(work)

    async def _made(self, kept: dict[str, T], texts: Texts, make: Callable[[], T]) -> T:
        digest = version_of(texts)
        made = kept.pop(digest, None)
        if made is None:
            made = await self.run(make)
        kept[digest] = made
        for oldest in list(kept)[:-_KEPT]:
            del kept[oldest]
        return made


def rules_of(texts: Texts) -> dict[str, str]:
    """What of a folder decides, and has a version: all but its cases."""
    return {file: text for file, text in texts.items() if not file.startswith(f"{CASES}/")}


def cases_in(texts: Texts) -> dict[str, str]:
    """What of a folder decides nothing, and says what has to come of it."""
    return {file: text for file, text in texts.items() if file.startswith(f"{CASES}/")}


def _of_folder(folder: Path, version: str) -> dict[str, str] | None:
    """The texts of the folder that the hub was started with, while it is still as it was."""
    try:
        texts = city_texts(folder)
    except SettingsError:
        return None
    return texts if version_of(texts) == version else None


def _read(texts: Texts) -> ReadBook | Unreadable:
    book = read_rulebook(texts, outlines_for(texts))
    return ReadBook(book, Atlas(book.city)) if isinstance(book, Rulebook) else Unreadable(book)
