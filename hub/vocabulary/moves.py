"""The life of a task as values: who moves it, what they ask for, and how far it is. It must never hold a rule."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from hub.vocabulary.incidents import Incident
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, TaskRole, TaskStatus
from hub.vocabulary.why import Why


class Action(StrEnum):
    """What somebody asks for, as the last word of its path in the API."""

    ACCEPT = "accept"  # 签收
    START = "start"  # 开始处置
    REPORT_BACK = "report-back"  # 反馈
    VERIFY = "verify"  # 核查通过
    REWORK = "rework"  # 返工
    RETURN = "return"  # 退单
    ARBITRATE = "arbitrate"  # 裁决
    REASSIGN = "reassign"  # 改派
    EXTEND = "extend"  # 申请延期
    DEFER = "defer"  # 申请挂账
    APPROVE = "approve"  # 同意延期或挂账
    REFUSE = "refuse"  # 不同意延期或挂账
    RESUME = "resume"  # 恢复处置
    WITHDRAW = "withdraw"  # 撤回


class Verdict(StrEnum):
    """How a return is settled (裁决)."""

    UPHOLD = "uphold"  # 同意退单: somebody else gets it
    OVERRULE = "overrule"  # 驳回退单: the bureau has to do it (强制派遣)


class ActorRole(StrEnum):
    """In what capacity somebody moves a task (岗位)."""

    CLERK = "clerk"  # 承办单位经办人
    DISPATCHER = "dispatcher"  # 派遣员
    VERIFIER = "verifier"  # 核查员
    ARBITRATOR = "arbitrator"  # 裁决员
    SUPERVISOR = "supervisor"  # 值班领导
    LEADER = "leader"  # 分管领导


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who moves a task. `bureau` is None for the command centre's own people."""

    by: str
    role: ActorRole
    bureau: str | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked for. Each move needs some of it; the rest is left at its default."""

    action: Action
    #: 说明 in the asker's own words.
    note: str = ""
    #: 退单理由 a code of tasks.yaml.
    reason: str = ""
    #: 依据条款 that a return cites.
    clause: str = ""
    #: 处置证据: what was done, links to photos.
    evidence: tuple[str, ...] = ()
    #: 承办单位 that is to have it instead.
    to_bureau: str = ""
    #: 工作日 asked for by an extension or a deferral.
    days: float = 0.0
    #: 裁决意见.
    verdict: Verdict | None = None
    #: The version of the task that the asker looked at; None: whatever it is now.
    version: int | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An extension (延期) or deferral (挂账) that waits for somebody's approval."""

    action: Action
    days: float
    note: str
    by: str
    at: datetime
    #: Least role that may approve it.
    approver: ActorRole


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has happened to a task besides its status."""

    #: Everybody of the bureau who moved it; none of them may verify it.
    handlers: tuple[str, ...] = ()
    started_at: datetime | None = None
    #: What the bureau reported last.
    evidence: tuple[str, ...] = ()
    #: 强制派遣: a return was overruled, and there is no second one.
    forced: bool = False
    returns: int = 0
    reworks: int = 0
    extensions: int = 0
    deferrals: int = 0
    asked: Asked | None = None
    deferred_until: datetime | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of a task with the time it has counted so far.

    It counts from `counted_from` on while `met_at` is None; what it counted before is in `used_seconds`. Office time
    counts in clocks of 工作时 and 工作日, all time in the others.
    """

    kind: DeadlineKind
    basis: DeadlineBasis
    amount: float
    starts_at: datetime
    due_at: datetime
    why: Why
    used_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    #: Time granted beyond `amount`, as this clock counts it.
    extra_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    counted_from: datetime
    #: Since when it stands: what it measures has happened.
    met_at: datetime | None = None
    fired_at: datetime | None = None


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """A task as a move finds or leaves it."""

    id: str
    incident_id: str
    bureau: str
    role: TaskRole
    status: TaskStatus
    offered_at: datetime
    why: tuple[Why, ...] = ()
    #: Counts the moves of this task.
    version: int = 1
    progress: Progress = Progress()
    clocks: tuple[Clock, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with all of its tasks: what one move may look at."""

    incident: Incident
    tasks: tuple[TaskState, ...]


class Bar(StrEnum):
    """What stands in the way of a move."""

    STATE = "state"  # not from this state
    OVER = "over"  # the incident has ended
    VERSION = "version"  # somebody was faster
    ROLE = "role"  # another role's move
    BUREAU = "bureau"  # another bureau's task
    HANDLER = "handler"  # who handled it cannot judge it
    MISSING = "missing"  # something has to be said
    UNKNOWN = "unknown"  # something that is said does not exist
    TOO_LATE = "too_late"
    TOO_OFTEN = "too_often"
    TOO_LONG = "too_long"
    FORCED = "forced"  # a return was overruled before
    DONE_BEFORE = "done_before"
    NOTHING_ASKED = "nothing_asked"
    STILL_ASKED = "still_asked"
    LEAD = "lead"  # an incident needs its lead
    NO_CLOCK = "no_clock"
    HAS_TASK = "has_task"
    NOWHERE = "nowhere"


class Barred(msgspec.Struct, frozen=True, kw_only=True):
    """A move that is not made. Nothing changes."""

    bar: Bar
    status: TaskStatus
    #: The moves that are legal now, whoever may make them.
    legal: tuple[str, ...]
    #: The part of the wish that is wrong, for MISSING and UNKNOWN.
    field: str = ""
    #: What the sentence needs to know, such as the number allowed.
    detail: str = ""
