"""A task with all that a bureau needs to move it. It must never hold a text that is not masked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from hub.edges.web.answers import Answer, TaskAnswer
from hub.moving import moves_now, situation_of
from hub.rulebook.book import Name, Rulebook
from hub.stages.deadlines.keeping import used_by
from hub.stages.progress import Move, roles_for
from hub.vocabulary.masking import mask
from hub.vocabulary.moves import Action, ActorRole, Asked, Case, Clock, TaskState, Verdict
from hub.vocabulary.terms import DeadlineKind, TaskStatus


class MoveOption(Answer, frozen=True, kw_only=True):
    """A move that is legal now: `action` is the last word of its path, `needs` what the body has to say."""

    move: str
    action: Action
    verdict: Verdict | None
    name: Name
    #: The state it leads to; null: it stays.
    to: TaskStatus | None
    roles: tuple[ActorRole, ...]
    needs: tuple[str, ...]


class AskedAnswer(Answer, frozen=True, kw_only=True):
    """An extension (延期) or deferral (挂账) that waits for its answer."""

    action: Action
    days: float
    note: str
    by: str
    at: datetime
    #: Least role that may approve it.
    approver: ActorRole


class ClockAnswer(Answer, frozen=True, kw_only=True):
    """How far a clock (时限) is: hours used and left as it counts them; `counting` is false while it stands."""

    kind: DeadlineKind
    counting: bool
    used_hours: float
    due_at: datetime


class TaskDetail(TaskAnswer, frozen=True, kw_only=True):
    """A task with how far it is and the moves that are legal now."""

    version: int
    handlers: tuple[str, ...]
    started_at: datetime | None
    evidence: tuple[str, ...]
    forced: bool
    returns: int
    reworks: int
    extensions: int
    deferrals: int
    deferred_until: datetime | None
    asked: AskedAnswer | None
    return_until: datetime
    #: Codes of why a task may be returned (退单理由).
    return_reasons: dict[str, Name]
    clocks: tuple[ClockAnswer, ...]
    moves: tuple[MoveOption, ...]


def detail_of(answer: TaskAnswer, case: Case, book: Rulebook, now: datetime) -> TaskDetail:
    """A task as its bureau sees it at a moment."""
    task = next(task for task in case.tasks if task.id == answer.id)
    progress = task.progress
    return TaskDetail(
        **msgspec.structs.asdict(answer),
        version=task.version,
        handlers=progress.handlers,
        started_at=progress.started_at,
        evidence=tuple(mask(piece) for piece in progress.evidence),
        forced=progress.forced,
        returns=progress.returns,
        reworks=progress.reworks,
        extensions=progress.extensions,
        deferrals=progress.deferrals,
        deferred_until=progress.deferred_until,
        asked=_asked(progress.asked),
        return_until=situation_of(case, task, book, now).return_until,
        return_reasons={code: Name(zh=r.zh, en=r.en) for code, r in book.tasks.return_reasons.items()},
        clocks=tuple(_clock(clock, book, now) for clock in task.clocks),
        moves=options_of(moves_now(case, task.id, book, now), task, book),
    )


def options_of(moves: Iterable[Move], task: TaskState, book: Rulebook) -> tuple[MoveOption, ...]:
    """Rows of the table as somebody reads them who may take one."""
    return tuple(
        MoveOption(
            move=move.id,
            action=move.action,
            verdict=move.verdict,
            name=Name(zh=move.zh, en=move.en),
            to=move.to,
            roles=roles_for(move, task, book.tasks),
            needs=move.needs if move.verdict is None else ("verdict", *move.needs),
        )
        for move in moves
    )


def _asked(asked: Asked | None) -> AskedAnswer | None:
    if asked is None:
        return None
    return AskedAnswer(**msgspec.structs.asdict(asked) | {"note": mask(asked.note)})


def _clock(clock: Clock, book: Rulebook, now: datetime) -> ClockAnswer:
    return ClockAnswer(
        kind=clock.kind,
        counting=clock.met_at is None and clock.counted_from <= now,
        used_hours=round(used_by(clock, now, book.calendar) / timedelta(hours=1), 2),
        due_at=clock.due_at,
    )
