"""Brings every process to the active rulebook. It must never end because the database is away, nor drop what it has."""

import asyncio
from collections.abc import Callable

import structlog

from hub.edges.activating.edition import Edition, RunningRules, UnreadableRulebook, read_edition
from hub.edges.store.activations import Activations
from hub.edges.store.patience import BROKEN

_log = structlog.get_logger(__name__)

#: How often a process asks which rulebook is active. One look into an index; a bell of the database would be quicker
#: and could be missed.
LOOK_EVERY_SECONDS = 0.5


async def follow_rulebook(
    running: RunningRules, activations: Activations, city: str, *, replaced: Callable[[Edition], None] = lambda _: None
) -> None:
    """Replace the running edition whenever another rulebook is active, until cancelled. What cannot be read is said
    once, and the edition stays. `replaced` is called with the edition that runs, at first and after each change,
    whoever made it."""
    unreadable: int | None = None
    told: Edition | None = None
    while True:
        try:
            active = await activations.active(city)
            if active is not None and active != running.edition.activation and active.number != unreadable:
                try:
                    await bring_to(running, activations, city)
                except UnreadableRulebook as error:
                    unreadable = active.number
                    _log.error("the active rulebook cannot be read; the one before stays", error=str(error))
        except BROKEN as error:
            _log.debug("which rulebook is active cannot be asked", error=repr(error))
        if running.edition is not told:
            told = running.edition
            replaced(told)
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def bring_to(running: RunningRules, activations: Activations, city: str) -> None:
    """Read what is active now and let it hold. Raises UnreadableRulebook."""
    active = await activations.active(city)
    before = running.edition
    if active is None or active == before.activation:
        return
    edition = await read_edition(activations, active)
    # Two may have read at once; a later activation is never replaced by an earlier one of the same history.
    if running.edition is before or running.edition.number < edition.number:
        running.replace(edition)
        _log.info("the rulebook was replaced", rulebook=edition.book.version, number=edition.number, who=active.who)
