"""Rulebooks are replaced while messages flow and workers die: nothing is lost or doubled, each decision names one of
them, and none is made by what was replaced longer ago than the grace."""

import signal
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

import asyncpg
import msgspec
import pytest

from hub.edges.activating.admitting import Hand, admit_texts
from hub.edges.clock import utc_now
from hub.edges.rules import RulebookError, city_texts, load_city
from hub.edges.store.activations import GRACE_SECONDS, Activations
from hub.settings import Settings
from hub.vocabulary.activations import Activation, How
from tests.agents.conftest import StartWorker
from tests.chaos.numbered import numbered
from tests.running import wait_until

Send = Callable[[Sequence[object]], Awaitable[None]]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

CITY = "yuncheng"
_COUNT, _HAPPENINGS, _ROUNDS = 3_000, 300, 3


async def test_rulebooks_are_replaced_under_flow(pool: asyncpg.Pool, send: Send, start_worker: StartWorker) -> None:
    sent = numbered(load_city(Settings().city_dir()).city, _COUNT, happenings=_HAPPENINGS, seed=7)
    parts = [sent.bodies[n :: _ROUNDS + 1] for n in range(_ROUNDS + 1)]
    activations = Activations(pool)
    workers = [start_worker() for _ in range(3)]
    await send([msgspec.Raw(body) for body in parts[0]])
    await _decided(pool, 50)
    first = await activations.active(CITY)
    assert first is not None
    with pytest.raises(RulebookError):
        await _activate(activations, {**_texts(0), "severity.yaml": "severity: none\n"})
    history = [first]
    for number in range(_ROUNDS):
        await send([msgspec.Raw(body) for body in parts[number + 1]])
        if number == 1:
            workers[1].send_signal(signal.SIGSTOP)  # it wakes up with a rulebook that was
        history.append(await _activate(activations, _texts(number + 1)))
        if number == 0:
            workers[0].kill()
        await _decides(pool, history[-1].version)
    await _grace_is_over(pool)
    workers[1].send_signal(signal.SIGCONT)
    await _all_taken(pool, len(sent.bodies))
    await _nothing_lost_or_doubled(pool, sent.reports, sent.happenings)
    await _named_and_in_time(pool, history)


def _texts(number: int) -> dict[str, str]:
    texts = city_texts(Settings().city_dir())
    # The same rules in another text: another version, whose decisions can be counted like the others.
    return {**texts, "fusion.yaml": f"{texts['fusion.yaml']}\n# edition {number}\n"}


async def _activate(activations: Activations, texts: dict[str, str]) -> Activation:
    hand = Hand(who="a test", why="under flow", how=How.DRAFT)
    activation, news = await admit_texts(activations, CITY, texts, hand, utc_now().date())
    assert news
    return activation


async def _decided(pool: asyncpg.Pool, count: int) -> None:
    async def reached() -> bool:
        return bool(await pool.fetchval("select count(*) >= $1 from reports", count))

    await wait_until(reached, within_seconds=90)


async def _decides(pool: asyncpg.Pool, version: str) -> None:
    """Some worker decides by it, or has at least read it and nothing is left to decide."""

    async def decided() -> bool:
        return bool(
            await pool.fetchval(
                "select exists (select from reports where rulebook_version = $1) or exists (select from workers "
                "where rulebook_version = $1 and seen_at > clock_timestamp() - interval '2 seconds')",
                version,
            )
        )

    await wait_until(decided, within_seconds=90)


async def _grace_is_over(pool: asyncpg.Pool) -> None:
    async def over() -> bool:
        return bool(
            await pool.fetchval(
                "select max(at) + make_interval(secs => $1) < clock_timestamp() from activations", GRACE_SECONDS
            )
        )

    await wait_until(over, within_seconds=60)


async def _all_taken(pool: asyncpg.Pool, count: int) -> None:
    async def reached() -> bool:
        return bool(await pool.fetchval("select coalesce(sum(next_offset), 0) >= $1 from positions", count))

    await wait_until(reached, within_seconds=120)


async def _nothing_lost_or_doubled(pool: asyncpg.Pool, reports: set[str], happenings: int) -> None:
    assert {row["source_id"] for row in await pool.fetch("select source_id from reports")} == reports
    assert await pool.fetchval("select count(*) from incidents") == happenings
    assert await pool.fetchval("select sum(report_count) from incidents") == len(reports)
    assert await pool.fetchval("select count(*) from tasks where role = 'lead'") == happenings


async def _named_and_in_time(pool: asyncpg.Pool, history: Sequence[Activation]) -> None:
    """By the decisions as they are stored: each names a version that was active, none a minute too late."""
    rows = await pool.fetch("select rulebook_version, min(at), max(at) from timeline group by 1")
    decided = {row["rulebook_version"]: row["max"] for row in rows}
    assert decided.keys() <= {activation.version for activation in history}
    named = {row["rulebook_version"] for row in await pool.fetch("select distinct rulebook_version from reports")}
    assert named <= {activation.version for activation in history}
    for activation, following in pairwise(history):
        if activation.version in decided:
            late = (decided[activation.version] - following.at).total_seconds()
            assert late <= GRACE_SECONDS, f"{activation.version} decided {late:.1f} s after it was replaced"
