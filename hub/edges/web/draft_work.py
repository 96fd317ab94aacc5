"""What is done with a draft: check, cases, changes, export. It must never make a draft live by the way."""

import difflib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec.structs import asdict

from hub.edges.authoring.checking import Checked, check_texts
from hub.edges.authoring.testing import Tested, run_all
from hub.edges.authoring.workshop import ReadBook, cases_in, rules_of
from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.web.draft_answers import (
    CaseAnswer,
    DraftChanges,
    DraftChecked,
    DraftTested,
    FileChange,
    Finding,
)
from hub.edges.web.drafts import found_draft
from hub.edges.web.guard import ROLE
from hub.edges.web.problems import FieldError, documented, problem
from hub.edges.web.rules import readable
from hub.edges.web.wiring import Wired
from hub.rulebook.carets import told
from hub.rulebook.read_cases import read_cases
from hub.rulebook.yaml_nodes import RuleError

_READ = ("bad-parameter", "key-missing", "key-not-allowed", "not-found", "wrong-host", "store-unavailable")
_ONE = documented(*_READ)
_WORK = documented(*_READ, "foreign-origin")
_TEST = documented(*_READ, "foreign-origin", "rules-have-errors")
Against = Annotated[
    Literal["base", "active"], QueryParameter(description="What the draft was begun from, or what is active now.")
]
#: Findings told at once; nobody mends more before checking again.
_MAX_FINDINGS = 500
_MAX_ERRORS = 20


@post(
    "/v1/rules/drafts/{draft_id:uuid}/check",
    opt={ROLE: Role.READ},
    status_code=200,
    responses=_WORK,
    tags=["rules"],
    summary="Check a draft",
)
async def check_draft(wiring: Wired, draft_id: FromPath[UUID]) -> DraftChecked:
    """Every finding, as `hub rules check` tells them."""
    await found_draft(wiring, draft_id)
    texts = await wiring.drafts.texts(draft_id)
    checked = await wiring.workshop.run(lambda: _checked(texts))
    return DraftChecked(
        version=checked.version,
        categories=checked.categories,
        rules=checked.rules,
        findings=_told(checked.errors, texts),
        warnings=_told(checked.warnings, texts),
    )


@post(
    "/v1/rules/drafts/{draft_id:uuid}/cases",
    opt={ROLE: Role.READ},
    status_code=200,
    responses=_TEST,
    tags=["rules"],
    summary="Run the cases of a draft",
)
async def run_draft_cases(wiring: Wired, draft_id: FromPath[UUID]) -> DraftTested:
    """Every case with what differs, and the rules that no case touches, as `hub rules test` tells them."""
    await found_draft(wiring, draft_id)
    texts = await wiring.drafts.texts(draft_id)
    read = await readable(wiring, texts)
    tested = await wiring.workshop.run(lambda: _tested(texts, read))
    return DraftTested(
        version=tested.version,
        cases=tuple(CaseAnswer(**asdict(case)) for case in tested.cases),
        failed=len(tested.failed),
        untouched={file: rules for file, rules in tested.untouched.items() if rules},
    )


@get(
    "/v1/rules/drafts/{draft_id:uuid}/changes",
    opt={ROLE: Role.READ},
    responses=_ONE,
    tags=["rules"],
    summary="What a draft changes",
)
async def read_draft_changes(wiring: Wired, draft_id: FromPath[UUID], against: Against = "base") -> DraftChanges:
    """A unified diff for each file that is otherwise than when the draft was begun, or than in the active rulebook."""
    await found_draft(wiring, draft_id)
    before, after = await wiring.drafts.begun_from(draft_id), await wiring.drafts.texts(draft_id)
    if against == "active":
        before = await wiring.workshop.active_texts(wiring.book.version) or {}
        # Cases have no version: they are kept in git and in drafts.
        after = rules_of(after)
    changed = [file for file in sorted({*before, *after}) if before.get(file) != after.get(file)]
    return DraftChanges(files=tuple(_change(file, before.get(file, ""), after.get(file, "")) for file in changed))


@get(
    "/v1/rules/drafts/{draft_id:uuid}/export",
    opt={ROLE: Role.READ},
    media_type="application/zip",
    responses=_ONE,
    tags=["rules"],
    summary="The folder of a draft",
)
async def export_draft(wiring: Wired, draft_id: FromPath[UUID]) -> Response[bytes]:
    """A zip to unpack over the city folder and commit: the YAML files in git remain the source."""
    await found_draft(wiring, draft_id)
    texts = await wiring.drafts.texts(draft_id)
    headers = {"content-disposition": f'attachment; filename="rules-{wiring.settings.city}.zip"'}
    return Response(_zipped(texts), media_type="application/zip", headers=headers)


def _told(errors: Sequence[RuleError], texts: Mapping[str, str]) -> tuple[Finding, ...]:
    return tuple(Finding(**asdict(error), told=told(error, texts)) for error in errors[:_MAX_FINDINGS])


def _checked(texts: dict[str, str]) -> Checked:
    return check_texts(rules_of(texts), cases_in(texts), utc_now().date())


def _tested(texts: dict[str, str], read: ReadBook) -> Tested:
    cases, errors = read_cases(cases_in(texts), read.book)
    if errors:
        fields = [FieldError(f"{error.file}:{error.line}:{error.column}", error.message) for error in errors]
        raise problem(
            "rules-have-errors", f"The cases have {len(fields)} error(s): check the draft.", fields[:_MAX_ERRORS]
        )
    return run_all(cases, read.book, read.atlas)


def _change(file: str, before: str, after: str) -> FileChange:
    lines = list(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2))[2:]
    return FileChange(
        file=file,
        added=sum(line.startswith("+") for line in lines),
        removed=sum(line.startswith("-") for line in lines),
        diff="\n".join(lines),
    )


def _zipped(texts: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in sorted(texts.items()):
            archive.writestr(file, text)
    return packed.getvalue()
