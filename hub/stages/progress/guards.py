"""What stands in the way of a row of the table. It must never change a task."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from hub.rulebook.task_rules import APPROVERS, Approval, TaskRules
from hub.stages.progress.following import ENDED
from hub.stages.progress.table import MOVES, Move, Who
from hub.vocabulary.moves import Action, Actor, ActorRole, Bar, TaskState, Wish
from hub.vocabulary.terms import LIVE_STATUSES, DeadlineKind, IncidentStatus, TaskRole

_ARBITERS = (ActorRole.ARBITRATOR, ActorRole.LEADER)

#: What bars a move, and the field or number that says more.
Found = tuple[Bar, str]


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What a move depends on besides the task, the actor and the wish."""

    now: datetime
    incident_status: IncidentStatus
    #: The other tasks of the incident.
    others: tuple[TaskState, ...]
    #: Until when the bureau may return it.
    return_until: datetime
    #: Bureau that could have it instead, when nobody names one; None: nobody is left.
    elsewhere: str | None
    bureaus: Collection[str]


def legal_moves(task: TaskState, situation: Situation, rules: TaskRules) -> tuple[Move, ...]:
    """The moves that somebody may make now."""
    return tuple(move for move in MOVES if bar_now(move, task, situation, rules) is None)


def roles_for(move: Move, task: TaskState, rules: TaskRules) -> tuple[ActorRole, ...]:
    """Who may make a move of this task."""
    match move.who:
        case Who.BUREAU:
            return (ActorRole.CLERK,)
        case Who.DISPATCH:
            return APPROVERS
        case Who.EITHER:
            return (ActorRole.CLERK, *APPROVERS)
        case Who.CHECK:
            return rules.verifiers
        case Who.ARBITRATE:
            return _ARBITERS
        case Who.APPROVE:
            asked = task.progress.asked
            return APPROVERS if asked is None else APPROVERS[APPROVERS.index(asked.approver) :]


def bar_now(move: Move, task: TaskState, situation: Situation, rules: TaskRules) -> Found | None:
    """What bars a move whoever makes it."""
    if situation.incident_status not in LIVE_STATUSES:
        return Bar.OVER, situation.incident_status.value
    if task.status not in move.sources:
        return Bar.STATE, ""
    match move.action:
        case Action.START:
            return (Bar.DONE_BEFORE, "") if task.progress.started_at else None
        case Action.RETURN:
            return _bar_return(task, situation, rules)
        case Action.EXTEND | Action.DEFER:
            return _bar_asking(move.action, task, rules)
        case Action.APPROVE | Action.REFUSE:
            asked = task.progress.asked
            if asked is None or move.answers not in (None, asked.action):
                return Bar.NOTHING_ASKED, ""
        case Action.WITHDRAW:
            if task.role is TaskRole.LEAD:
                return Bar.LEAD, ""
        case _:
            pass
    return None


def bar_actor(move: Move, task: TaskState, actor: Actor, rules: TaskRules) -> Found | None:
    """What bars this person from a move."""
    roles = roles_for(move, task, rules)
    if actor.role not in roles:
        return Bar.ROLE, " ".join(roles)
    if actor.role is ActorRole.CLERK and move.who in (Who.BUREAU, Who.EITHER) and actor.bureau != task.bureau:
        return Bar.BUREAU, task.bureau
    judges = move.who in (Who.CHECK, Who.ARBITRATE, Who.APPROVE)
    if judges and (actor.by in task.progress.handlers or actor.bureau == task.bureau):
        return Bar.HANDLER, ""
    return None


def bar_wish(
    move: Move, task: TaskState, wish: Wish, situation: Situation, rules: TaskRules
) -> tuple[Bar, str, str] | None:
    """What is missing or wrong in what is asked for: the bar, the field and more."""
    for field in move.needs:
        if not getattr(wish, field):
            return Bar.MISSING, field, ""
    if wish.action is Action.RETURN and wish.reason not in rules.return_reasons:
        return Bar.UNKNOWN, "reason", ", ".join(rules.return_reasons)
    if wish.action in (Action.EXTEND, Action.DEFER) and approver(wish, rules) is None:
        return Bar.TOO_LONG, "days", f"{_ladder_of(wish.action, rules)[-1].up_to_days:g}"
    return _bar_next(move, task, wish, situation) if move.passes_on else None


def approver(wish: Wish, rules: TaskRules) -> ActorRole | None:
    """The least role that may approve the days asked for; None: nobody may."""
    return next((step.role for step in _ladder_of(wish.action, rules) if 0 < wish.days <= step.up_to_days), None)


def next_bureau(task: TaskState, wish: Wish, situation: Situation) -> str | None:
    """Who gets what is passed on; an assisting task that nobody is named for ends."""
    if wish.to_bureau or task.role is TaskRole.ASSIST:
        return wish.to_bureau or None
    return situation.elsewhere


def _ladder_of(action: Action, rules: TaskRules) -> tuple[Approval, ...]:
    return rules.extension_approval if action is Action.EXTEND else rules.deferral_approval


def _bar_return(task: TaskState, situation: Situation, rules: TaskRules) -> Found | None:
    if task.progress.forced:
        return Bar.FORCED, ""
    returns = task.progress.returns + sum(other.progress.returns for other in situation.others)
    if returns >= rules.returns_at_most:
        return Bar.TOO_OFTEN, str(rules.returns_at_most)
    if situation.now > situation.return_until:
        return Bar.TOO_LATE, situation.return_until.isoformat(timespec="seconds")
    return None


def _bar_asking(action: Action, task: TaskState, rules: TaskRules) -> Found | None:
    if task.progress.asked is not None:
        return Bar.STILL_ASKED, ""
    if not any(clock.kind is DeadlineKind.RESOLVE for clock in task.clocks):
        return Bar.NO_CLOCK, ""
    had, most = (
        (task.progress.extensions, rules.extensions_at_most)
        if action is Action.EXTEND
        else (task.progress.deferrals, rules.deferrals_at_most)
    )
    return (Bar.TOO_OFTEN, str(most)) if had >= most else None


def _bar_next(move: Move, task: TaskState, wish: Wish, situation: Situation) -> tuple[Bar, str, str] | None:
    bureau = next_bureau(task, wish, situation)
    if bureau is None:
        return None if task.role is TaskRole.ASSIST else (Bar.NOWHERE, "to_bureau", "")
    if bureau not in situation.bureaus:
        return Bar.UNKNOWN, "to_bureau", ""
    has_one = any(other.bureau == bureau and other.status not in ENDED for other in situation.others)
    if bureau == task.bureau or has_one:
        return Bar.HAS_TASK, "to_bureau", bureau
    return None
