"""The policies of a task's life: return window, how often, who approves how much. It must never read a file."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from hub.vocabulary.moves import ActorRole
from hub.vocabulary.terms import DeadlineBasis

#: Who may approve an extension or a deferral, lowest first; whoever stands above may do what those below may.
APPROVERS = (ActorRole.DISPATCHER, ActorRole.SUPERVISOR, ActorRole.LEADER)
#: Ranges of the numbers of tasks.yaml.
RETURN_LIMIT, HAND_BACKS, DAYS = (0.1, 1000.0), (0, 20), (0.1, 366.0)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a task may be returned (退单理由), in both languages."""

    zh: str
    en: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Who may approve how much: this role up to so many work days (工作日)."""

    role: ActorRole
    up_to_days: float


RETURN_REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "not-ours": Reason(zh="非本单位职责", en="Not within our duties"),
        "wrong-place": Reason(zh="不在本辖区", en="Not in our area"),
        "wrong-category": Reason(zh="类别有误", en="Wrong category"),
        "duplicate": Reason(zh="重复派遣", en="Sent to us before"),
        "unclear": Reason(zh="内容不清，无法处置", en="Too unclear to act on"),
    }
)


class TaskRules(msgspec.Struct, frozen=True, kw_only=True):
    """What `tasks.yaml` says; the defaults are those of a city without the file."""

    #: How long after the offer a task may be returned.
    return_basis: DeadlineBasis = DeadlineBasis.WORK_HOUR
    return_amount: float = 8.0
    #: Returns of one incident, over all its bureaus.
    returns_at_most: int = 2
    return_reasons: Mapping[str, Reason] = RETURN_REASONS
    #: Who may verify and order rework.
    verifiers: tuple[ActorRole, ...] = (ActorRole.VERIFIER, ActorRole.DISPATCHER)
    #: Approved extensions and deferrals of one task.
    extensions_at_most: int = 2
    deferrals_at_most: int = 1
    #: Shortest length first; nothing longer than the last can be asked for.
    extension_approval: tuple[Approval, ...] = (
        Approval(role=ActorRole.DISPATCHER, up_to_days=1.0),
        Approval(role=ActorRole.SUPERVISOR, up_to_days=5.0),
        Approval(role=ActorRole.LEADER, up_to_days=30.0),
    )
    deferral_approval: tuple[Approval, ...] = (
        Approval(role=ActorRole.SUPERVISOR, up_to_days=10.0),
        Approval(role=ActorRole.LEADER, up_to_days=90.0),
    )
