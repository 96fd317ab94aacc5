"""The brokers that the tests run on: the embedded one and Apache Kafka, each as a process with a hand on it."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from hub.edges.embedded.broker import EmbeddedBroker, free_port
from hub.edges.embedded.java import find_java
from hub.edges.embedded.kafka import KafkaNode, kafka_jars, prepare_kafka
from hub.edges.embedded.processes import end, spawn
from hub.edges.kafka_access import KafkaAccess

#: Not HUB_…: those are settings, and an unknown one stops the hub.
CHOICE = "TONGGUAN_TEST_BROKER"
KINDS = ("embedded", "kafka")


def chosen_kinds() -> Sequence[str]:
    """The kinds that `TONGGUAN_TEST_BROKER` names: one of them, or both."""
    choice = os.environ.get(CHOICE, "both")
    if choice not in (*KINDS, "both"):
        raise pytest.UsageError(f"{CHOICE}: {', '.join(KINDS)} or both, not {choice}")
    return KINDS if choice == "both" else (choice,)


def absent(kind: str) -> str:
    """Why this kind cannot run here; empty when it can."""
    if kind == "embedded":
        return ""
    if kafka_jars() is None:
        return "no Apache Kafka; `make kafka` fetches it"
    return "" if find_java() else "no Java 17"


class RunningBroker:
    """A broker that can be killed and started again on its port. Kafka keeps what it had, the embedded one nothing."""

    def __init__(self, kind: str, folder: Path, *, road_port: int = 0, node: KafkaNode | None = None) -> None:
        """`road_port`: where clients are sent to, when a road leads here. `node`: one that was prepared already."""
        self.kind = kind
        self._log = folder / "broker.log"
        self._node: EmbeddedBroker | KafkaNode = node or _node(kind, folder, road_port)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Bootstrap server."""
        return self._node.url

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._node.port

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Its present process."""
        assert self._process is not None
        return self._process

    def start(self) -> "RunningBroker":
        """Start it; it answers a little later."""
        self._process = spawn(self._node.command(), log=self._log)
        return self

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        end(self._process, with_signal=signal.SIGKILL)

    def hang(self) -> None:
        """It answers nobody, until `go_on`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It answers again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it as the supervisor does."""
        if self._process is not None:
            end(self._process)


def _node(kind: str, folder: Path, road_port: int) -> EmbeddedBroker | KafkaNode:
    if kind == "embedded":
        return EmbeddedBroker(port=free_port(), advertised_port=road_port)
    options = {"advertised.listeners": f"HUB://127.0.0.1:{road_port}"} if road_port else {}
    return prepare_kafka(folder, options=options)


async def until_it_answers(kafka: KafkaAccess, *, within_seconds: float = 120.0) -> AIOKafkaAdminClient:
    """An admin client, as soon as the broker lists its topics."""
    async with asyncio.timeout(within_seconds):
        while True:
            admin = AIOKafkaAdminClient(**kafka.options())
            try:
                await admin.start()
                await admin.list_topics()
            except Exception:
                await admin.close()
                await asyncio.sleep(0.05)
            else:
                return admin


async def empty(url: str) -> None:
    """Take the topics of the test before away, as soon as the last member of its group has left or is given up."""
    admin = await until_it_answers(KafkaAccess(url))
    try:
        async with asyncio.timeout(90):
            for group, *_ in await admin.list_consumer_groups():
                while not await _is_empty(admin, group):  # noqa: ASYNC110 - the broker's state, without an event
                    await asyncio.sleep(0.1)
            # Topics of the broker's own cannot be deleted.
            while topics := [name for name in await admin.list_topics() if not name.startswith("__")]:
                await admin.delete_topics(topics)
    finally:
        await admin.close()


async def _is_empty(admin: AIOKafkaAdminClient, group: str) -> bool:
    answers = await admin.describe_consumer_groups([group])
    states = [state for answer in answers for _, _, state, *_ in answer.groups]
    return all(state in ("Empty", "Dead") for state in states)
