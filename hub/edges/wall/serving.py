"""Runs the live side of a hub: board, feeder and sockets put together. It must never decide anything itself."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg

from hub.edges.activating.edition import RunningRules
from hub.edges.clock import utc_now
from hub.edges.kafka_access import kafka_access
from hub.edges.keys import KeyRing, Role, key_in, read_key_file
from hub.edges.metrics import TEXT_TYPE, Metrics
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.topics import CHANGES
from hub.edges.wall.board import Board
from hub.edges.wall.gate import Gate, MayEnter
from hub.edges.wall.push import Limits, LiveServer
from hub.edges.wall.reconcile import BoardFeeder
from hub.settings import Settings, is_loopback


async def serve_live(settings: Settings, rules: RunningRules, pool: asyncpg.Pool, metrics: Metrics) -> None:
    """Serve the wall's sockets until cancelled."""
    # A new epoch each start: numbers of another life of this server mean nothing.
    board = Board(epoch=secrets.token_hex(8), zone=ZoneInfo(rules.book.city.timezone))
    server = LiveServer(
        board,
        gate=gate_of(settings),
        clock=utc_now,
        metrics=metrics,
        limits=Limits(max_screens=settings.live_max_screens),
        pages={
            "/healthz": lambda: ("application/json", '{"status":"ok"}'),
            "/metrics": lambda: (TEXT_TYPE, metrics.text().decode()),
        },
    )
    kafka = kafka_access(settings)
    feeder = BoardFeeder(
        board,
        pool=pool,
        kafka=kafka,
        cluster=Cluster(kafka, partitions=settings.partitions, replication=settings.replication, topics=(CHANGES,)),
        rules=rules,
        poke=server.poke,
        clock=utc_now,
        metrics=metrics,
    )
    async with server.listening(settings.live_host, settings.live_port):
        await feeder.run()


def gate_of(settings: Settings) -> Gate:
    """The rules of the door that the settings ask for."""
    keys = read_key_file(Path(settings.api_keys_file)) if settings.api_keys_file else KeyRing()
    proxy = urlsplit(settings.live_url).hostname
    return Gate(
        may_enter=holders_of(keys),
        on_loopback=is_loopback(settings.live_host),
        origins=frozenset(settings.live_origins.split()),
        hosts=frozenset({proxy} if proxy else ()),
    )


def holders_of(keys: KeyRing) -> MayEnter:
    """Lets in whoever holds a key that may read; everybody when there are no keys."""

    def may_enter(headers: Mapping[str, str], subprotocols: Sequence[str]) -> bool:
        caller = keys.check_key(key_in(headers, subprotocols))
        return caller is not None and caller.may(Role.READ)

    return may_enter
