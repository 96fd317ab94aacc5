"""The order of the rooms for steps of supervision that fall due. It must never do IO or read a clock.

deadlines (where a deadline has moved) → supervise        clocks with a step that fell due → all that changes
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from hub.recording import Changes
from hub.rulebook.book import Rulebook
from hub.stages.deadlines.steps import plan, plan_again
from hub.stages.supervise import Raised, higher, recipient, steps_due
from hub.vocabulary.incidents import Deadline, Decision, Incident
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import LIVE_STATUSES, Raise, Side, Stage, TimelineKind
from hub.vocabulary.why import Fact, Why

#: The entry of the timeline for each thing that is raised.
RAISED_AS = {
    Raise.REMINDER: TimelineKind.REMINDED,
    Raise.SUPERVISION: TimelineKind.SUPERVISED,
    Raise.YELLOW: TimelineKind.YELLOW_CARD,
    Raise.RED: TimelineKind.RED_CARD,
    Raise.ESCALATE: TimelineKind.ESCALATED,
}
#: A step is said to be late from here on; the clockwork itself looks once a second.
_LATE_MINUTES = 1


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of which a step may have fallen due, with its task and incident."""

    deadline: Deadline
    incident: Incident
    bureau: str
    task_whys: tuple[Why, ...]
    #: The highest that was raised for the task so far.
    raised: Raise | None = None
    #: The clock was moved, or is new and nobody has reckoned its steps: they are reckoned now and raised the next time.
    afresh: bool = False


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a clock's steps, and the highest raised for its task."""

    deadline: Deadline
    #: None: nothing will be raised any more.
    supervision: Supervision | None
    raised: Raise | None


class Supervised(msgspec.Struct, frozen=True, kw_only=True):
    """All that steps of supervision change: the clocks in the order in which they came, and what is told of them."""

    clocks: tuple[Looked, ...]
    decision: Decision


def supervise(watched: Sequence[Watched], book: Rulebook, now: datetime, until: datetime) -> Supervised:
    """Raise every step that fell due up to `until`, in the order of their moments over all clocks."""
    changes = Changes(now, book.version)
    clocks: list[Looked] = []
    due: list[tuple[Raised, int]] = []
    highest: dict[str, Raise | None] = {}
    for n, clock in enumerate(watched):
        task_id, supervision = clock.deadline.task_id, clock.deadline.supervision
        highest.setdefault(task_id, clock.raised)
        if clock.incident.status not in LIVE_STATUSES:
            supervision = None
        elif clock.afresh or supervision is None or supervision.due_at != clock.deadline.due_at:
            supervision = _reckoned(clock, book, now)
        else:
            found = steps_due(supervision, now, until)
            due += [(raised, n) for raised in found.raised]
            supervision = found.supervision
        clocks.append(Looked(deadline=clock.deadline, supervision=supervision, raised=None))
    for raised, n in sorted(due, key=lambda each: (each[0].step.at, each[1])):
        step, clock = raised.step, watched[n]
        task_id = clock.deadline.task_id
        highest[task_id] = higher(highest[task_id], step.raises)
        incident = changes.incidents.get(clock.incident.id, clock.incident)
        incident = changes.alter(incident, raised=higher(incident.raised, step.raises))
        why = _why(raised, clock, book, now)
        changes.note(incident, RAISED_AS[step.raises], task_id=task_id, why=(clock.deadline.why, why))
    return Supervised(
        clocks=tuple(msgspec.structs.replace(c, raised=highest[c.deadline.task_id]) for c in clocks),
        decision=Decision(
            incidents=tuple(changes.incidents.values()),
            timeline=tuple(changes.timeline),
            marked=tuple(changes.marked),
        ),
    )


def _reckoned(clock: Watched, book: Rulebook, now: datetime) -> Supervision | None:
    deadline = clock.deadline
    if deadline.supervision is not None:
        return plan_again(deadline.supervision, deadline.due_at, now, book.calendar)
    return plan(
        deadline.kind,
        deadline.basis,
        deadline.amount,
        deadline.starts_at,
        deadline.due_at,
        clock.incident,
        book,
    )


def _why(raised: Raised, clock: Watched, book: Rulebook, now: datetime) -> Why:
    step = raised.step
    zone = ZoneInfo(book.city.timezone)
    facts: dict[str, Fact] = {
        "kind": clock.deadline.kind.value,
        "due_at": f"{clock.deadline.due_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "to": recipient(step.to, clock.bureau, clock.incident, clock.task_whys, book.city),
        "amount": step.amount,
        "basis": step.basis.value,
    }
    late = (now - step.at).total_seconds() / 60
    if late >= _LATE_MINUTES:
        facts["late_minutes"] = round(late)
    if raised.left_out:
        facts["left_out"] = ", ".join(raised.left_out)
    side = "at" if step.side is Side.AFTER and step.amount == 0 else step.side.value
    rule = clock.deadline.supervision.rule if clock.deadline.supervision is not None else ""
    return Why(stage=Stage.SUPERVISE, rule=rule, verdict=f"{step.raises.value}_{side}", facts=facts)
