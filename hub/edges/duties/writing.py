"""Writes a listing as rule files that a person can read. It must never write the same listing in two ways."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hub.edges.duties.listing import ListedDuty, Listing
from hub.rulebook.book import Bureau
from hub.rulebook.read_duty_list import KINDS_ZH
from hub.vocabulary.terms import CategoryKind, DeadlineBasis

#: Words that YAML takes as they are: no sign that means something to it, and no number.
_PLAIN = re.compile(r"[A-Za-z_㐀-鿿（）·℃²][\w㐀-鿿（）·℃².-]*")
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_CLASS_DIGITS = 2
_HEAD = """\
# 职责清单（{kind}）: who handles a subclass, who supervises it, and how soon, by filing condition.
# Written by `hub rules import-duties`; the remarks name the cell. A second import keeps `category`, `said` and `usual`
# of what has not changed in the workbook and writes the rest anew: what is to stay otherwise goes to routing.yaml.
"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may have changed in a duty since it was imported."""

    category: str
    #: Short words by the digest of the condition they stand for.
    said: Mapping[str, tuple[str, ...]]
    #: Digest of the usual condition.
    usual: str | None = None


def duty_file(
    kind: CategoryKind,
    listing: Listing,
    kept: Mapping[str, Kept],
    *,
    standard_ref: str,
    districts: Sequence[str],
) -> str:
    """The text of the file of one kind, in the order of the codes."""
    duties = {key: duty for key, duty in sorted(listing.duties.items()) if duty.kind is kind}
    classes = listing.classes.get(kind, {})
    used = sorted({duty.code[:_CLASS_DIGITS] for duty in duties.values()} & set(classes))
    lines = [_HEAD.format(kind=KINDS_ZH[kind]).rstrip(), f"kind: {kind}"]
    if standard_ref:
        lines.append(f"standard_ref: {scalar(standard_ref)}")
    if districts:
        lines.append(f"districts: [{', '.join(districts)}]")
    if used:
        lines += ["classes:", *(f'  "{code}": {scalar(classes[code])}' for code in used)]
    lines.append("duties:")
    above = ""
    for key, duty in duties.items():
        group = duty.code[:_CLASS_DIGITS]
        if group != above:
            lines.append(f"  # ── {group} {classes.get(group, '')} ".rstrip() + " ──")
            above = group
        lines += _duty(duty, kept[key])
    return "\n".join(lines) + "\n"


def units_file(units: Mapping[str, Bureau]) -> str:
    """The text of the file of units that city.yaml does not know."""
    lines = [
        "# Units of the duty list that city.yaml does not know. Give each an English name, or move it to city.yaml:",
        "# a bureau under `bureaus`, another spelling to its `words`, a unit that the place decides to `local_units`.",
        "bureaus:",
    ]
    for key, unit in sorted(units.items(), key=lambda item: (len(item[0]), item[0])):
        words = f", words: [{', '.join(map(scalar, unit.words))}]" if unit.words else ""
        lines.append(f"  {key}: {{zh: {scalar(unit.name.zh)}, en: {scalar(unit.name.en)}{words}}}")
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """A text as YAML, in quotes only where it needs them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)


def _duty(duty: ListedDuty, kept: Kept) -> Iterator[str]:
    yield f'  "{duty.code}":  # {duty.source}'
    yield f"    name: {scalar(duty.name)}"
    yield f"    category: {kept.category}"
    yield f"    units: [{', '.join(duty.units)}]  # {duty.units_source}"
    if duty.supervisors:
        yield f"    supervisors: [{', '.join(duty.supervisors)}]  # {duty.supervisors_source}"
    yield "    clauses:"
    marked = False
    for clause in duty.clauses:
        words = ", ".join(scalar(word) for word in kept.said.get(clause.digest, clause.said))
        basis: DeadlineBasis = clause.limit.basis
        usual = ", usual: true" if clause.digest == kept.usual and not marked else ""
        marked = marked or bool(usual)
        yield f"      - {{said: [{words}], basis: {basis}, amount: {clause.limit.amount:g}{usual}}}  # {clause.source}"
