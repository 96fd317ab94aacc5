"""Sends the bureaus of an incident, or holds them back while it is muted. It must never do IO or read a clock."""

from hub.recording import Changes
from hub.rulebook.book import Rulebook
from hub.stages.deadlines import set_deadlines, undecided_clocks
from hub.stages.mute import mute_of, undecided_mutes, why_let_go, why_muted
from hub.stages.route import Routing, route
from hub.vocabulary.incidents import Incident, Task
from hub.vocabulary.messages import Report
from hub.vocabulary.mutes import Mute
from hub.vocabulary.terms import IncidentStatus, Stage, TaskRole, TaskStatus, TimelineKind
from hub.vocabulary.why import Why

_NO_DEADLINE = Why(stage=Stage.DEADLINES, rule="none", verdict="no_deadline")


class Dispatching:
    """The tasks that one decision gives out."""

    def __init__(self, changes: Changes, book: Rulebook) -> None:
        self.tasks: list[Task] = []
        self._changes = changes
        self._book = book

    def begin(self, incident: Incident, clause: str, opened_by: Report | None) -> Incident:
        """A new incident, sent to its bureaus or muted. `clause` of the duty list is that of its report."""
        mute = mute_of(incident, clause, self._book, self._changes.now)
        if mute is None:
            return self._send(incident, clause, (), opened_by)
        return self._hold(incident, mute)

    def look_again(self, incident: Incident) -> Incident:
        """A muted incident that has changed, or whose mute may have: sent as soon as no mute covers it."""
        held = incident.mute
        if held is None or incident.status is not IncidentStatus.OPEN:
            return incident
        mute = mute_of(incident, held.clause, self._book, self._changes.now)
        if mute is None:
            why = why_let_go(held, incident, self._book, self._changes.now)
            # The report that opened it is not at hand: conditions that ask for its words cannot be decided.
            return self._send(incident, held.clause, (why,), None)
        if (mute.rule, mute.owner, mute.until) == (held.rule, held.owner, held.until):
            return incident
        return self._hold(incident, mute)

    def _hold(self, incident: Incident, mute: Mute) -> Incident:
        undecided = undecided_mutes(incident, self._book, self._changes.now)
        muted = self._changes.alter(incident, mute=mute)
        self._changes.note(muted, TimelineKind.MUTED, why=(why_muted(mute, self._book), *undecided))
        return muted

    def _send(self, incident: Incident, clause: str, because: tuple[Why, ...], opened_by: Report | None) -> Incident:
        """Clocks start now, whenever its first report came."""
        routing = route(incident, self._book, clause, opened_by)
        tasks = [
            self._task(incident, bureau, n, routing, clause, opened_by)
            for n, bureau in enumerate((routing.lead, *routing.assist), start=1)
        ]
        self.tasks.extend(tasks)
        running = [deadline.due_at for task in tasks for deadline in task.deadlines]
        sent = self._changes.alter(
            incident,
            status=IncidentStatus.DISPATCHED,
            lead_bureau=routing.lead,
            due_at=min(running, default=None),
            mute=None,
        )
        # Told once, with the lead's task: how others came to assist, and which rules could not be decided.
        also = (
            *undecided_mutes(incident, self._book, self._changes.now),
            *routing.also,
            *undecided_clocks(incident, self._book, clause, opened_by),
        )
        for task in tasks:
            clocks = tuple(deadline.why for deadline in task.deadlines) or (_NO_DEADLINE,)
            why = (*because, routing.why, *clocks, *(also if task.role is TaskRole.LEAD else ()))
            self._changes.note(sent, TimelineKind.DISPATCHED, task_id=task.id, why=why)
        return sent

    def _task(
        self, incident: Incident, bureau: str, n: int, routing: Routing, clause: str, opened_by: Report | None
    ) -> Task:
        task_id = f"{incident.id}-{n}"
        return Task(
            id=task_id,
            incident_id=incident.id,
            bureau=bureau,
            role=TaskRole.LEAD if n == 1 else TaskRole.ASSIST,
            status=TaskStatus.OFFERED,
            offered_at=self._changes.now,
            deadlines=set_deadlines(task_id, incident, self._changes.now, self._book, clause, opened_by),
            why=(routing.why, *routing.also),
        )
