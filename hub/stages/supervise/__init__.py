"""Supervise (督办): which steps of a clock are raised now, which are moot, and to whom. It must never raise one twice.

Enters: a clock with its steps and the moment. Leaves: the steps to raise, those left out, and what is left of the plan.
A step before the deadline is moot once the deadline has passed and a later step of the same clock is due as well: after
an outage nobody is reminded of what is late already. Everything else is raised, late if need be, in its order.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from hub.rulebook.book import City
from hub.vocabulary.incidents import Incident
from hub.vocabulary.supervision import DISTRICT, HANDLER, LEAD, SUPERVISOR, Supervision, SupervisionStep
from hub.vocabulary.terms import Raise, Side, Stage
from hub.vocabulary.why import Why

__all__ = ["Due", "Raised", "higher", "recipient", "steps_due"]


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is raised, and what was left out as moot since the one before."""

    step: SupervisionStep
    left_out: tuple[Raise, ...]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a plan at a moment."""

    raised: tuple[Raised, ...]
    supervision: Supervision


def steps_due(supervision: Supervision, now: datetime, until: datetime) -> Due:
    """The steps that fall due up to `until`, which may be earlier than now where many clocks wait for their turn."""
    last = max((step.at for step in supervision.steps if not step.done and step.at <= now), default=now)
    raised: list[Raised] = []
    left_out: list[Raise] = []
    kept: list[SupervisionStep] = []
    for step in supervision.steps:
        after = step
        if not step.done and step.at <= until:
            moot = step.side is Side.BEFORE and supervision.due_at <= now and step.at < last
            if not moot:
                raised.append(Raised(step=step, left_out=tuple(left_out)))
            after = replace(step, done=True, moot=moot)
        left_out = [*left_out, step.raises] if after.moot else [] if after.done else left_out
        kept.append(after)
    return Due(raised=tuple(raised), supervision=replace(supervision, steps=tuple(kept)))


def recipient(to: str, bureau: str, incident: Incident, task_whys: Sequence[Why], city: City) -> str:
    """Whom a step is raised to: bureaus by id, with a comma between, or a role."""
    if to == HANDLER:
        return bureau
    if to == LEAD:
        return incident.lead_bureau or bureau
    if to == DISTRICT:
        own = next((d.bureau for d in city.districts if d.code == incident.district), "")
        return own or city.fallback_bureau
    if to == SUPERVISOR:
        named = next((why.facts.get("supervisors") for why in task_whys if why.stage is Stage.ROUTE), None)
        # Where the duty list names nobody, the bureau of last resort watches over it.
        return str(named) if named else city.fallback_bureau
    return to


def higher(one: Raise | None, other: Raise) -> Raise:
    """The graver of two."""
    order = list(Raise)
    return other if one is None or order.index(other) > order.index(one) else one
