"""Where a hub stands with its rulebooks: what is active, who decides by it, what the folder says. It must never change
any of it."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import asyncpg
import msgspec

from hub.edges.activating.starting import folder_state
from hub.edges.clock import utc_now
from hub.edges.store.activations import Activations
from hub.edges.store.presence import present
from hub.settings import Settings


class RulebookStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The active rulebook, beside the folder on disk and the workers."""

    #: None: none is active yet.
    active: str | None
    #: The city folder on this machine's disk is there, and another than what is active.
    folder_differs: bool
    #: How many workers that take messages decide by each version.
    workers: Mapping[str, int]


async def rulebook_standing(pool: asyncpg.Pool, settings: Settings) -> RulebookStanding:
    """Ask the database and look at the folder."""
    active = await Activations(pool).active(settings.city)
    workers = Counter(worker.rulebook_version for worker in await present(pool, utc_now()))
    if active is None:
        return RulebookStanding(active=None, folder_differs=False, workers=workers)
    folder = await asyncio.to_thread(folder_state, settings.city_dir(), active.version)
    return RulebookStanding(active=active.version, folder_differs=folder.differs, workers=workers)
