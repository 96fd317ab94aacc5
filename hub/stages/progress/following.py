"""What the state of an incident is, given the states of its tasks. It must never look at anything else."""

from collections.abc import Iterable

from hub.stages.progress.table import AT_WORK
from hub.vocabulary.terms import IncidentStatus, TaskRole, TaskStatus

#: A task that nobody has to do anything for any more.
ENDED = frozenset({TaskStatus.VERIFIED, TaskStatus.WITHDRAWN})
_BEGUN = frozenset({*AT_WORK, TaskStatus.DONE, TaskStatus.VERIFIED})
_AWAITS_CHECK = frozenset({TaskStatus.DONE, TaskStatus.VERIFIED})


def follow(tasks: Iterable[tuple[TaskRole, TaskStatus]]) -> IncidentStatus:
    """The incident's state; a task that was withdrawn or passed on says nothing any more.

    It closes when its lead task is verified and no assisting one is open: one outcome, told once.
    """
    said = [(role, status) for role, status in tasks if status is not TaskStatus.WITHDRAWN]
    statuses = {status for _, status in said}
    if not any(role is TaskRole.LEAD for role, _ in said):
        return IncidentStatus.OPEN
    if statuses <= ENDED:
        return IncidentStatus.CLOSED
    if statuses <= _AWAITS_CHECK:
        return IncidentStatus.VERIFYING
    return IncidentStatus.HANDLING if statuses & _BEGUN else IncidentStatus.DISPATCHED
