"""What the API says of rulebooks. It must never judge one."""

from datetime import datetime

import msgspec

from hub.edges.web.answers import Answer, State
from hub.edges.web.problems import Problem
from hub.rulebook.yaml_nodes import RuleError
from hub.vocabulary.activations import How


class ActivationAnswer(Answer, frozen=True, kw_only=True):
    """A rulebook was made the one that decides (启用)."""

    #: Counts the activations of this city.
    number: int
    version: str
    at: datetime
    who: str
    why: str
    how: How
    #: It is the one that decides now.
    active: bool


class FolderAnswer(Answer, frozen=True, kw_only=True):
    """The city folder on the server's disk, beside what is active."""

    #: Null: it is not there, or a file of it is no text.
    version: str | None
    differs: bool


class WorkerAnswer(Answer, frozen=True, kw_only=True):
    """A worker that takes messages, and the rulebook it has read."""

    id: str
    rulebook_version: str
    seen_at: datetime


class RulebooksPage(Answer, frozen=True, kw_only=True):
    """What is active, who decides by it, and what was before, newest first."""

    active: ActivationAnswer
    folder: FolderAnswer
    workers: tuple[WorkerAnswer, ...]
    items: tuple[ActivationAnswer, ...]
    next_cursor: str | None


class RulebookAnswer(Answer, frozen=True, kw_only=True):
    """The texts of a version, and when it was activated, newest first."""

    version: str
    #: Code of the city.
    city: str
    loaded_at: datetime
    active: bool
    files: dict[str, str]
    activations: tuple[ActivationAnswer, ...]


class Activated(Answer, frozen=True, kw_only=True):
    """What is active now."""

    activation: ActivationAnswer
    #: False: it was active before, and nothing changed.
    changed: bool


class RulebookReadiness(Answer, frozen=True, kw_only=True):
    """The active rulebook, beside what this server answers by and the folder on its disk; versions."""

    #: Null: none is active yet.
    active: str | None
    here: str
    folder_differs: bool


class Readiness(State, frozen=True, kw_only=True):
    """That messages can be kept, and by which rulebook they are decided."""

    rulebook: RulebookReadiness


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rulebook to be checked and activated."""

    #: Every file of the city folder by its name, such as `city.yaml` and `duties/event.yaml`. Files of `cases/` are run
    #: before and not kept.
    files: dict[str, str]
    #: For the history.
    why: str
    #: Who does it, on a hub without keys; with keys it is the holder of the key.
    by: str = ""
    #: The version it was made from: refused with `changed-meanwhile` when another is active.
    instead_of: str | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a kept version is to be active again."""

    why: str
    by: str = ""
    instead_of: str | None = None


class Finding(Answer, frozen=True, kw_only=True):
    """One thing that is wrong with a rulebook; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    #: What would be right; empty when that cannot be said in a line.
    expected: str


class RulebookProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """A rulebook that is refused, with everything that is wrong with it."""

    findings: tuple[Finding, ...] = ()


def finding(error: RuleError) -> Finding:
    """An error of the reader or the check."""
    return Finding(
        file=error.file, line=error.line, column=error.column, message=error.message, expected=error.expected
    )
