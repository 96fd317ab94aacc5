"""Escalation rules (督办规则) of a rulebook, as values. They must never count time."""

import msgspec

from hub.rulebook.conditions import Condition
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Feed, Raise, Severity, Side


class EscalationStep(msgspec.Struct, frozen=True, kw_only=True):
    """What is raised so long before or after a deadline, and to whom."""

    raises: Raise
    to: str
    side: Side
    amount: float
    basis: DeadlineBasis


class EscalationRule(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of a clock that meets every condition; the first rule that does is used."""

    id: str
    why: str
    clock: DeadlineKind
    steps: tuple[EscalationStep, ...]
    categories: frozenset[str] | None = None
    families: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    severity_at_least: Severity | None = None
    #: Any feed that told of the incident is among them.
    feeds: frozenset[Feed] | None = None
    #: Only clocks whose own limit is so many hours or fewer.
    limit_within_hours: float | None = None
    #: Looked at last; a rule whose condition cannot be decided is not used.
    when: Condition | None = None
