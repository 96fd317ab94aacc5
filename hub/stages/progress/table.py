"""The one table of legal moves of a task. It must never decide: `progress` does, row by row."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from hub.vocabulary.moves import Action, Verdict
from hub.vocabulary.terms import TaskStatus, TimelineKind

_S = TaskStatus


class Who(StrEnum):
    """Who may make a move."""

    BUREAU = "bureau"  # a clerk of the task's own bureau
    DISPATCH = "dispatch"  # the command centre's dispatcher, or whoever is above
    EITHER = "either"  # a clerk of the bureau, or the dispatcher
    CHECK = "check"  # the roles that tasks.yaml names, never of the handling bureau
    ARBITRATE = "arbitrate"  # the arbitrator, or a leader
    APPROVE = "approve"  # the role that the length asks for, or whoever is above


class Pace(StrEnum):
    """What a move does to a clock."""

    STOP = "stop"  # it stands; the time used is kept
    RUN = "run"  # it counts on with the time used
    EXTEND = "extend"  # more time, by the work days asked for
    PAUSE = "pause"  # it stands until the work days asked for are over, then counts on


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A row: in which states an action leads where, for whom, saying what, and what it does to the clocks."""

    id: str
    action: Action
    kind: TimelineKind
    zh: str
    en: str
    sources: tuple[TaskStatus, ...]
    #: None: the task stays in its state.
    to: TaskStatus | None
    who: Who
    #: What has to be said: fields of a wish.
    needs: tuple[str, ...] = ()
    #: Tells apart the rows of one action.
    verdict: Verdict | None = None
    answers: Action | None = None
    accept_clock: Pace | None = None
    resolve_clock: Pace | None = None
    #: The task goes to another bureau: always, or only when one is named.
    passes_on: bool = False


#: At work: signed, sent back for rework, with more time, or put off.
AT_WORK = (_S.ACCEPTED, _S.REWORK, _S.EXTENDED, _S.DEFERRED)
_NOT_OVER = (_S.OFFERED, *AT_WORK, _S.RETURNED)

