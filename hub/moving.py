"""The order of the rooms for one move of a task, written once. It must never do IO or read a clock.

progress → deadlines → the incident follows          a case and a wish → all that changes, or what bars it
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from hub.recording import Changes
from hub.rulebook.book import Rulebook
from hub.rulebook.task_rules import TaskRules
from hub.stages.deadlines.keeping import Kept, grant, limit_after, put_off, renew, run_on, stop
from hub.stages.deadlines.steps import undecided_rules
from hub.stages.progress import ENDED, Move, Pace, Situation, Step, follow, legal_moves, progress
from hub.vocabulary.incidents import Incident, TimelineEntry
from hub.vocabulary.moves import Action, Actor, Asked, Barred, Case, Clock, Progress, TaskState, Wish
from hub.vocabulary.terms import DeadlineKind, IncidentStatus, Stage, TaskRole, TaskStatus, TimelineKind
from hub.vocabulary.why import Fact, Why

#: Moves after which what a clock measures has happened, and not only stands still: a return answers the offer too.
_MEETS = {
    DeadlineKind.ACCEPT: frozenset({Action.ACCEPT, Action.RETURN}),
    DeadlineKind.RESOLVE: frozenset({Action.REPORT_BACK}),
}


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """All that a move changes."""

    move: Move
    #: The task that was moved, and the one that takes its place.
    task: TaskState
    successor: TaskState | None
    incident: Incident
    timeline: tuple[TimelineEntry, ...]


def move_task(case: Case, task_id: str, actor: Actor, wish: Wish, book: Rulebook, now: datetime) -> Moved | Barred:
    """What a wish makes of a case. The task must be one of the case."""
    task = next(task for task in case.tasks if task.id == task_id)
    step = progress(task, actor, wish, situation_of(case, task, book, now), book.tasks)
    if isinstance(step, Barred):
        return step
    moved, clock_whys = _with_clocks(step, task.progress.asked, book, now)
    successor = None if step.passed_to is None else _successor(case, task, step, book, now)
    tasks = [moved if other.id == task_id else other for other in case.tasks]
    if successor is not None:
        tasks.append(successor)
    changes = Changes(now, book.version)
    incident = changes.alter(case.incident, **_following(tasks, now))
    said = _said(step, task, actor, wish, successor, book.tasks)
    changes.note(incident, step.move.kind, task_id=task_id, why=(said, *clock_whys))
    if successor is not None:
        changes.note(incident, TimelineKind.DISPATCHED, task_id=successor.id, why=_whys_of(successor, incident, book))
    if incident.status is IncidentStatus.CLOSED:
        changes.note(incident, TimelineKind.CLOSED, why=(_closed(tasks),))
    return Moved(move=step.move, task=moved, successor=successor, incident=incident, timeline=tuple(changes.timeline))


def moves_now(case: Case, task_id: str, book: Rulebook, now: datetime) -> tuple[Move, ...]:
    """The moves that somebody may make of a task now."""
    task = next(task for task in case.tasks if task.id == task_id)
    return legal_moves(task, situation_of(case, task, book, now), book.tasks)


def situation_of(case: Case, task: TaskState, book: Rulebook, now: datetime) -> Situation:
    """What a move of a task depends on besides the task."""
    rules = book.tasks
    return Situation(
        now=now,
        incident_status=case.incident.status,
        others=tuple(other for other in case.tasks if other.id != task.id),
        return_until=limit_after(rules.return_basis, rules.return_amount, task.offered_at, book.calendar),
        elsewhere=_elsewhere(case, book),
        bureaus=frozenset(bureau.id for bureau in book.city.bureaus),
    )


def _elsewhere(case: Case, book: Rulebook) -> str | None:
    """The district's own bureau, then that of last resort, unless they had it before."""
    had = {task.bureau for task in case.tasks}
    district = next((d.bureau for d in book.city.districts if d.code == case.incident.district), "")
    return next((bureau for bureau in (district, book.city.fallback_bureau) if bureau and bureau not in had), None)


def _with_clocks(step: Step, asked: Asked | None, book: Rulebook, now: datetime) -> tuple[TaskState, list[Why]]:
    move, days = step.move, 0.0 if asked is None else asked.days
    clocks, whys = [], []
    for clock in step.task.clocks:
        pace = move.accept_clock if clock.kind is DeadlineKind.ACCEPT else move.resolve_clock
        if pace is None:
            clocks.append(clock)
            continue
        kept, why = _paced(clock, pace, days, move, book, now)
        if kept != clock:
            whys.append(why)
        clocks.append(kept)
    task = replace(step.task, clocks=tuple(clocks))
    if move.resolve_clock is Pace.PAUSE:
        until = next(clock.counted_from for clock in clocks if clock.kind is DeadlineKind.RESOLVE)
        task = replace(task, progress=replace(task.progress, deferred_until=until))
    return task, whys


