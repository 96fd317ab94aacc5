"""Callers who come together are committed together, and share nothing else."""

import asyncio
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from hub.edges.embedded.postgres import prepare_postgres
from hub.edges.embedded.processes import end, spawn
from hub.edges.store.gathering import Bounds, GatheredLanding
from hub.edges.store.landing import LandingStore
from hub.edges.store.migrate import migrate
from hub.edges.store.patience import BROKEN
from hub.edges.store.pool import open_pool
from hub.ports import Overloaded
from hub.vocabulary.messages import RawMessage
from tests.builders import a_raw
from tests.running import wait_until

pytestmark = pytest.mark.services


def _messages(count: int) -> list[RawMessage]:
    return [a_raw(id=uuid.uuid4()) for _ in range(count)]


def _poison() -> RawMessage:
    """PostgreSQL takes no NUL in a text."""
    return a_raw(id=uuid.uuid4(), source="hot\0line")


@asynccontextmanager
async def _held_up(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """Nothing can be committed inside."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table raw_messages in exclusive mode")
        yield


async def _until_one_waits(pool: asyncpg.Pool) -> None:
    async def waits() -> bool:
        return bool(await pool.fetchval("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"))

    await wait_until(waits, within_seconds=10)


def _hand_in(landing: GatheredLanding, messages: Sequence[RawMessage]) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(landing.land([message])) for message in messages]


async def _landed(pool: asyncpg.Pool) -> set[uuid.UUID]:
    return {row["id"] for row in await pool.fetch("select id from raw_messages")}


async def test_who_comes_during_a_commit_shares_the_next_and_is_answered_after_it(pool: asyncpg.Pool) -> None:
    landing, messages = GatheredLanding(LandingStore(pool)), _messages(51)
    async with _held_up(pool):
        first = _hand_in(landing, messages[:1])
        await _until_one_waits(pool)
        others = _hand_in(landing, messages[1:])
        done, _ = await asyncio.wait([*first, *others], timeout=0.1)
        assert done == set()
    async with asyncio.timeout(30):
        await asyncio.gather(*first, *others)
    assert await _landed(pool) == {message.id for message in messages}
    assert await pool.fetchval("select count(distinct xmin::text) from raw_messages") == 2


async def test_a_transaction_takes_no_more_in_than_its_bounds(pool: asyncpg.Pool) -> None:
    landing = GatheredLanding(LandingStore(pool), Bounds(most_messages=10))
    async with _held_up(pool):
        first = _hand_in(landing, _messages(1))
        await _until_one_waits(pool)
        others = _hand_in(landing, _messages(30))
    async with asyncio.timeout(30):
        await asyncio.gather(*first, *others)
    assert await pool.fetchval("select count(distinct xmin::text) from raw_messages") == 4


async def test_what_cannot_be_stored_fails_alone(pool: asyncpg.Pool) -> None:
    landing, messages, poison = GatheredLanding(LandingStore(pool)), _messages(21), _poison()
    async with _held_up(pool):
        first = _hand_in(landing, messages[:1])
        await _until_one_waits(pool)
        others = _hand_in(landing, [*messages[1:8], poison, *messages[8:]])
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*first, *others, return_exceptions=True)
    failed = [answer for answer in answers if answer is not None]
    assert [type(error) for error in failed] == [asyncpg.CharacterNotInRepertoireError]
    assert answers[8] is failed[0]
    assert await _landed(pool) == {message.id for message in messages}


async def test_callers_who_go_away_take_nobody_along(pool: asyncpg.Pool) -> None:
    landing, messages = GatheredLanding(LandingStore(pool)), _messages(10)
    async with _held_up(pool):
        first = _hand_in(landing, messages[:1])
        await _until_one_waits(pool)
        others = _hand_in(landing, messages[1:])
        await asyncio.sleep(0)  # they have handed in
        gone = [first[0], *others[:3]]
        for caller in gone:
            caller.cancel()
        await asyncio.wait(gone)
    async with asyncio.timeout(30):
        await asyncio.gather(*others[3:])
    # The commit under way goes on; who waited and went away left nothing behind.
    assert await _landed(pool) == {message.id for message in (messages[0], *messages[4:])}


@pytest.mark.parametrize("bounds", [Bounds(most_callers_waiting=3), Bounds(most_bytes_waiting=2_000)])
async def test_more_than_may_wait_is_refused_and_nothing_of_it_kept(pool: asyncpg.Pool, bounds: Bounds) -> None:
    landing, messages = GatheredLanding(LandingStore(pool), bounds), _messages(20)
    async with _held_up(pool):
        first = _hand_in(landing, messages[:1])
        await _until_one_waits(pool)
        others = _hand_in(landing, messages[1:])
        await asyncio.wait(others[3:], timeout=10)
        assert [task.done() for task in others] == [False] * 3 + [True] * 16
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*first, *others, return_exceptions=True)
    assert [type(answer) for answer in answers[4:]] == [Overloaded] * 16
    assert await _landed(pool) == {message.id for message in messages[:4]}
    await landing.land(_messages(1))


async def test_a_broken_connection_fails_those_it_carried_and_the_next_go_on(pool: asyncpg.Pool) -> None:
    landing, messages = GatheredLanding(LandingStore(pool)), _messages(12)
    async with _held_up(pool):
        first = _hand_in(landing, messages[:1])
        await _until_one_waits(pool)
        others = _hand_in(landing, messages[1:])
        await pool.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and pid <> "
            "pg_backend_pid()"
        )
        answer = (await asyncio.gather(*first, return_exceptions=True))[0]
        assert isinstance(answer, BROKEN)
    async with asyncio.timeout(30):
        await asyncio.gather(*others)
    assert await _landed(pool) == {message.id for message in messages[1:]}


class _Server:
    """A PostgreSQL of the test's own, to be killed by it."""

    def __init__(self, folder: Path) -> None:
        self._node = prepare_postgres(folder)
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self._node.url

    async def start(self) -> None:
        async def answers() -> bool:
            # What is left of a killed one may stand in its way for a moment.
            if self._process is None or self._process.poll() is not None:
                command = [*self._node.command(), "-c", "fsync=off"]
                self._process = spawn(command, log=self._log, user=self._node.user, death_signal=signal.SIGINT)
            try:
                await (await asyncpg.connect(self.url, timeout=2)).close()
            except BROKEN:
                return False
            return True

        await wait_until(answers, within_seconds=60)

    def end(self, with_signal: signal.Signals) -> None:
        if self._process is not None:
            end(self._process, with_signal=with_signal)


async def test_nothing_acknowledged_is_lost_when_postgresql_is_killed(tmp_path: Path) -> None:
    server, failures = _Server(tmp_path), 0
    acknowledged: list[uuid.UUID] = []
    await server.start()
    pool = await open_pool(server.url, size=4)
    landing, over = GatheredLanding(LandingStore(pool)), asyncio.Event()

    async def source() -> None:
        nonlocal failures
        while not over.is_set():
            (message,) = _messages(1)
            for _ in range(2):  # a source sends again what was not acknowledged
                try:
                    await landing.land([message])
                except BROKEN:
                    failures += 1
                else:
                    acknowledged.append(message.id)
                    break

    try:
        await migrate(pool)
        sources = [asyncio.create_task(source()) for _ in range(20)]
        await wait_until(lambda: len(acknowledged) > 300, within_seconds=60)
        await asyncio.to_thread(server.end, signal.SIGKILL)
        await wait_until(lambda: failures > 0, within_seconds=60)
        await server.start()
        before = len(acknowledged)
        await wait_until(lambda: len(acknowledged) > before + 300, within_seconds=60)
        over.set()
        await asyncio.gather(*sources)
        assert set(acknowledged) <= await _landed(pool)
    finally:
        pool.terminate()
        server.end(signal.SIGQUIT)
