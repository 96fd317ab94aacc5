"""The clockwork of a case, in memory: what falls due between two reports. It must never read a clock."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from hub.pipeline import overdue, unmute
from hub.rulebook.book import Rulebook
from hub.supervising import Watched, supervise
from hub.vocabulary.incidents import Deadline, Decision, Incident, Task
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import IncidentStatus


class Ticking:
    """What has fallen due so far; it looks at each moment at which something does, in their order."""

    def __init__(self, book: Rulebook, incidents: Mapping[str, Incident], tasks: Iterable[Task]) -> None:
        self._book = book
        #: Both grow and change while the clock runs on.
        self._incidents, self._tasks = incidents, tasks
        self._fired: set[tuple[str, str]] = set()
        self._left: dict[tuple[str, str], Supervision | None] = {}

    def run_on(self, until: datetime, keep: Callable[[Decision], None]) -> None:
        """Decide on all that falls due up to a moment; `keep` takes each decision in."""
        while (moment := min(self._moments(), default=None)) is not None and moment <= until:
            over = [i for i in self._muted() if i.mute is not None and i.mute.until <= moment]
            keep(unmute(over, self._book, moment))
            due = [(deadline, self._incidents[task.incident_id]) for task, deadline in self._running(moment)]
            self._fired.update(_key(deadline) for deadline, _ in due)
            keep(overdue(due, self._book, moment))
            self._supervise(moment, keep)

    def _supervise(self, moment: datetime, keep: Callable[[Decision], None]) -> None:
        watched = [
            Watched(
                deadline=_with(deadline, supervision),
                incident=self._incidents[task.incident_id],
                bureau=task.bureau,
                task_whys=task.why,
            )
            for task, deadline, supervision in self._waiting()
            if supervision.next_at is not None and supervision.next_at <= moment
        ]
        supervised = supervise(watched, self._book, moment, moment)
        for clock in supervised.clocks:
            self._left[_key(clock.deadline)] = clock.supervision
        keep(supervised.decision)

    def _moments(self) -> Iterable[datetime]:
        yield from (incident.mute.until for incident in self._muted() if incident.mute is not None)
        yield from (deadline.due_at for _, deadline in self._running(None))
        yield from (at for *_, supervision in self._waiting() if (at := supervision.next_at) is not None)

    def _muted(self) -> Iterable[Incident]:
        return [i for i in self._incidents.values() if i.mute is not None and i.status is IncidentStatus.OPEN]

    def _running(self, by: datetime | None) -> list[tuple[Task, Deadline]]:
        return [
            (task, deadline)
            for task in self._tasks
            for deadline in task.deadlines
            if _key(deadline) not in self._fired and (by is None or deadline.due_at <= by)
        ]

    def _waiting(self) -> Iterable[tuple[Task, Deadline, Supervision]]:
        for task in self._tasks:
            for deadline in task.deadlines:
                supervision = self._left.get(_key(deadline), deadline.supervision)
                if supervision is not None:
                    yield task, deadline, supervision


def _key(deadline: Deadline) -> tuple[str, str]:
    return deadline.task_id, deadline.kind.value


def _with(deadline: Deadline, supervision: Supervision) -> Deadline:
    return replace(deadline, supervision=supervision)
