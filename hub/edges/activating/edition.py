"""A rulebook ready to decide by, and the one that a process decides by now. It must never be half replaced."""

import asyncio
from collections.abc import Mapping

import msgspec

from hub.edges.rules import outlines_for
from hub.edges.store.activations import Activations
from hub.rulebook.book import Rulebook
from hub.rulebook.memo import lay_out
from hub.rulebook.read import RuleError, read_rulebook
from hub.settings import SettingsError
from hub.stages.locate import Atlas
from hub.vocabulary.activations import Activation, InForce


class UnreadableRulebook(SettingsError):
    """A stored rulebook that this version of the hub cannot read; `errors` holds every reason."""

    def __init__(self, version: str, errors: tuple[RuleError, ...]) -> None:
        first = str(errors[0]) if errors else "its text is not kept"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(
            f"the active rulebook {version} cannot be read by this version of the hub: {first}{more}; "
            "`hub rules activate` makes the city folder active"
        )
        self.errors = errors


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook with everything laid out that deciding by it needs."""

    book: Rulebook
    atlas: Atlas
    #: None: a rulebook that no database has, as in a test.
    activation: Activation | None = None

    @property
    def number(self) -> int:
        """Number of its activation; 0 without one."""
        return 0 if self.activation is None else self.activation.number

    @property
    def in_force(self) -> InForce | None:
        """What a decision by it says of itself."""
        if self.activation is None:
            return None
        return InForce(city=self.activation.city, number=self.number, version=self.book.version)


class RunningRules:
    """The edition that this process decides and answers by. Whoever takes it keeps it to the end of what they do."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._replaced = asyncio.Event()

    @property
    def edition(self) -> Edition:
        """The one that holds now."""
        return self._edition

    @property
    def book(self) -> Rulebook:
        """Its rulebook."""
        return self._edition.book

    def replace(self, edition: Edition) -> None:
        """Let another one hold, whole."""
        self._edition = edition
        self._replaced.set()
        self._replaced = asyncio.Event()

    async def other_than(self, edition: Edition) -> Edition:
        """The edition that holds, as soon as it is another one."""
        while self._edition is edition:
            await self._replaced.wait()
        return self._edition


def standing(book: Rulebook) -> RunningRules:
    """A rulebook that nobody replaces."""
    return RunningRules(Edition(book=book, atlas=Atlas(book.city)))


async def read_edition(activations: Activations, activation: Activation) -> Edition:
    """The edition of an activation, read and laid out in a thread: the loop goes on deciding by the one before.
    Raises UnreadableRulebook."""
    stored = await activations.texts(activation.version)
    if stored is None:
        raise UnreadableRulebook(activation.version, ())
    return await asyncio.to_thread(_edition_of, stored.files, activation)


def _edition_of(files: Mapping[str, str], activation: Activation) -> Edition:
    book = read_rulebook(files, outlines_for(files))
    if not isinstance(book, Rulebook):
        raise UnreadableRulebook(activation.version, book)
    # A version is the digest of the text; a hub that counts another way must not name decisions after its own.
    book = msgspec.structs.replace(book, version=activation.version)
    lay_out(book)
    return Edition(book=book, atlas=Atlas(book.city), activation=activation)
