"""Every way in which a worker is known to stand still is provoked: it is noticed, told, cured, and nothing is lost."""

import asyncio
import os
import re
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import msgspec
import pytest

from agents.watchdog import Patience
from hub.edges.clock import utc_now
from hub.edges.embedded.supervisor import Part, Supervisor
from hub.edges.kafka_access import KafkaAccess
from hub.edges.metrics import Metrics
from hub.edges.outbox.canaries import CanaryPaces
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.relay import RawRoad, run_relay
from hub.edges.store.landing import LandingStore
from hub.vocabulary.messages import RawMessage
from tests.agents.sabotage import FAULTS
from tests.brokers import RunningBroker, absent, chosen_kinds
from tests.builders import a_raw
from tests.running import wait_until, without_settings

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

_QUICK = CanaryPaces(look_seconds=0.2, every_seconds=0.5, patience_seconds=3.0, first_patience_seconds=60.0)
_EACH = 40
#: Apache Kafka gives up no member earlier.
_SESSION_SECONDS = {"embedded": "2", "kafka": "6"}
#: What `make test` provokes; `make chaos` provokes the others too.
_SHORT = ("_pool_is_taken", "_loop_is_blocked", "_fetcher_ended", "_process_is_stopped")
#: Each fault once: these on Apache Kafka where there is one, the others on the embedded broker.
_ON_KAFKA = ("_fetcher_ended", "_partition_is_forgotten", "_interpreter_is_blocked", "_process_is_stopped")


class Watched:
    """A worker under a supervisor, with canaries on its road."""

    def __init__(self, pool: asyncpg.Pool, folder: Path) -> None:
        self.pool = pool
        self.folder = folder
        self.said: list[str] = []
        self.supervisor = Supervisor(folder, self.said.append)

    def logs(self) -> str:
        """What was said, by the supervisor and by the worker."""
        return "\n".join([*self.said, self.worker_log()[-6000:]])

    def worker_log(self) -> str:
        """All that the worker said."""
        log = self.folder / "worker.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def spoil(self, fault: str) -> int:
        """Let the worker do a thing to itself; returns its process id."""
        (self.folder / "fault").write_text(fault, "utf-8")
        pid = self.supervisor.pid("worker")
        assert pid is not None, self.logs()
        os.kill(pid, signal.SIGUSR1)
        return pid

    async def until(self, true: Callable[[], object], within_seconds: float = 120.0) -> None:
        """Wait for something, and tell the logs when it does not come."""
        await wait_until(true, within_seconds=within_seconds, saying=self.logs)

    async def send(self, first: int, count: int) -> None:
        """Land messages, as the door does; the relay brings them."""
        await LandingStore(self.pool).land([_call(number) for number in range(first, first + count)])

    async def all_pass(self) -> bool:
        """Whether the last canary of every partition was passed."""
        return bool(await self.pool.fetchval("select count(*) = 32 and bool_and(passed_at is not null) from canaries"))

    async def stalls(self) -> int:
        """Stalls counted so far."""
        return int(await self.pool.fetchval("select coalesce(sum(stalls), 0) from canaries"))


@pytest.fixture
async def watched(
    pool: asyncpg.Pool, postgres_url: str, broker_kind: str, broker: str, tmp_path: Path
) -> AsyncIterator[Watched]:
    watched = Watched(pool, tmp_path)
    environ = {
        **without_settings(),
        "HUB_DATABASE_URL": postgres_url,
        "HUB_KAFKA_URL": broker,
        "HUB_SESSION_TIMEOUT_SECONDS": _SESSION_SECONDS[broker_kind],
        "SABOTAGE": str(tmp_path / "fault"),
    }
    cluster = Cluster(KafkaAccess(broker), partitions=4, replication=1)
    stop = asyncio.Event()
    relay = asyncio.create_task(
        run_relay(
            RawRoad(_QUICK), database_url=postgres_url, kafka=KafkaAccess(broker), cluster=cluster, metrics=Metrics()
        )
    )
    watched.supervisor.start(
        Part(
            name="worker",
            command=lambda: (sys.executable, "-m", "tests.agents.sabotage"),
            environ=environ,
            beats_within_seconds=8.0,
        )
    )
    watch = asyncio.create_task(watched.supervisor.watch(stop))
    yield watched
    stop.set()
    relay.cancel()
    await asyncio.wait({watch, relay})
    await asyncio.to_thread(watched.supervisor.stop)
    await cluster.close()


