"""What an import would change in a duty list, told for a person. It must never leave a change out."""

from collections.abc import Iterator, Mapping

import msgspec

from hub.rulebook.book import Clause, Duty
from hub.rulebook.read_duty_list import BASES_ZH, standing


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between the list in the rules and the list in the workbook."""

    duty: str
    #: As people quote it: 部件01-01上水井盖.
    standing: str
    #: added, removed, or the field that changed.
    what: str
    before: str = ""
    after: str = ""


def changes_between(old: Mapping[str, Duty], new: Mapping[str, Duty]) -> list[Change]:
    """The differences, in the order of the keys."""
    found: list[Change] = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before is None and after is not None:
            found.append(Change(duty=key, standing=standing(after), what="added", after=_summary(after)))
        elif after is None and before is not None:
            found.append(Change(duty=key, standing=standing(before), what="removed", before=_summary(before)))
        elif before is not None and after is not None:
            found += _fields(before, after)
    return found


def line_of(change: Change) -> str:
    """A change as one line: + added, - removed, ~ changed."""
    if change.what == "added":
        return f"+ {change.standing}: {change.after}"
    if change.what == "removed":
        return f"- {change.standing}: {change.before}"
    return f"~ {change.standing} {change.what}: {change.before or 'nothing'} → {change.after or 'nothing'}"


def _fields(old: Duty, new: Duty) -> Iterator[Change]:
    pairs = [
        ("name", old.name, new.name),
        ("class", old.class_name, new.class_name),
        ("table", old.code.standard_ref, new.code.standard_ref),
        ("category", old.category, new.category),
        ("units", ", ".join(old.units), ", ".join(new.units)),
        ("supervisors", ", ".join(old.supervisors), ", ".join(new.supervisors)),
        ("districts", ", ".join(sorted(old.districts or ())), ", ".join(sorted(new.districts or ()))),
    ]
    longest = max(len(old.clauses), len(new.clauses))
    pairs += [(f"clause {n + 1}", _clause_at(old, n), _clause_at(new, n)) for n in range(longest)]
    for what, before, after in pairs:
        if before != after:
            yield Change(duty=new.key, standing=standing(new), what=what, before=before, after=after)


def _clause_at(duty: Duty, n: int) -> str:
    if n >= len(duty.clauses):
        return ""
    clause = duty.clauses[n]
    return _clause(clause) + ("，通常情形" if clause.id == duty.usual and n > 0 else "")


def _clause(clause: Clause) -> str:
    return f"{'、'.join(clause.said)} {clause.amount:g}{BASES_ZH[clause.basis]}"


def _summary(duty: Duty) -> str:
    return f"{', '.join(duty.units)}; {'; '.join(map(_clause, duty.clauses))}"
