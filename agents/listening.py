"""Listens for feeds that fall silent, and forgets what no pattern looks back to. It must never judge a feed itself."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import asyncpg
import structlog

from hub.edges.activating.edition import Edition, RunningRules
from hub.edges.store.listening import ListeningStore
from hub.edges.store.patience import BROKEN
from hub.edges.store.perceived import forget_perceived
from hub.pipeline import silent
from hub.ports import RulebookReplaced
from hub.rulebook.patterns import PatternKind
from hub.stages.perceive import Heard
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.terms import Feed

_log = structlog.get_logger(__name__)
#: A silence is told in minutes; asking more often would tell nothing sooner.
LISTEN_EVERY_SECONDS = 5.0
_FORGET_EVERY = timedelta(minutes=10)


async def tell_silences(store: ListeningStore, edition: Edition, since: datetime, now: datetime) -> int:
    """Tell of every feed that fell silent by `now` or speaks again, each once. Returns how many incidents changed."""
    patterns = [pattern for pattern in edition.book.patterns if pattern.kind is PatternKind.SILENCE]
    if not patterns:
        return 0

    def decide_now(last: Mapping[Feed, datetime], nearby: Nearby) -> Decision:
        return silent(Heard(last=last, since=since), nearby, edition.book, now)

    return await store.settle_silences(patterns, decide_now, now, edition.in_force)


async def run_listening(pool: asyncpg.Pool, rules: RunningRules, clock: Callable[[], datetime]) -> None:
    """Listen until cancelled, through any outage of the store."""
    store, since = ListeningStore(pool), clock()
    forgot_at = since
    while True:
        now = clock()
        try:
            if told := await tell_silences(store, rules.edition, since, now):
                _log.info("feeds fell silent or speak again", count=told)
            if now - forgot_at > _FORGET_EVERY:
                await forget_perceived(pool, now)
                forgot_at = now
        except RulebookReplaced:
            pass  # the rulebook that holds is being read
        except BROKEN as error:
            _log.warning("the store is away; feeds are listened to when it is back", error=repr(error))
        await asyncio.sleep(LISTEN_EVERY_SECONDS)
