"""Progress (任务流转): whether a move of a task is legal, and what the task is after it. It must never touch a clock.

Enters: the task with the others of its incident, who asks, what they ask for, the policies, and what only other rooms
know (until when it may be returned, who else could have it). Leaves: the task after the move and the row of the table
that was taken, or what bars it, with the moves that are legal instead.
"""

from hub.stages.progress.following import ENDED, follow
from hub.stages.progress.guards import Situation, legal_moves, roles_for
from hub.stages.progress.moving import Step, progress
from hub.stages.progress.table import AT_WORK, MOVES, Move, Pace, Who

__all__ = [
    "AT_WORK",
    "ENDED",
    "MOVES",
    "Move",
    "Pace",
    "Situation",
    "Step",
    "Who",
    "follow",
    "legal_moves",
    "progress",
    "roles_for",
]