def _paced(clock: Clock, pace: Pace, days: float, move: Move, book: Rulebook, now: datetime) -> Kept:
    match pace:
        case Pace.STOP:
            return stop(clock, now, book.calendar, met=move.action in _MEETS[clock.kind])
        case Pace.RUN:
            return run_on(clock, now, book.calendar)
        case Pace.EXTEND:
            return grant(clock, days, now, book.calendar)
        case Pace.PAUSE:
            return put_off(clock, days, now, book.calendar)


def _successor(case: Case, task: TaskState, step: Step, book: Rulebook, now: datetime) -> TaskState:
    numbers = [int(other.id.rpartition("-")[2]) for other in case.tasks]
    facts: dict[str, Fact] = {"lead": step.passed_to, "from": task.bureau, "move": step.move.id}
    why = Why(stage=Stage.ROUTE, rule=step.move.id, verdict="passed_on", facts=facts)
    return TaskState(
        id=f"{case.incident.id}-{max(numbers) + 1}",
        incident_id=case.incident.id,
        bureau=step.passed_to or "",
        role=task.role,
        status=TaskStatus.OFFERED,
        offered_at=now,
        why=(why,),
        progress=Progress(),
        clocks=tuple(renew(clock, now, book.calendar) for clock in task.clocks),
    )


def _following(tasks: Iterable[TaskState], now: datetime) -> dict[str, object]:
    """The fields of an incident that follow from its tasks."""
    live = [task for task in tasks if task.status not in ENDED]
    running = [clock.due_at for task in live for clock in task.clocks if clock.met_at is None]
    return {
        "status": follow((task.role, task.status) for task in tasks),
        "lead_bureau": next(
            (t.bureau for t in tasks if t.role is TaskRole.LEAD and t.status is not TaskStatus.WITHDRAWN), None
        ),
        "due_at": min(running, default=None),
        "overdue": any(due_at <= now for due_at in running),
    }


def _said(
    step: Step, before: TaskState, actor: Actor, wish: Wish, successor: TaskState | None, rules: TaskRules
) -> Why:
    """Who moved it, in what capacity, from where to where, and what they said."""
    reason = rules.return_reasons.get(wish.reason) if step.move.action is Action.RETURN else None
    asked = before.progress.asked if step.move.action in (Action.APPROVE, Action.REFUSE) else None
    asking = step.move.action in (Action.EXTEND, Action.DEFER)
    facts: dict[str, Fact] = {
        "by": actor.by,
        "role": actor.role.value,
        "bureau": actor.bureau,
        "from": before.status.value,
        "to": step.task.status.value,
        "reason": wish.reason if reason else None,
        "reason_zh": reason.zh if reason else None,
        "reason_en": reason.en if reason else None,
        "clause": wish.clause if reason else None,
        "days": asked.days if asked is not None else wish.days if asking else None,
        "evidence": "；".join(wish.evidence) if step.move.action is Action.REPORT_BACK else None,
        "passed_to": successor.bureau if successor else None,
        "note": wish.note,
    }
    told: dict[str, Fact] = {name: fact for name, fact in facts.items() if fact not in (None, "")}
    return Why(stage=Stage.PROGRESS, rule=step.move.id, verdict=step.move.id.replace("-", "_"), facts=told)


def _whys_of(successor: TaskState, incident: Incident, book: Rulebook) -> tuple[Why, ...]:
    clocks = tuple(clock.why for clock in successor.clocks)
    # The clockwork reckons the steps of these clocks in a moment; it tells nothing itself.
    undecided = (why for c in successor.clocks for why in undecided_rules(c.kind, c.basis, c.amount, incident, book))
    return (*successor.why, *(clocks or (Why(stage=Stage.DEADLINES, rule="none", verdict="no_deadline"),)), *undecided)


def _closed(tasks: Iterable[TaskState]) -> Why:
    verified = sum(task.status is TaskStatus.VERIFIED for task in tasks)
    return Why(stage=Stage.PROGRESS, rule="follow", verdict="closed", facts={"tasks": verified})
