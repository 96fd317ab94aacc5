"""The transaction of a move: locks, one read, the pure decision, one write. It must never move a task twice for one
key, nor decide by itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from hub.edges.store.activations import check_in_force
from hub.edges.store.bell import CHANGES_WAIT, Bell
from hub.edges.store.columns import incident_of
from hub.edges.store.settling import write_decision
from hub.edges.store.statements import statements
from hub.moving import Moved
from hub.vocabulary.activations import InForce
from hub.vocabulary.incidents import Decision
from hub.vocabulary.moves import Barred, Case, Clock, Progress, TaskState
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, IncidentStatus, TaskRole, TaskStatus
from hub.vocabulary.why import Why

_SQL = statements("progress")
_encode = msgspec.json.Encoder().encode
#: Two writers that wait for each other in a ring: PostgreSQL ends one of them, which then tries again.
_DEADLOCK_TRIES = 5

#: Decides on a case, or on what bars the move.
DecideMove = Callable[[Case], Moved | Barred]


class MoveMade(msgspec.Struct, frozen=True, kw_only=True):
    """What a move has done; what the same key gets again."""

    task_id: str
    incident_id: str
    #: The row of the table of moves.
    move: str
    status: TaskStatus
    version: int
    incident_status: IncidentStatus
    incident_version: int
    at: datetime
    #: Task of the bureau that has it now, when it was passed on.
    successor: str | None = None


class KeyReused(Exception):
    """The key came before, with another wish."""


class NoSuchTask(Exception):
    """There is no task of this id."""


class Progressing:
    """Moves of tasks on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._bell = Bell(pool, CHANGES_WAIT)

    async def case_of(self, task_id: str) -> Case:
        """A task with its incident and the other tasks of it, without locks. Raises NoSuchTask."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await _read(connection, await _incident_id(connection, task_id), "incident")

    async def move(
        self,
        task_id: str,
        key: str,
        digest: bytes,
        decide: DecideMove,
        now: datetime,
        in_force: InForce | None = None,
    ) -> MoveMade | Barred:
        """Make a move once for its key. Raises KeyReused, NoSuchTask, and RulebookReplaced when it was decided by rules
        that have not held for long; what is barred leaves no trace."""
        for left in reversed(range(_DEADLOCK_TRIES)):
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    made = await _move(connection, task_id, key, digest, decide, now, in_force)
            except asyncpg.DeadlockDetectedError:
                if not left:
                    raise
            else:
                break
        self._bell.ring()
        return made


async def _move(
    connection: asyncpg.Connection,
    task_id: str,
    key: str,
    digest: bytes,
    decide: DecideMove,
    now: datetime,
    in_force: InForce | None,
) -> MoveMade | Barred:
    incident_id = await _incident_id(connection, task_id)
    await connection.execute(_SQL["lock_clocks"], incident_id)
    case = await _read(connection, incident_id, "lock_incident")
    if (known := await connection.fetchrow(_SQL["made"], task_id, key)) is not None:
        if known["digest"] != digest:
            raise KeyReused
        return msgspec.json.decode(known["made"], type=MoveMade)
    moved = decide(case)
    if isinstance(moved, Barred):
        return moved
    await _write(connection, moved, now, in_force)
    made = _made(moved, now)
    await connection.execute(_SQL["write_made"], task_id, key, digest, _encode(made), now)
    if in_force is not None:
        await check_in_force(connection, in_force)
    return made


async def _incident_id(connection: asyncpg.Connection, task_id: str) -> str:
    found: str | None = await connection.fetchval(_SQL["incident_of_task"], task_id)
    if found is None:
        raise NoSuchTask
    return found


async def _read(connection: asyncpg.Connection, incident_id: str, how: str) -> Case:
    incident = incident_of(await connection.fetchrow(_SQL[how], incident_id))
    clocks: dict[str, list[Clock]] = {}
    for row in await connection.fetch(_SQL["clocks"], incident_id):
        clocks.setdefault(row["task_id"], []).append(_clock_of(row))
    rows = await connection.fetch(_SQL["tasks"], incident_id)
    return Case(incident=incident, tasks=tuple(_task_of(row, clocks.get(row["id"], ())) for row in rows))


async def _write(connection: asyncpg.Connection, moved: Moved, now: datetime, in_force: InForce | None) -> None:
    # The task that takes its place has to be there before the timeline names it.
    for task in (moved.task, moved.successor):
        if task is not None:
            await connection.execute(_SQL["write_task"], *_task_row(task))
            await connection.executemany(_SQL["write_clock"], [_clock_row(task.id, clock) for clock in task.clocks])
    await write_decision(connection, Decision(incidents=(moved.incident,), timeline=moved.timeline), now, in_force)


def _made(moved: Moved, now: datetime) -> MoveMade:
    return MoveMade(
        task_id=moved.task.id,
        incident_id=moved.incident.id,
        move=moved.move.id,
        status=moved.task.status,
        version=moved.task.version,
        incident_status=moved.incident.status,
        incident_version=moved.incident.version,
        at=now,
        successor=None if moved.successor is None else moved.successor.id,
    )


def _task_of(row: asyncpg.Record, clocks: Any) -> TaskState:
    return TaskState(
        id=row["id"],
        incident_id=row["incident_id"],
        bureau=row["bureau"],
        role=TaskRole(row["role"]),
        status=TaskStatus(row["status"]),
        offered_at=row["offered_at"],
        why=msgspec.json.decode(row["why"], type=tuple[Why, ...]),
        version=row["version"],
        progress=msgspec.json.decode(row["progress"], type=Progress),
        clocks=tuple(clocks),
    )


def _clock_of(row: asyncpg.Record) -> Clock:
    return Clock(
        kind=DeadlineKind(row["kind"]),
        basis=DeadlineBasis(row["basis"]),
        amount=row["amount"],
        starts_at=row["starts_at"],
        due_at=row["due_at"],
        why=msgspec.json.decode(row["why"], type=Why),
        used_seconds=row["used_seconds"],
        extra_seconds=row["extra_seconds"],
        counted_from=row["counted_from"],
        met_at=row["met_at"],
        fired_at=row["fired_at"],
    )


def _task_row(task: TaskState) -> tuple[Any, ...]:
    names = (task.id, task.incident_id, task.bureau, task.role.value, task.status.value, task.offered_at)
    return (*names, _encode(task.why), task.version, _encode(task.progress))


def _clock_row(task_id: str, clock: Clock) -> tuple[Any, ...]:
    set_up = (task_id, clock.kind.value, clock.basis.value, clock.amount, clock.starts_at, clock.due_at)
    counted = (clock.met_at, clock.fired_at, clock.used_seconds, clock.extra_seconds, clock.counted_from)
    return (*set_up, _encode(clock.why), *counted)
