"""`/healthz`, `/readyz`, `/metrics`. It must never call the hub ready when a message could not be kept."""

import asyncio
from contextlib import suppress

from litestar import Response, get

from hub.edges.activating.standing import rulebook_standing
from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.metrics import TEXT_TYPE
from hub.edges.outbox.topics import feed_of
from hub.edges.store.canaries import canaries, waiting
from hub.edges.store.patience import BROKEN
from hub.edges.web.answers import State
from hub.edges.web.guard import ROLE
from hub.edges.web.problems import documented, problem
from hub.edges.web.rulebook_answers import Readiness, RulebookReadiness
from hub.edges.web.wiring import Wired

#: What a scrape may wait for the database.
_WITHIN_SECONDS = 2.0


@get("/healthz", tags=["health"], responses=documented("wrong-host"), summary="Whether the process is up")
async def read_health() -> State:
    """Up as long as it answers; look at `/readyz` for the database."""
    return State(status="up")


@get(
    "/readyz", tags=["health"], responses=documented("not-ready", "wrong-host"), summary="Whether messages can be kept"
)
async def read_readiness(wiring: Wired) -> Readiness:
    """Ready when the database answers and has seen every migration. Which rulebook is active is told along: a server
    that still answers by the one before, or a folder on disk that is another, makes nothing less ready."""
    try:
        missing = await wiring.reading.missing_migrations()
        standing = None if missing else await rulebook_standing(wiring.pool, wiring.settings)
    except BROKEN:
        raise problem("not-ready", "The database does not answer.", headers={"retry-after": "2"}) from None
    if standing is None:
        raise problem("not-ready", f"{len(missing)} migrations are missing; run `hub migrate`.")
    told = RulebookReadiness(active=standing.active, here=wiring.book.version, folder_differs=standing.folder_differs)
    return Readiness(status="ready", rulebook=told)


@get(
    "/metrics",
    opt={ROLE: Role.READ},
    tags=["health"],
    media_type="text/plain",
    responses=documented("bad-parameter", "key-missing", "key-not-allowed", "wrong-host"),
    summary="Metrics of this process for Prometheus",
)
async def read_metrics(wiring: Wired) -> Response[str]:
    """The text format of Prometheus."""
    with suppress(*BROKEN):  # what only the database knows is as it was when it answered last
        async with asyncio.timeout(_WITHIN_SECONDS):
            await _ask_database(wiring)
    # Litestar adds the charset to text types.
    return Response(wiring.metrics.text().decode(), media_type=TEXT_TYPE.removesuffix("; charset=utf-8"))


async def _ask_database(wiring: Wired) -> None:
    raw, changes = await waiting(wiring.pool)
    wiring.metrics.raw_waiting.set(raw)
    wiring.metrics.outbox_waiting.set(changes)
    standing = await rulebook_standing(wiring.pool, wiring.settings)
    wiring.metrics.tell_standing(standing.workers, folder_differs=standing.folder_differs)
    now = utc_now()
    for canary in await canaries(wiring.pool):
        waits = (now - canary.sent_at).total_seconds() if canary.passed_at is None else 0.0
        feed = feed_of(canary.topic).value
        wiring.metrics.tell_canary(feed, canary.partition, waits_seconds=max(0.0, waits), stalls=canary.stalls)