@pytest.mark.parametrize("short", [True, pytest.param(False, marks=pytest.mark.long)], ids=["short", "others"])
async def test_each_stall_is_noticed_told_and_cured(watched: Watched, broker_kind: str, short: bool) -> None:
    both = len(chosen_kinds()) > 1 and not absent("kafka")
    faults = [
        fault
        for fault in FAULTS
        if (fault in _SHORT) == short and (not both or (fault in _ON_KAFKA) == (broker_kind == "kafka"))
    ]
    sent = _EACH
    await watched.until(watched.all_pass)
    watched.spoil("agent_was_cancelled")  # the one that needs nobody
    await watched.send(0, _EACH)
    await watched.until(lambda: _settled(watched.pool, sent))
    for fault in faults:
        await watched.until(watched.all_pass)
        pid, stalls = watched.spoil(fault), await watched.stalls()
        await watched.send(sent, _EACH)
        sent += _EACH
        await _cured(watched, pid, stalls, sent)
    assert await watched.pool.fetchval("select count(*) from reports") == sent
    assert await watched.pool.fetchval("select received from feed_counts") == sent
    assert await watched.pool.fetchval("select count(*) from raw_messages") == sent
    assert await watched.pool.fetchval("select count(*) from rejects") == 0
    log = watched.worker_log()
    for trace in {"_loop_is_blocked", "_interpreter_is_blocked"} & set(faults):
        assert re.search(rf'File ".*sabotage.py", line \d+ in {trace}', log), "the log says where it hung"


async def _cured(watched: Watched, pid: int, stalls: int, settled: int) -> None:
    async def told() -> bool:
        return await watched.stalls() > stalls

    async def done() -> bool:
        return await _settled(watched.pool, settled)

    await watched.until(told)
    await watched.until(lambda: watched.supervisor.pid("worker") not in (pid, None))
    await watched.until(done)


@pytest.mark.one_broker
async def test_a_database_that_hangs_is_no_stall(watched: Watched, postgres_url: str) -> None:
    await watched.until(watched.all_pass)
    pid = watched.supervisor.pid("worker")
    await watched.send(0, _EACH)
    holding = await asyncpg.connect(postgres_url)
    try:
        async with holding.transaction():
            await holding.execute("lock table positions in access exclusive mode")
            # Its question goes unanswered for longer than it has patience.
            await watched.until(lambda: "the watchdog waits for the database" in watched.worker_log())
    finally:
        await holding.close()
    await watched.until(lambda: _settled(watched.pool, _EACH))
    assert watched.supervisor.pid("worker") == pid, watched.logs()


async def test_a_broker_that_hangs_is_no_stall(watched: Watched, broker: str, hands_on: RunningBroker) -> None:
    await watched.until(watched.all_pass)
    pid = watched.supervisor.pid("worker")
    probe = Cluster(KafkaAccess(broker), partitions=4, replication=1)
    hands_on.hang()
    try:
        for _ in range(2):  # three seconds each
            assert await probe.id() is None
        assert watched.supervisor.pid("worker") == pid, watched.logs()
    finally:
        hands_on.go_on()
    await watched.send(0, _EACH)
    await watched.until(lambda: _settled(watched.pool, _EACH))
    assert await watched.pool.fetchval("select count(*) from reports") == _EACH


async def _settled(pool: asyncpg.Pool, count: int) -> bool:
    return bool(await pool.fetchval("select count(*) >= $1 from raw_messages where settled_at is not null", count))


def _call(number: int) -> RawMessage:
    order = {"order_id": f"n{number}", "title": f"路灯不亮 {number}", "content": "路灯不亮"}
    return a_raw(body=msgspec.json.encode(order), id=uuid.uuid4(), received_at=utc_now())


def test_the_paces_add_up_to_fifteen_seconds() -> None:
    """A stall begins right after a canary. Then: the next is sent, noted, waits out the patience, is looked at."""
    paces, patience = CanaryPaces(), Patience.with_session(6.0)
    assert paces.every_seconds + 3 * paces.look_seconds + max(paces.patience_seconds, patience.own) <= 15
