"""Replays stored reports through two rulebooks at once, a process each. It must never write, nor outlive who asked.

Both processes read one snapshot of the database, row by row, so that neither the hub nor the memory feels the month.
"""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection

import asyncpg
import msgspec

from hub.edges.authoring.backtesting import EXAMPLES, Backtest, compared
from hub.edges.authoring.replayed import Replayed, Replaying
from hub.edges.rules import RulebookError, outlines_for
from hub.edges.store.statements import statements
from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook
from hub.vocabulary.messages import Report

#: Called with how many records each rulebook has replayed, and of how many.
ShowProgress = Callable[[int, int], None]

_SQL = statements("backtest")
_ROWS_AT_ONCE = 1_000
#: The first row of a month's revisions is there only when all are sorted.
_STATEMENT_SECONDS = 120.0


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports: those that came in from `since` on and before `until`, the newest `limit` of them at most."""

    since: datetime
    until: datetime
    limit: int | None = None


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """What one process is to do."""

    database_url: str
    snapshot: str
    since: datetime
    until: datetime
    files: dict[str, str]


class BacktestError(Exception):
    """A process of the backtest ended before it was done."""


async def backtest(
    database_url: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    period: Period,
    *,
    examples: int = EXAMPLES,
    progress: ShowProgress | None = None,
) -> Backtest:
    """Compare what two rulebooks, given as their texts, make of the reports of a period. Raises BacktestError."""
    began = time.monotonic()
    connection = await _connected(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            since, truncated = await _start(connection, period)
            total = await connection.fetchval(_SQL["count"], since, period.until)
            snapshot = await connection.fetchval("select pg_export_snapshot()")
            tasks = [
                _Task(database_url=database_url, snapshot=snapshot, since=since, until=period.until, files=dict(files))
                for files in (before, after)
            ]
            one, other = await _both(tasks, total, progress)
    finally:
        await connection.close()
    found = await asyncio.to_thread(compared, one, other, since, period.until, examples=examples)
    seconds = round(time.monotonic() - began, 1)
    return msgspec.structs.replace(found, truncated=truncated, seconds=seconds)


async def _start(connection: asyncpg.Connection, period: Period) -> tuple[datetime, bool]:
    if period.limit is None:
        return period.since, False
    first = await connection.fetchval(_SQL["since_newest"], period.since, period.until, period.limit)
    return (period.since, False) if first is None else (first, True)


async def _both(tasks: list[_Task], total: int, progress: ShowProgress | None) -> tuple[Replayed, Replayed]:
    spawning = multiprocessing.get_context("spawn")
    done = [0 for _ in tasks]
    children, watching = [], []

    def at(number: int, records: int) -> None:
        done[number] = records
        if progress is not None:
            progress(min(done), total)  # the slower one

    try:
        for number, task in enumerate(tasks):
            ours, theirs = spawning.Pipe(duplex=False)
            child = spawning.Process(target=_replay, args=(msgspec.msgpack.encode(task), theirs), daemon=True)
            child.start()
            theirs.close()
            children.append(child)
            watching.append(asyncio.create_task(_followed(ours, partial(at, number))))
        one, other = await asyncio.gather(*watching)
    finally:
        for child in children:
            child.kill()
        for child in children:
            await asyncio.to_thread(child.join)
    return one, other


async def _followed(pipe: Connection, at: Callable[[int], None]) -> Replayed:
    """What a process says until it is done."""
    with pipe:
        while True:
            try:
                kind, said = await asyncio.to_thread(pipe.recv)
            except EOFError:
                raise BacktestError("a process of the backtest ended early; is there memory enough?") from None
            if kind == "at":
                at(said)
            elif kind == "failed":
                raise BacktestError(said)
            else:
                return await asyncio.to_thread(msgspec.msgpack.decode, said, type=Replayed)


def _replay(packed: bytes, pipe: Connection) -> None:
    """The work of one process."""
    try:
        replayed = asyncio.run(_replayed(msgspec.msgpack.decode(packed, type=_Task), lambda n: pipe.send(("at", n))))
        pipe.send(("done", msgspec.msgpack.encode(replayed)))
    except (BrokenPipeError, KeyboardInterrupt):
        return  # whoever asked is gone
    except Exception as error:  # it is said where it was asked for
        pipe.send(("failed", f"{type(error).__name__}: {error}"))


async def _replayed(task: _Task, at: Callable[[int], None]) -> Replayed:
    book = read_rulebook(task.files, outlines_for(task.files))
    if not isinstance(book, Rulebook):
        raise RulebookError(book)
    replaying = Replaying(book)
    connection = await _connected(task.database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"set transaction snapshot '{task.snapshot}'")
            async for reports in _reports(connection, task.since, task.until):
                at(replaying.take(reports))
    finally:
        await connection.close()
    return replaying.result()


async def _reports(connection: asyncpg.Connection, since: datetime, until: datetime) -> AsyncIterator[list[Report]]:
    """The reports and their earlier revisions in one order, in lists."""
    decode = msgspec.json.Decoder(_Document).decode
    lists = [await connection.cursor(_SQL[name], since, until) for name in ("revisions", "reports")]
    waiting: list[list[tuple[datetime, Report]]] = [[], []]
    open_lists = [True, True]
    while True:
        for number, cursor in enumerate(lists):
            if not waiting[number] and open_lists[number]:
                rows = await cursor.fetch(_ROWS_AT_ONCE)
                open_lists[number] = bool(rows)
                waiting[number] = [(row["received_at"], decode(row["document"]).report) for row in rows]
        if not any(waiting):
            return
        # As far as both are known; a list that has come to its end holds nothing back.
        limit = min((rows[-1][0] for rows, more in zip(waiting, open_lists, strict=True) if more), default=None)
        ready = [pair for rows in waiting for pair in rows if limit is None or pair[0] <= limit]
        waiting = [[pair for pair in rows if limit is not None and pair[0] > limit] for rows in waiting]
        yield [report for _, report in sorted(ready, key=lambda pair: pair[0])]


class _Document(msgspec.Struct, frozen=True):
    """What of a stored report is replayed; how it was classified and located then is found anew."""

    report: Report


async def _connected(database_url: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        database_url, timeout=10, command_timeout=_STATEMENT_SECONDS, server_settings={"timezone": "UTC"}
    )