MOVES: tuple[Move, ...] = (
    Move(
        id="accept",
        action=Action.ACCEPT,
        kind=TimelineKind.ACCEPTED,
        zh="签收",
        en="accept",
        sources=(_S.OFFERED,),
        to=_S.ACCEPTED,
        who=Who.BUREAU,
        accept_clock=Pace.STOP,
    ),
    Move(
        id="start",
        action=Action.START,
        kind=TimelineKind.STARTED,
        zh="开始处置",
        en="start",
        sources=(_S.ACCEPTED, _S.REWORK, _S.EXTENDED),
        to=None,
        who=Who.BUREAU,
    ),
    Move(
        id="report-back",
        action=Action.REPORT_BACK,
        kind=TimelineKind.REPORTED_BACK,
        zh="反馈",
        en="report back",
        sources=AT_WORK,
        to=_S.DONE,
        who=Who.BUREAU,
        needs=("evidence",),
        resolve_clock=Pace.STOP,
    ),
    Move(
        id="verify",
        action=Action.VERIFY,
        kind=TimelineKind.VERIFIED,
        zh="核查通过",
        en="verify",
        sources=(_S.DONE,),
        to=_S.VERIFIED,
        who=Who.CHECK,
    ),
    Move(
        id="rework",
        action=Action.REWORK,
        kind=TimelineKind.REWORK,
        zh="返工",
        en="order rework",
        sources=(_S.DONE,),
        to=_S.REWORK,
        who=Who.CHECK,
        needs=("note",),
        resolve_clock=Pace.RUN,
    ),
    Move(
        id="return",
        action=Action.RETURN,
        kind=TimelineKind.RETURNED,
        zh="退单",
        en="return",
        sources=(_S.OFFERED, _S.ACCEPTED),
        to=_S.RETURNED,
        who=Who.BUREAU,
        needs=("reason", "clause"),
        accept_clock=Pace.STOP,
        resolve_clock=Pace.STOP,
    ),
    Move(
        id="uphold",
        action=Action.ARBITRATE,
        verdict=Verdict.UPHOLD,
        kind=TimelineKind.UPHELD,
        zh="同意退单",
        en="uphold the return",
        sources=(_S.RETURNED,),
        to=_S.WITHDRAWN,
        who=Who.ARBITRATE,
        needs=("note",),
        accept_clock=Pace.STOP,
        resolve_clock=Pace.STOP,
        passes_on=True,
    ),
    Move(
        id="overrule",
        action=Action.ARBITRATE,
        verdict=Verdict.OVERRULE,
        kind=TimelineKind.OVERRULED,
        zh="驳回退单（强制派遣）",
        en="overrule the return (forced dispatch)",
        sources=(_S.RETURNED,),
        to=_S.ACCEPTED,
        who=Who.ARBITRATE,
        needs=("note",),
        resolve_clock=Pace.RUN,
    ),
    Move(
        id="reassign",
        action=Action.REASSIGN,
        kind=TimelineKind.REASSIGNED,
        zh="改派",
        en="reassign",
        sources=_NOT_OVER,
        to=_S.WITHDRAWN,
        who=Who.DISPATCH,
        needs=("to_bureau", "note"),
        accept_clock=Pace.STOP,
        resolve_clock=Pace.STOP,
        passes_on=True,
    ),
    Move(
        id="extend",
        action=Action.EXTEND,
        kind=TimelineKind.ASKED,
        zh="申请延期",
        en="ask for an extension",
        sources=(_S.ACCEPTED, _S.REWORK, _S.EXTENDED),
        to=None,
        who=Who.BUREAU,
        needs=("days", "note"),
    ),
    Move(
        id="defer",
        action=Action.DEFER,
        kind=TimelineKind.ASKED,
        zh="申请挂账",
        en="ask for a deferral",
        sources=(_S.ACCEPTED, _S.REWORK, _S.EXTENDED),
        to=None,
        who=Who.BUREAU,
        needs=("days", "note"),
    ),
    Move(
        id="approve-extension",
        action=Action.APPROVE,
        answers=Action.EXTEND,
        kind=TimelineKind.EXTENDED,
        zh="同意延期",
        en="approve the extension",
        sources=(_S.ACCEPTED, _S.REWORK, _S.EXTENDED),
        to=_S.EXTENDED,
        who=Who.APPROVE,
        resolve_clock=Pace.EXTEND,
    ),
    Move(
        id="approve-deferral",
        action=Action.APPROVE,
        answers=Action.DEFER,
        kind=TimelineKind.DEFERRED,
        zh="同意挂账",
        en="approve the deferral",
        sources=(_S.ACCEPTED, _S.REWORK, _S.EXTENDED),
        to=_S.DEFERRED,
        who=Who.APPROVE,
        resolve_clock=Pace.PAUSE,
    ),
    Move(
        id="refuse",
        action=Action.REFUSE,
        kind=TimelineKind.REFUSED,
        zh="不同意延期或挂账",
        en="refuse the extension or deferral",
        sources=(_S.ACCEPTED, _S.REWORK, _S.EXTENDED),
        to=None,
        who=Who.APPROVE,
        needs=("note",),
    ),
    Move(
        id="resume",
        action=Action.RESUME,
        kind=TimelineKind.RESUMED,
        zh="恢复处置",
        en="resume",
        sources=(_S.DEFERRED,),
        to=_S.ACCEPTED,
        who=Who.EITHER,
        resolve_clock=Pace.RUN,
    ),
    Move(
        id="withdraw",
        action=Action.WITHDRAW,
        kind=TimelineKind.WITHDRAWN,
        zh="撤回",
        en="withdraw",
        sources=_NOT_OVER,
        to=_S.WITHDRAWN,
        who=Who.DISPATCH,
        needs=("note",),
        accept_clock=Pace.STOP,
        resolve_clock=Pace.STOP,
    ),
)


def rows_of(action: Action) -> Sequence[Move]:
    """The rows of one action."""
    return tuple(move for move in MOVES if move.action is action)
