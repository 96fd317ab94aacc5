"""Reads tasks.yaml: returns, who verifies, who approves how much. It must never read a file."""

import math
from collections.abc import Collection, Mapping

from hub.rulebook.read_city import keyed, name
from hub.rulebook.task_rules import APPROVERS, DAYS, HAND_BACKS, RETURN_LIMIT, Approval, Reason, TaskRules
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.moves import ActorRole
from hub.vocabulary.terms import DeadlineBasis

_DEFAULT = TaskRules()


def read_tasks(root: Item) -> TaskRules:
    """The policies; what the file leaves out is as in a city without it."""
    fields = root.fields(("returns", "verifiers", "extensions", "deferrals"))
    returns = _fields(fields, "returns", ("within", "at_most", "reasons"))
    within = _fields(returns, "within", ("basis", "amount"), ("basis", "amount"))
    extensions_at_most, extension_approval = _asking(
        fields, "extensions", _DEFAULT.extensions_at_most, _DEFAULT.extension_approval
    )
    deferrals_at_most, deferral_approval = _asking(
        fields, "deferrals", _DEFAULT.deferrals_at_most, _DEFAULT.deferral_approval
    )
    return TaskRules(
        return_basis=within["basis"].word(DeadlineBasis) if "basis" in within else _DEFAULT.return_basis,
        return_amount=_number(within.get("amount"), *RETURN_LIMIT, _DEFAULT.return_amount),
        returns_at_most=_count(returns, _DEFAULT.returns_at_most),
        return_reasons=_reasons(returns.get("reasons")),
        verifiers=_verifiers(fields.get("verifiers")),
        extensions_at_most=extensions_at_most,
        deferrals_at_most=deferrals_at_most,
        extension_approval=extension_approval,
        deferral_approval=deferral_approval,
    )


def _fields(
    above: Mapping[str, Item], key: str, known: tuple[str, ...], required: tuple[str, ...] = ()
) -> dict[str, Item]:
    return above[key].fields(known, required) if key in above else {}


def _asking(
    fields: Mapping[str, Item], key: str, at_most: int, approval: tuple[Approval, ...]
) -> tuple[int, tuple[Approval, ...]]:
    """How often something may be asked for, and who approves how much of it."""
    inside = _fields(fields, key, ("at_most", "approval"))
    return _count(inside, at_most), _approval(inside["approval"]) if "approval" in inside else approval


def _count(fields: Mapping[str, Item], otherwise: int) -> int:
    return fields["at_most"].whole_number(*HAND_BACKS) if "at_most" in fields else otherwise


def _number(item: Item | None, low: float, high: float, otherwise: float) -> float:
    number = otherwise if item is None else item.number(low, high)
    return otherwise if math.isnan(number) else number


def _reasons(item: Item | None) -> Mapping[str, Reason]:
    if item is None:
        return _DEFAULT.return_reasons
    found = {}
    for code, entry in keyed(item):
        named = name(entry)
        found[code] = Reason(zh=named.zh, en=named.en)
    if item.is_mapping() and not found:
        item.error("at least one reason is needed: nobody could return a task", "code: { zh: …, en: … }")
    return found


def _verifiers(item: Item | None) -> tuple[ActorRole, ...]:
    if item is None:
        return _DEFAULT.verifiers
    found: dict[ActorRole, None] = {}
    entries = item.items()
    for entry in entries:
        role = entry.word(ActorRole)
        if role is ActorRole.CLERK and entry.text() == role:
            entry.error("a clerk handles tasks and never verifies one", _one_of(set(ActorRole) - {ActorRole.CLERK}))
        elif role in found:
            entry.error(f"`{role}` is given twice")
        found[role] = None
    if item.is_list() and not entries:
        item.error("the list is empty: nobody could verify a task")
    return tuple(found)


def _approval(item: Item) -> tuple[Approval, ...]:
    found: list[Approval] = []
    for entry in item.items():
        fields = entry.fields(("role", "up_to_days"), ("role", "up_to_days"))
        if len(fields) < 2:
            continue
        role, days = fields["role"].word(ActorRole), _number(fields["up_to_days"], *DAYS, 0.0)
        if role not in APPROVERS:
            if fields["role"].text() == role:
                fields["role"].error(f"`{role}` approves nothing", _one_of(APPROVERS))
            continue
        if found and APPROVERS.index(role) <= APPROVERS.index(found[-1].role):
            fields["role"].error(f"`{role}` does not stand above `{found[-1].role}`, which is named before it")
        if found and days and days <= found[-1].up_to_days:
            fields["up_to_days"].error(f"must be more than the {found[-1].up_to_days:g} days of `{found[-1].role}`")
        found.append(Approval(role=role, up_to_days=days))
    if not found and item.is_list() and not item.items():
        item.error("the list is empty: nobody could approve anything", "{ role: dispatcher, up_to_days: 1 }")
    return tuple(found) or _DEFAULT.extension_approval


def _one_of(roles: Collection[ActorRole]) -> str:
    return "one of " + ", ".join(role for role in ActorRole if role in roles)
