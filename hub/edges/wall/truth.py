"""Reads what the board must agree with from PostgreSQL. It must never write, nor give out personal data unmasked."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import asyncpg

from hub.edges.outbox.changes import muted
from hub.edges.outbox.topics import feed_of
from hub.edges.store.columns import mute_of
from hub.edges.store.statements import statements
from hub.rulebook.book import Source
from hub.vocabulary.changes import Card, FeedHealth
from hub.vocabulary.masking import mask
from hub.vocabulary.terms import Feed, IncidentStatus, Raise, Severity

_SQL = statements("wall")
#: Rows fetched at once while a long list is read; between two fetches the sockets get their turn.
_ROWS_AT_ONCE = 1_000


class Truth:
    """The incidents as the database has them."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def live(self) -> AsyncIterator[Card]:
        """Every live incident, mildest and longest unchanged first."""
        async for row in self._rows("live_incidents"):
            yield card_of(row)

    async def worker_seen_at(self) -> datetime | None:
        """When a worker last said that it takes messages."""
        seen_at: datetime | None = await self._pool.fetchval(_SQL["worker_seen_at"])
        return seen_at

    async def stalled(self) -> dict[Feed, datetime]:
        """Feeds of which a partition stands still, and since when."""
        return {feed_of(row["topic"]): row["since"] for row in await self._pool.fetch(_SQL["stalled_topics"])}

    async def ended_since(self, moment: datetime) -> AsyncIterator[Card]:
        """Incidents that are no longer live and changed since a moment, oldest change first."""
        async for row in self._rows("ended_incidents_since", moment):
            yield card_of(row)

    async def by_id(self, ids: Collection[str]) -> list[Card]:
        """Incidents by id, in any state; those that do not exist are left out."""
        cards: list[Card] = []
        wanted = list(ids)
        for start in range(0, len(wanted), _ROWS_AT_ONCE):
            chunk = wanted[start : start + _ROWS_AT_ONCE]
            cards += map(card_of, await self._pool.fetch(_SQL["incidents_by_id"], chunk))
        return cards

    async def changed_since(self, moment: datetime) -> list[tuple[str, int, datetime]]:
        """Id, version and time of every incident changed since a moment."""
        rows = await self._pool.fetch(_SQL["versions_changed_since"], moment)
        return [(row["id"], row["version"], row["updated_at"]) for row in rows]

    async def live_versions(self) -> dict[str, int]:
        """The version of every live incident."""
        return {row["id"]: row["version"] async for row in self._rows("live_versions")}

    async def feeds(self) -> dict[Feed, asyncpg.Record]:
        """The row of each feed that a message ever came from."""
        rows = await self._pool.fetch(_SQL["feed_counts"])
        return {Feed(row["feed"]): row for row in rows}

    async def _rows(self, name: str, *arguments: Any) -> AsyncIterator[asyncpg.Record]:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            try:
                async for row in connection.cursor(_SQL[name], *arguments, prefetch=_ROWS_AT_ONCE):
                    yield row
            except TimeoutError:
                # The pool sees statements that get no answer, but not cursors.
                await self._pool.expire_connections()
                connection.terminate()
                raise


def card_of(row: asyncpg.Record) -> Card:
    """A row of `incidents` as a screen may see it."""
    return Card(
        id=row["id"],
        version=row["version"],
        status=IncidentStatus(row["status"]),
        category=row["category"],
        severity=Severity(row["severity"]),
        title=mask(row["title"]),
        address=mask(row["address"]),
        district=row["district"],
        lon=row["lon"],
        lat=row["lat"],
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        report_count=row["report_count"],
        feeds=tuple(map(Feed, row["feeds"])),
        lead_bureau=row["lead_bureau"],
        due_at=row["due_at"],
        overdue=row["overdue"],
        muted=muted(mute_of(row)),
        raised=None if row["raised"] is None else Raise(row["raised"]),
    )


def feed_health(
    sources: Iterable[Source],
    rows: dict[Feed, asyncpg.Record],
    watched_since: datetime,
    now: datetime,
    stalled: Mapping[Feed, datetime],
) -> tuple[FeedHealth, ...]:
    """How each feed of the city is doing. A feed that never spoke is silent only after being watched for that long."""
    patience: dict[Feed, float | None] = {}
    for source in sources:
        seconds = source.silent_after_seconds
        known = patience.get(source.feed)
        patience[source.feed] = known if seconds is None else seconds if known is None else min(known, seconds)
    feeds = []
    for feed in Feed:
        row = rows.get(feed)
        if row is None and feed not in patience and feed not in stalled:
            continue
        last = None if row is None else row["last_received_at"]
        limit = patience.get(feed)
        feeds.append(
            FeedHealth(
                feed=feed,
                last_received_at=last,
                received=0 if row is None else row["received"],
                rejected=0 if row is None else row["rejected"],
                silent=limit is not None and (now - (last or watched_since)).total_seconds() > limit,
                stalled_since=stalled.get(feed),
            )
        )
    return tuple(feeds)
