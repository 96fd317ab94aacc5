"""Reads what a rule author asks of the past: older texts of a rule, and what it decided. It must never scan a table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from hub.edges.store.pool import STATEMENT_SECONDS
from hub.edges.store.statements import statements
from hub.vocabulary.terms import IncidentStatus, Severity

_FILE = "read_authoring"
#: Rulebooks looked through for the past of a rule.
VERSIONS = 60
#: Incidents looked at for what a rule decided: a busy day of a city, and a tenth of a second for the database.
LOOKED_AT = 5_000


class KeptText(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a stored rulebook; no text: that version did not have the file."""

    version: str
    loaded_at: datetime
    text: str | None


class DecidedRow(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that a rule had a part in."""

    id: str
    title: str
    status: IncidentStatus
    severity: Severity
    at: datetime


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule decided lately, as far as was looked."""

    incidents: tuple[DecidedRow, ...]
    #: How many since the time asked for, among the incidents looked at.
    lately: int
    looked_at: int
    #: When the oldest of those looked at changed last; None: there are none.
    since: datetime | None


class AuthoringReads:
    """Bounded reads over a pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def file_through_time(self, file: str) -> tuple[KeptText, ...]:
        """A file of the stored rulebooks, newest first."""
        rows = await self._fetch("file_through_time", file, VERSIONS)
        return tuple(msgspec.convert(dict(row), KeptText) for row in rows)

    async def decided(self, rules: Sequence[tuple[str, str]], since: datetime, most: int) -> Decided:
        """Incidents that one of `rules`, as stage (or nothing: any) and id, had a part in, the newest first."""
        pairs = [f"{stage} {rule}" for stage, rule in rules if stage]
        anywhere = [rule for stage, rule in rules if not stage]
        rows = await self._fetch("decided", pairs, anywhere, LOOKED_AT, since, most)
        reach = rows[0] if rows else (await self._fetch("looked_at", LOOKED_AT))[0]
        return Decided(
            incidents=tuple(msgspec.convert({**dict(row)}, DecidedRow) for row in rows),
            lately=rows[0]["lately"] if rows else 0,
            looked_at=reach["looked_at"],
            since=reach["since"],
        )

    async def _fetch(self, name: str, *values: object) -> list[Any]:
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection:
            rows: list[Any] = await connection.fetch(statements(_FILE)[name], *values)
        return rows
