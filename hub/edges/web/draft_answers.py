"""What authors send of their drafts and are told of them. It must never hold more than one file's text at a time."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from hub.edges.authoring.comparing import Difference
from hub.edges.web.answers import Answer
from hub.edges.web.rule_answers import Asked, By

#: Longest text of a file; the reader of rules takes no longer one either.
MAX_TEXT = 4_000_000
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class DraftAnswer(Answer, frozen=True, kw_only=True):
    """A draft (草稿) of rules."""

    id: UUID
    title: str
    #: The rulebook it was begun from, or last made live as.
    base_version: str
    opened_by: str
    opened_at: datetime
    activated_at: datetime | None
    changed_files: int
    changed_by: str | None
    changed_at: datetime | None


class DraftList(Answer, frozen=True, kw_only=True):
    """Every draft, the newest first."""

    items: tuple[DraftAnswer, ...]


class DraftFile(Answer, frozen=True, kw_only=True):
    """A file of a draft; `revision` counts up with each saving."""

    file: str
    revision: int
    changed_by: str
    changed_at: datetime
    changed: bool
    removed: bool


class DraftDetail(DraftAnswer, frozen=True, kw_only=True):
    """A draft with its files, and the rulebook that is active now."""

    files: tuple[DraftFile, ...]
    active_version: str


class OpenDraft(Asked, frozen=True, kw_only=True):
    """A draft to be begun from the active rulebook."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    by: By = ""


class SaveFile(Asked, frozen=True, kw_only=True):
    """A new text of a file; null takes the file away. `revision` is the one it was written on, 0 for a new file."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] | None
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 2)]
    by: By = ""


class SavedFile(Answer, frozen=True, kw_only=True):
    """The revision that the next saving has to name."""

    file: str
    revision: int


class Finding(Answer, frozen=True, kw_only=True):
    """What is wrong in a file, and where; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    #: What would be right here, when that can be said in a line.
    expected: str
    #: The same as `hub rules check` prints it: the line itself with a caret.
    told: str


class DraftChecked(Answer, frozen=True, kw_only=True):
    """What a check of a draft found; the draft is `version` as it was looked at."""

    version: str
    categories: int
    rules: int
    findings: tuple[Finding, ...]
    #: What is wrong by the calendar only: worth a look, and no reason to refuse the rules.
    warnings: tuple[Finding, ...]


class CaseAnswer(Answer, frozen=True, kw_only=True):
    """What came of a case (用例); it holds when nothing differs."""

    id: str
    why: str
    file: str
    line: int
    differences: tuple[Difference, ...]


class DraftTested(Answer, frozen=True, kw_only=True):
    """What came of all cases of a draft."""

    version: str
    cases: tuple[CaseAnswer, ...]
    failed: int
    #: Rules that no case touches, by file.
    untouched: dict[str, tuple[str, ...]]


class ActivateDraft(Asked, frozen=True, kw_only=True):
    """A draft to be made active."""

    #: For the history.
    why: Reason
    by: By = ""
    #: The draft as it was looked at: the `version` that its check told.
    version: Annotated[str, msgspec.Meta(max_length=64)]
    #: The rulebook that was active then.
    instead_of: Annotated[str, msgspec.Meta(max_length=64)]


class FileChange(Answer, frozen=True, kw_only=True):
    """What a draft changes in a file, as a unified diff."""

    file: str
    added: int
    removed: int
    diff: str


class DraftChanges(Answer, frozen=True, kw_only=True):
    """What a draft changes since it was begun."""

    files: tuple[FileChange, ...]
