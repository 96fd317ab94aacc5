"""Supervision (督办) of a clock: what is raised before and after its deadline. It must never count time."""

from datetime import datetime

import msgspec

from hub.vocabulary.terms import DeadlineBasis, Raise, Side


class SupervisionStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is raised, to whom, and when."""

    at: datetime
    raises: Raise
    #: A bureau, a role, or one of `handler`, `lead`, `supervisor`, `district`, as the rule has it.
    to: str
    side: Side
    amount: float
    basis: DeadlineBasis
    #: Raised, or left out as moot.
    done: bool = False
    moot: bool = False


class Supervision(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of a clock in the order of their moments, reckoned from one deadline."""

    #: Id of the rule in `escalation.yaml`.
    rule: str
    due_at: datetime
    steps: tuple[SupervisionStep, ...]

    @property
    def next_at(self) -> datetime | None:
        """When something is to be raised next; None: nothing any more."""
        return next((step.at for step in self.steps if not step.done), None)


#: Words of `to` that an incident and its task tell the bureau of.
HANDLER, LEAD, SUPERVISOR, DISTRICT = RECIPIENTS = ("handler", "lead", "supervisor", "district")
