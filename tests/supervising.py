"""Escalation rules for tests: a reminder, a yellow card, a red card, the leader."""

from typing import Any

from hub.rulebook.escalation_rules import EscalationRule, EscalationStep
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Raise, Side


def a_step(raises: Raise, side: Side, amount: float, to: str = "handler", **fields: Any) -> EscalationStep:
    """A step that counts round the clock."""
    given = {"basis": DeadlineBasis.URGENT_HOUR}
    return EscalationStep(raises=raises, side=side, amount=amount, to=to, **{**given, **fields})


STEPS = (
    a_step(Raise.REMINDER, Side.BEFORE, 1.0),
    a_step(Raise.YELLOW, Side.BEFORE, 0.5, "lead"),
    a_step(Raise.RED, Side.AFTER, 0.0, "supervisor"),
    a_step(Raise.ESCALATE, Side.AFTER, 2.0, "leader"),
)


def an_escalation(rule_id: str = "watch", **fields: Any) -> EscalationRule:
    """The four steps of the time to resolve; what is not named here is as usual."""
    given = {"why": "", "clock": DeadlineKind.RESOLVE, "steps": STEPS}
    return EscalationRule(id=rule_id, **{**given, **fields})
