"""Keeps rulebooks and the order in which they decide. It must never judge a rulebook: whoever activates has done so."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg
import msgspec

from hub.edges.store.statements import statements
from hub.ports import RulebookReplaced
from hub.vocabulary.activations import Activation, How, InForce

_SQL = statements("activations")

#: How long a worker that has not read the new rulebook yet may go on deciding by the one before. Reading a rulebook of
#: ten thousand rules takes two seconds; two workers may differ for five.
GRACE_SECONDS = 3.0


class OtherActive(Exception):
    """The rulebook that was to be replaced is not the active one any more."""

    def __init__(self, active: Activation | None) -> None:
        super().__init__("another rulebook is active")
        self.active = active


class StoredTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook as it is kept."""

    version: str
    #: Code of the city.
    city: str
    files: dict[str, str]
    loaded_at: datetime


class Activations:
    """The rulebooks of a database, and which of them decides."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def active(self, city: str) -> Activation | None:
        """The activation that holds; None before the first."""
        row = await self._pool.fetchrow(_SQL["active"], city)
        return None if row is None else _activation(row)

    async def history(self, city: str, limit: int, before: int | None = None) -> list[Activation]:
        """Activations, newest first; `before` starts under a number."""
        highest = 2**31 - 2 if before is None else before - 1
        rows = await self._pool.fetch(_SQL["history"], city, highest, limit)
        return [_activation(row) for row in rows]

    async def of_version(self, city: str, version: str, limit: int = 50) -> list[Activation]:
        """When a version was activated, newest first."""
        return [_activation(row) for row in await self._pool.fetch(_SQL["of_version"], city, version, limit)]

    async def texts(self, version: str) -> StoredTexts | None:
        """The text of a version; None when it is not kept."""
        row = await self._pool.fetchrow(_SQL["texts"], version)
        if row is None:
            return None
        files = msgspec.json.decode(row["files"], type=dict[str, str])
        return StoredTexts(version=row["version"], city=row["city"], files=files, loaded_at=row["loaded_at"])

    async def versions_like(self, beginning: str) -> list[str]:
        """The kept versions that begin so, at most ten."""
        return [row["version"] for row in await self._pool.fetch(_SQL["like_version"], beginning)]

    async def keep(self, version: str, code: str, files: Mapping[str, str]) -> None:
        """Keep the text of a version, whether or not it ever decides."""
        await self._pool.execute(_SQL["keep_texts"], version, code, msgspec.json.encode(files))

    async def activate(
        self,
        city: str,
        version: str,
        *,
        who: str,
        why: str,
        how: How,
        instead_of: str | None = None,
        only_first: bool = False,
    ) -> tuple[Activation, bool]:
        """Let a kept version decide from now on, in the order in which calls come to commit. Returns what is active
        then, and whether that is news: what is active already stays as it is. `instead_of`: only when that version is
        active. `only_first`: only when none is. Raises OtherActive."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL["lock"], city)
            row = await connection.fetchrow(_SQL["active"], city)
            active = None if row is None else _activation(row)
            if active is not None and (active.version == version or only_first):
                return active, False
            if instead_of is not None and (active is None or active.version != instead_of):
                raise OtherActive(active)
            row = await connection.fetchrow(_SQL["activate"], city, version, who, why, how.value)
            return _activation(row), True


async def check_in_force(connection: asyncpg.Connection, in_force: InForce) -> None:
    """The fence of a decision, just before its commit. Raises RulebookReplaced when another rulebook has been active
    for longer than the grace, so that a worker that fell behind cannot go on by what was."""
    late = await connection.fetchval(_SQL["replaced_too_long_ago"], in_force.city, in_force.number, GRACE_SECONDS)
    if late:
        raise RulebookReplaced


def _activation(row: asyncpg.Record) -> Activation:
    return Activation(
        city=row["city"],
        number=row["number"],
        version=row["version"],
        at=row["at"],
        who=row["who"],
        why=row["why"],
        how=How(row["how"]),
    )
