"""Every second, what has fallen due: deadlines, steps of supervision, mutes that are over. It must never tell of
anything twice. Time comes from outside, so that a test can turn the clock."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from hub.edges.activating.edition import Edition, RunningRules
from hub.edges.metrics import Metrics
from hub.edges.store.clocks import ClockStore
from hub.edges.store.patience import BROKEN
from hub.edges.store.settling import SettlingStore
from hub.pipeline import overdue, unmute
from hub.ports import RulebookReplaced
from hub.supervising import Supervised, Watched, supervise
from hub.vocabulary.incidents import Deadline, Decision, Incident

_log = structlog.get_logger(__name__)
_LIMIT = 500


async def tell_due(store: SettlingStore, edition: Edition, now: datetime) -> int:
    """Tell of every deadline that fell due by `now`, each once. Returns how many."""

    def decide_now(due: Sequence[tuple[Deadline, Incident]]) -> Decision:
        return overdue(due, edition.book, now)

    told = 0
    while True:
        count = await store.settle_due(decide_now, now, limit=_LIMIT, in_force=edition.in_force)
        told += count
        if count < _LIMIT:
            return told


async def end_mutes(store: ClockStore, edition: Edition, now: datetime, metrics: Metrics) -> int:
    """Dispatch what no mute of the rulebook holds back any more, each once. Returns how many incidents."""

    def decide_now(muted: Sequence[Incident]) -> Decision:
        return unmute(muted, edition.book, now)

    sent = 0
    while True:
        count, decision = await store.settle_muted(
            decide_now, now, edition.book.version, limit=_LIMIT, in_force=edition.in_force
        )
        metrics.count_mutes(decision)
        metrics.count_conditions(decision)
        sent += sum(incident.mute is None for incident in decision.incidents)
        if count < _LIMIT:
            return sent


async def raise_steps(store: ClockStore, edition: Edition, now: datetime, metrics: Metrics) -> int:
    """Raise every step of supervision that fell due by `now`, each once and in the order of their moments."""

    def decide_now(watched: Sequence[Watched], until: datetime) -> Supervised:
        return supervise(watched, edition.book, now, until)

    raised = 0
    while True:
        count, decision = await store.settle_steps(decide_now, now, limit=_LIMIT, in_force=edition.in_force)
        metrics.count_supervision(decision)
        raised += len(decision.timeline)
        if not count:
            return raised


async def run_clockwork(
    store: SettlingStore, clocks: ClockStore, rules: RunningRules, clock: Callable[[], datetime], metrics: Metrics
) -> None:
    """Tell once a second until cancelled, through any outage of the store."""
    while True:
        try:
            if sent := await end_mutes(clocks, rules.edition, clock(), metrics):
                _log.info("mutes are over; their incidents are dispatched", count=sent)
            if told := await tell_due(store, rules.edition, clock()):
                _log.info("deadlines fell due", count=told)
            if raised := await raise_steps(clocks, rules.edition, clock(), metrics):
                _log.info("supervision raised", count=raised)
        except RulebookReplaced:
            pass  # the rulebook that holds is being read; what fell due waits a second for it
        except BROKEN as error:
            _log.warning("the store is away; clocks are read when it is back", error=repr(error))
        await asyncio.sleep(1.0)
