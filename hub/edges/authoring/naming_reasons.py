"""Which reasons of decisions name a rule of the folder. It must never guess: a thing that decides nothing has none."""

import re

from hub.edges.authoring.outlining import Entry, Outline
from hub.rulebook.read import DUTY_FOLDER
from hub.vocabulary.terms import Stage

_STAGES = {
    "routing.yaml": Stage.ROUTE,
    "categories.yaml": Stage.CLASSIFY,
    "severity.yaml": Stage.SEVERITY,
    "fusion.yaml": Stage.FUSE,
    "deadlines.yaml": Stage.DEADLINES,
}
#: Files that name things and decide nothing by themselves.
_NAMES_ONLY = ("city.yaml", "calendar.yaml", "feeds.yaml", f"{DUTY_FOLDER}units.yaml", "cases/")
_KIND = re.compile(r"^kind: *([a-z]+)", re.MULTILINE)


def reasons_naming(entry: Entry, outline: Outline) -> tuple[tuple[str, str], ...] | None:
    """Stage and rule of every reason that a rule leaves, an empty stage for any; None for what decides nothing."""
    if entry.file.startswith(_NAMES_ONLY):
        return None
    if entry.file == "duties.yaml":
        return ((Stage.ROUTE, f"duty-{entry.id}"),)
    if entry.file.startswith(DUTY_FOLDER):
        return _of_duty(entry, outline)
    stage = _STAGES.get(entry.file)
    return ((stage.value if stage is not None else "", entry.id),)


def _of_duty(entry: Entry, outline: Outline) -> tuple[tuple[str, str], ...] | None:
    """A subclass of the duty list is a route, and each of its clauses a limit."""
    kind = _KIND.search(outline.files[entry.file])
    if kind is None:
        return None
    key = f"{kind[1]}-{entry.id}"
    clauses = outline.size_of((entry.file, entry.section, entry.id), "clauses")
    return (
        (Stage.ROUTE, f"duty-{key}"),
        *((Stage.CLASSIFY, f"{key}.{n}") for n in range(1, clauses + 1)),
        *((Stage.DEADLINES, f"clause-{key}.{n}") for n in range(1, clauses + 1)),
    )
