"""One move of one task. It must never make a move that the table does not have."""

import msgspec
from msgspec.structs import replace

from hub.rulebook.task_rules import TaskRules
from hub.stages.progress.guards import (
    Situation,
    approver,
    bar_actor,
    bar_now,
    bar_wish,
    legal_moves,
    next_bureau,
)
from hub.stages.progress.table import Move, rows_of
from hub.vocabulary.moves import Action, Actor, ActorRole, Asked, Bar, Barred, Progress, TaskState, Wish


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A move that is made."""

    move: Move
    #: The task after it, its clocks untouched.
    task: TaskState
    #: Bureau that gets a new task in its place.
    passed_to: str | None = None


def progress(task: TaskState, actor: Actor, wish: Wish, situation: Situation, rules: TaskRules) -> Step | Barred:
    """Make the move, or say what bars it. An action with a row for each verdict takes the row that fits."""
    if wish.version is not None and wish.version != task.version:
        return _barred(task, situation, rules, Bar.VERSION, "", str(task.version))
    if wish.action is Action.ARBITRATE and wish.verdict is None:
        return _barred(task, situation, rules, Bar.MISSING, "verdict", "")
    rows = [row for row in rows_of(wish.action) if row.verdict in (None, wish.verdict)]
    found = [(row, bar_now(row, task, situation, rules)) for row in rows]
    move = next((row for row, bar in found if bar is None), None)
    if move is None:
        bar, detail = next(bar for _, bar in found if bar is not None)
        return _barred(task, situation, rules, bar, "", detail)
    if (of_actor := bar_actor(move, task, actor, rules)) is not None:
        return _barred(task, situation, rules, of_actor[0], "", of_actor[1])
    if (of_wish := bar_wish(move, task, wish, situation, rules)) is not None:
        return _barred(task, situation, rules, *of_wish)
    after = replace(
        task,
        status=move.to or task.status,
        version=task.version + 1,
        progress=_progress(task.progress, move, actor, wish, situation, rules),
    )
    passed_to = next_bureau(task, wish, situation) if move.passes_on else None
    return Step(move=move, task=after, passed_to=passed_to)


def _progress(
    before: Progress, move: Move, actor: Actor, wish: Wish, situation: Situation, rules: TaskRules
) -> Progress:
    now = situation.now
    if actor.role is ActorRole.CLERK and actor.by not in before.handlers:
        before = replace(before, handlers=(*before.handlers, actor.by))
    if move.to is not None:
        # Whatever was asked for is answered, or the task went on without an answer.
        before = replace(before, asked=None, deferred_until=None)
    match move.action:
        case Action.START:
            return replace(before, started_at=now)
        case Action.REPORT_BACK:
            return replace(before, started_at=before.started_at or now, evidence=wish.evidence)
        case Action.REWORK:
            return replace(before, reworks=before.reworks + 1)
        case Action.RETURN:
            return replace(before, returns=before.returns + 1)
        case Action.ARBITRATE:
            return before if move.passes_on else replace(before, forced=True)
        case Action.EXTEND | Action.DEFER:
            return replace(before, asked=_asked(actor, wish, situation, rules))
        case Action.REFUSE:
            return replace(before, asked=None)
        case Action.APPROVE if move.answers is Action.EXTEND:
            return replace(before, extensions=before.extensions + 1)
        case Action.APPROVE:
            return replace(before, deferrals=before.deferrals + 1)
        case _:
            return before


def _asked(actor: Actor, wish: Wish, situation: Situation, rules: TaskRules) -> Asked:
    return Asked(
        action=wish.action,
        days=wish.days,
        note=wish.note,
        by=actor.by,
        at=situation.now,
        # A length that nobody may approve is barred before.
        approver=approver(wish, rules) or ActorRole.LEADER,
    )


def _barred(task: TaskState, situation: Situation, rules: TaskRules, bar: Bar, field: str, detail: str) -> Barred:
    legal = tuple(move.id for move in legal_moves(task, situation, rules))
    return Barred(bar=bar, status=task.status, legal=legal, field=field, detail=detail)
