"""Reads escalation.yaml: who is reminded, supervised and told, how long before and after a deadline. It must never read
a file."""

from collections.abc import Collection

from hub.rulebook.book import Name
from hub.rulebook.condition_subjects import STANDING_VARIABLES
from hub.rulebook.conditions import read_condition
from hub.rulebook.escalation_rules import EscalationRule, EscalationStep
from hub.rulebook.read_city import keyed, name
from hub.rulebook.read_rules import Known, each_rule, feed_set, reference_set, severity_level
from hub.rulebook.yaml_nodes import Item, did_you_mean
from hub.vocabulary.supervision import RECIPIENTS
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Raise, Side

#: Ranges of the numbers in a step and of the condition on the limit.
STEP_AMOUNT = (0.0, 1000.0)
LIMIT_HOURS = (0.1, 1000.0)
_OPTIONAL = ("categories", "families", "districts", "severity_at_least", "feeds", "limit_within_hours", "when")
_STEP = ("before", "after", "raise", "to")


def read_roles(root: Item) -> dict[str, Name]:
    """The people and posts that steps may be raised to and that mutes may name as owners, by their key."""
    if not root.is_mapping():
        return {}
    found = {key: item for key, item in root.pairs() if key == "roles"}
    return {key: name(item) for key, item in keyed(found.get("roles"))}


def read_escalation(root: Item, known: Known, roles: Collection[str]) -> tuple[EscalationRule, ...]:
    """The rules of escalation.yaml in their order."""
    recipients = (*RECIPIENTS, *roles, *(bureau for bureau in known.bureaus if bureau not in RECIPIENTS))
    found = []
    for entry, fields, identity, why in each_rule(root, "escalation", _OPTIONAL, ("clock", "steps"), ("roles",)):
        steps = tuple(_step(item, recipients, known) for item in (fields["steps"].items() if "steps" in fields else ()))
        if not steps and "steps" in fields:
            entry.error("a rule without steps raises nothing; leave it out", "at least one step")
        found.append(
            EscalationRule(
                id=identity,
                why=why,
                clock=fields["clock"].word(DeadlineKind) if "clock" in fields else DeadlineKind.RESOLVE,
                steps=steps,
                categories=reference_set(fields.get("categories"), known.categories, "category"),
                families=reference_set(fields.get("families"), known.families, "family"),
                districts=reference_set(fields.get("districts"), known.districts, "district"),
                severity_at_least=severity_level(fields.get("severity_at_least")),
                feeds=feed_set(fields.get("feeds")),
                limit_within_hours=fields["limit_within_hours"].number(*LIMIT_HOURS)
                if "limit_within_hours" in fields
                else None,
                when=read_condition(fields.get("when"), STANDING_VARIABLES, known.words),
            )
        )
    return tuple(found)


def _step(item: Item, recipients: Collection[str], known: Known) -> EscalationStep:
    fields = item.fields(_STEP, ("raise", "to"))
    sides = [side for side in Side if side in fields]
    if item.is_mapping() and len(sides) != 1:
        item.error("a step is either `before` or `after` the deadline", "before: {amount: 1, basis: work_day}")
    side = sides[0] if sides else Side.BEFORE
    span = fields[side].fields(("amount", "basis"), ("amount", "basis")) if sides else {}
    return EscalationStep(
        raises=fields["raise"].word(Raise) if "raise" in fields else Raise.REMINDER,
        to=_recipient(fields["to"], recipients, known) if "to" in fields else "",
        side=side,
        amount=span["amount"].number(*STEP_AMOUNT) if "amount" in span else 0.0,
        basis=span["basis"].word(DeadlineBasis) if "basis" in span else DeadlineBasis.URGENT_HOUR,
    )


def _recipient(item: Item, recipients: Collection[str], known: Known) -> str:
    to = item.text(64)
    # Without a city that can be read, no bureau is known and its own error says enough.
    if known.bureaus and to not in recipients:
        item.error(
            f"no bureau and no role `{to}`{did_you_mean(to, recipients)}",
            f"a bureau of city.yaml, a role of this file, or one of {', '.join(RECIPIENTS)}",
        )
    return to
