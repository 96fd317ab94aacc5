"""Keeps the drafts of rule authors. It must never overwrite what an author has not seen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from hub.edges.store.pool import STATEMENT_SECONDS
from hub.edges.store.statements import statements

_FILE = "drafts"
#: Drafts kept at once; more would be found by nobody.
MOST_DRAFTS = 50


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, without its texts."""

    id: UUID
    title: str
    base_version: str
    opened_by: str
    opened_at: datetime
    activated_at: datetime | None
    changed_files: int
    #: Who changed a file of it last; None: nobody yet.
    changed_by: str | None
    changed_at: datetime | None


class DraftFileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a draft, without its text."""

    file: str
    revision: int
    changed_by: str
    changed_at: datetime
    changed: bool
    removed: bool


class DraftTextRow(DraftFileRow, frozen=True, kw_only=True):
    """A file of a draft: as it was begun, and as it is. No text: new, or taken away."""

    base: str | None
    text: str | None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A new text of a file, by whom, and the revision it was written on; no text takes the file away."""

    file: str
    text: str | None
    revision: int
    by: str
    at: datetime


class Drafts:
    """Drafts over a pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def all(self) -> list[DraftRow]:
        """Every draft, the newest first."""
        return [_row(row, DraftRow) for row in await self._fetch("list", None, MOST_DRAFTS)]

    async def one(self, draft_id: UUID) -> DraftRow | None:
        """One draft."""
        rows = await self._fetch("list", draft_id, 1)
        return _row(rows[0], DraftRow) if rows else None

    async def files(self, draft_id: UUID) -> list[DraftFileRow]:
        """The files of a draft."""
        return [_row(row, DraftFileRow) for row in await self._fetch("files", draft_id)]

    async def file(self, draft_id: UUID, file: str) -> DraftTextRow | None:
        """One file of a draft with its text."""
        rows = await self._fetch("file", draft_id, file)
        return _row(rows[0], DraftTextRow) if rows else None

    async def texts(self, draft_id: UUID) -> dict[str, str]:
        """The texts of a draft as they are."""
        rows = await self._fetch("texts", draft_id)
        return {row["file"]: row["text"] for row in rows if row["text"] is not None}

    async def begun_from(self, draft_id: UUID) -> dict[str, str]:
        """The texts of a draft as it was begun."""
        rows = await self._fetch("texts", draft_id)
        return {row["file"]: row["base"] for row in rows if row["base"] is not None}

    async def cases_of(self, version: str) -> dict[str, str]:
        """The cases of the draft that became a rulebook; none when it came from elsewhere."""
        return {row["file"]: row["text"] for row in await self._fetch("cases_of_version", version)}

    async def open(
        self, draft_id: UUID, title: str, version: str, texts: Mapping[str, str], by: str, at: datetime
    ) -> bool:
        """Begin a draft; False when there are too many."""
        named = statements(_FILE)
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection, connection.transaction():
            if await connection.fetchval(named["count"]) >= MOST_DRAFTS:
                return False
            await connection.execute(named["open"], draft_id, title, version, by, at)
            await connection.execute(named["open_files"], draft_id, list(texts), list(texts.values()), by, at)
        return True

    async def save(self, draft_id: UUID, edit: Edit) -> int | None:
        """Store a text and return its new revision; None when the file was changed by somebody else meanwhile."""
        values = (draft_id, edit.file, edit.text, edit.by, edit.at)
        rows = await self._fetch("save", *values, edit.revision)
        if not rows and edit.revision == 0:
            rows = await self._fetch("add", *values)
        return int(rows[0]["revision"]) if rows else None

    async def drop(self, draft_id: UUID) -> bool:
        """Throw a draft away; False when there is none."""
        return bool(await self._fetch("drop", draft_id))

    async def became(self, draft_id: UUID, version: str, at: datetime) -> None:
        """Note that the draft as it is was made live; what is written in it from now on is the next change."""
        named = statements(_FILE)
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection, connection.transaction():
            if await connection.fetchval(named["lock"], draft_id) is not None:
                await connection.execute(named["rebase"], draft_id, version, at)
                await connection.execute(named["forget_removed"], draft_id)
                await connection.execute(named["rebase_files"], draft_id)

    async def _fetch(self, name: str, *values: object) -> list[Any]:
        async with self._pool.acquire(timeout=STATEMENT_SECONDS) as connection:
            rows: list[Any] = await connection.fetch(statements(_FILE)[name], *values)
        return rows


def _row(record: Any, type_: type[Any]) -> Any:
    return msgspec.convert(dict(record), type_)
