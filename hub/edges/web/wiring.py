"""What the endpoints work with, put together once. It must never be reached through a global."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
from litestar.di import NamedDependency

from hub.edges.activating.edition import RunningRules
from hub.edges.authoring.stored import Versions
from hub.edges.authoring.workshop import Workshop
from hub.edges.keys import KeyRing, read_key_file
from hub.edges.metrics import Metrics
from hub.edges.store.activations import Activations
from hub.edges.store.authoring import AuthoringReads
from hub.edges.store.drafting import Drafts
from hub.edges.store.progressing import Progressing
from hub.edges.store.reading import Reading
from hub.ports import RawStore
from hub.rulebook.book import Rulebook
from hub.settings import Settings


class Wiring:
    """The parts behind the web server."""

    def __init__(
        self,
        settings: Settings,
        rules: RunningRules,
        pool: asyncpg.Pool,
        landing: RawStore,
        metrics: Metrics,
        poke: Callable[[], None],
    ) -> None:
        self.settings = settings
        #: Replaced whole when another rulebook is active.
        self.rules = rules
        self.pool = pool
        self.reading = Reading(pool)
        self.versions = Versions(self.reading)
        self.activations = Activations(pool)
        #: Held while a backtest runs: it takes two processors.
        self.backtesting = asyncio.Lock()
        self.progressing = Progressing(pool)
        self.authoring = AuthoringReads(pool)
        self.drafts = Drafts(pool)
        self.workshop = Workshop(self.reading, settings.city_dir())
        self.landing = landing
        self.metrics = metrics
        #: Wakes the relay after a commit.
        self.poke = poke
        #: Raises KeyFileError at start, so that a wrong file never opens the door.
        self.keys = read_key_file(Path(settings.api_keys_file)) if settings.api_keys_file else KeyRing()

    @property
    def book(self) -> Rulebook:
        """The rulebook that this server answers by now; whoever asks twice may get two."""
        return self.rules.book


#: How an endpoint asks for it.
Wired = NamedDependency[Wiring]
