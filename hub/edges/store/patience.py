"""Tells a broken dependency from bad data, and waits for the former. It must never swallow the latter."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import stamina

T = TypeVar("T")

#: Errors that say "not now": the server is away, starting, stopping, full, sick, or chose us as a deadlock's victim.
BROKEN = (
    OSError,  # TimeoutError is one
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
    asyncpg.PostgresSystemError,
    # How a file that cannot grow and a page that cannot be read are told.
    asyncpg.InternalServerError,
    # How a file system that became read-only is told.
    asyncpg.InsufficientPrivilegeError,
    # A schema that is not ours yet.
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
)


async def patiently(attempt: Callable[[], Awaitable[T]], *, within_seconds: float | None) -> T:
    """Call until it stops failing for a broken dependency; at most `within_seconds`, or for ever when None."""
    async for turn in stamina.retry_context(
        on=BROKEN, attempts=None, timeout=within_seconds, wait_initial=0.05, wait_max=1.0, wait_jitter=0.05
    ):
        with turn:
            return await attempt()
    raise AssertionError("stamina ends by returning or raising")
