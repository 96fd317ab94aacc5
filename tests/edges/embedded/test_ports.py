"""Ports of servers are of those that the system does not lend to outgoing connections, and never given out twice."""

from pathlib import Path

from hub.edges.embedded.broker import free_port


def test_a_port_is_none_that_a_connection_may_be_lent() -> None:
    lent_from = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    ports = [free_port(besides=(20_000,)) for _ in range(300)]
    assert len(set(ports)) == 300
    assert 20_000 not in ports
    assert all(1024 < port < max(lent_from, 32_768) for port in ports)
