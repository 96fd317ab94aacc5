"""Tasks, people and wishes for tests of moves."""

from datetime import timedelta
from typing import Any

from hub.rulebook.task_rules import TaskRules
from hub.stages.progress import Move, Situation, Who
from hub.stages.progress.guards import roles_for
from hub.vocabulary.moves import Action, Actor, ActorRole, Asked, Clock, Progress, TaskState, Wish
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, IncidentStatus, Stage, TaskRole, TaskStatus
from hub.vocabulary.why import Why
from tests.builders import AT

CLERK = Actor(by="王工", role=ActorRole.CLERK, bureau="water")
OTHER_CLERK = Actor(by="李工", role=ActorRole.CLERK, bureau="traffic")
DISPATCHER = Actor(by="赵派", role=ActorRole.DISPATCHER)
VERIFIER = Actor(by="钱核", role=ActorRole.VERIFIER)
ARBITRATOR = Actor(by="孙裁", role=ActorRole.ARBITRATOR)
SUPERVISOR = Actor(by="周值", role=ActorRole.SUPERVISOR)
LEADER = Actor(by="吴领", role=ActorRole.LEADER)
PEOPLE = (CLERK, OTHER_CLERK, DISPATCHER, VERIFIER, ARBITRATOR, SUPERVISOR, LEADER)


def a_clock(kind: DeadlineKind = DeadlineKind.RESOLVE, amount: float = 2.0, **fields: Any) -> Clock:
    """A clock that runs round the clock from `AT` on."""
    given = {
        "basis": DeadlineBasis.URGENT_HOUR,
        "starts_at": AT,
        "due_at": AT + timedelta(hours=amount),
        "counted_from": AT,
        "why": Why(
            stage=Stage.DEADLINES, rule=kind.value, verdict="urgent_hour", facts={"kind": kind.value, "amount": amount}
        ),
    }
    return Clock(kind=kind, amount=amount, **{**given, **fields})


def a_task_state(task_id: str = "140800-A-1", **fields: Any) -> TaskState:
    """A lead task of the water bureau that was offered at `AT`."""
    given = {
        "incident_id": "140800-A",
        "bureau": "water",
        "role": TaskRole.LEAD,
        "status": TaskStatus.OFFERED,
        "offered_at": AT,
        "clocks": (a_clock(DeadlineKind.ACCEPT, 0.5), a_clock()),
    }
    return TaskState(id=task_id, **{**given, **fields})


def asked(action: Action, days: float = 1.0) -> TaskState:
    """A task at work whose bureau waits for an answer."""
    waiting = Asked(action=action, days=days, note="等待配件", by=CLERK.by, at=AT, approver=ActorRole.SUPERVISOR)
    return a_task_state(status=TaskStatus.ACCEPTED, progress=Progress(handlers=(CLERK.by,), asked=waiting))


def ready_for(move: Move) -> TaskState:
    """A task from which a move can be made."""
    if move.action in (Action.APPROVE, Action.REFUSE):
        return asked(move.answers or Action.EXTEND)
    role = TaskRole.ASSIST if move.action is Action.WITHDRAW else TaskRole.LEAD
    return a_task_state(status=move.sources[0], role=role)


def who_may(move: Move, task: TaskState) -> Actor:
    """Somebody who may make a move of a task."""
    roles = roles_for(move, task, TaskRules())
    if move.who in (Who.BUREAU, Who.EITHER):
        return CLERK
    return next(person for person in PEOPLE if person.role in roles)


def a_wish(move: Move) -> Wish:
    """A wish that says all that a move needs."""
    return Wish(
        action=move.action,
        verdict=move.verdict,
        note="说明",
        reason="not-ours",
        clause="event-0501.1",
        evidence=("已修复",),
        to_bureau="yanhu" if move.action is Action.REASSIGN else "",
        days=1.0,
    )


def a_situation(**fields: Any) -> Situation:
    """Ten minutes after the offer, with nobody else at work."""
    given = {
        "now": AT + timedelta(minutes=10),
        "incident_status": IncidentStatus.DISPATCHED,
        "others": (),
        "return_until": AT + timedelta(hours=8),
        "elsewhere": "yanhu",
        "bureaus": ("water", "traffic", "yanhu", "yongji", "duty"),
    }
    return Situation(**{**given, **fields})
