"""`/v1/rules/drafts`: texts of authors before they are live. It must never let one author overwrite another unseen."""

import re
import uuid
from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec.structs import asdict

from hub.edges.clock import utc_now
from hub.edges.keys import Role, key_in
from hub.edges.store.drafting import MOST_DRAFTS, DraftRow, Edit
from hub.edges.web.draft_answers import (
    DraftAnswer,
    DraftDetail,
    DraftFile,
    DraftList,
    OpenDraft,
    SavedFile,
    SaveFile,
)
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import checked_text
from hub.edges.web.problems import documented, problem, wrong
from hub.edges.web.rule_answers import FileText
from hub.edges.web.wiring import Wired, Wiring
from hub.rulebook.read import FILES, OPTIONAL_FILES

_READ = ("bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable")
_WRITE = (*_READ, "bad-request", "foreign-origin", "too-large", "unsupported-media-type", "not-found")
_LIST = documented(*_READ)
_ONE = documented(*_READ, "not-found")
_OPEN = documented(*_WRITE, "too-many-drafts")
_SAVE = documented(*_WRITE, "changed-meanwhile")
_DROP = documented(*_READ, "not-found", "foreign-origin")
#: A body holds one file.
_MAX_BYTES = 5_000_000
#: Files of a folder: those at its top, and any in the folders for the duty list and for cases.
FILE_NAME = re.compile(r"(?:[a-z][a-z0-9_-]{0,60}|(?:duties|cases)/[\w.-]{1,60})\.ya?ml")
#: What a PostgreSQL text cannot hold.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_NOBODY = "rule author"


@get("/v1/rules/drafts", opt={ROLE: Role.READ}, responses=_LIST, tags=["rules"], summary="List drafts, newest first")
async def list_drafts(wiring: Wired) -> DraftList:
    """A draft stays, also after it was made live, until somebody throws it away."""
    return DraftList(items=tuple(DraftAnswer(**asdict(row)) for row in await wiring.drafts.all()))


@post("/v1/rules/drafts", opt={ROLE: Role.RULES}, responses=_OPEN, tags=["rules"], summary="Begin a draft")
async def open_draft(wiring: Wired, request: Request[Any, Any, Any], data: JSONBody[OpenDraft]) -> DraftDetail:
    """It begins as the active rulebook, with the cases beside it."""
    title, by = checked_text(data.title.strip(), "title"), author(wiring, request, data.by)
    if not title:
        raise wrong("title", "must not be blank")
    version = wiring.book.version
    texts = await wiring.workshop.active_texts(version)
    if texts is None:
        raise problem("not-found", "The texts of the active rulebook are not kept here yet.")
    cases = await wiring.drafts.cases_of(version) or await wiring.workshop.cases()
    draft_id = uuid.uuid4()
    if not await wiring.drafts.open(draft_id, title, version, texts | cases, by, utc_now()):
        raise problem("too-many-drafts", f"There are {MOST_DRAFTS} drafts already: throw one away first.")
    return await _detail(wiring, await found_draft(wiring, draft_id))


@get("/v1/rules/drafts/{draft_id:uuid}", opt={ROLE: Role.READ}, responses=_ONE, tags=["rules"], summary="One draft")
async def read_draft(wiring: Wired, draft_id: FromPath[UUID]) -> DraftDetail:
    """Its files with who changed each last; the texts are under `/v1/rules/file`."""
    return await _detail(wiring, await found_draft(wiring, draft_id))


@put(
    "/v1/rules/drafts/{draft_id:uuid}/file",
    opt={ROLE: Role.RULES},
    responses=_SAVE,
    request_max_body_size=_MAX_BYTES,
    tags=["rules"],
    summary="Save a file of a draft",
)
async def save_draft_file(
    wiring: Wired,
    request: Request[Any, Any, Any],
    draft_id: FromPath[UUID],
    file: FromQuery[str],
    data: JSONBody[SaveFile],
) -> SavedFile:
    """409 when somebody else saved the file since `revision`: read it again, and decide. Saving the same text twice
    changes nothing."""
    await found_draft(wiring, draft_id)
    if not FILE_NAME.fullmatch(file):
        known = ", ".join((*FILES, *OPTIONAL_FILES))
        raise wrong("file", f"must be one of {known}, or a .yaml file in duties/ or cases/")
    if data.text is not None and not _is_text(data.text):
        raise wrong("text", "holds a character that no text has")
    edit = Edit(file=file, text=data.text, revision=data.revision, by=author(wiring, request, data.by), at=utc_now())
    revision = await wiring.drafts.save(draft_id, edit)
    if revision is None:
        kept = await wiring.drafts.file(draft_id, file)
        if kept is None or kept.text != data.text:
            who = f"{kept.changed_by} saved it at {kept.changed_at.isoformat()}" if kept is not None else "it is new"
            raise problem("changed-meanwhile", f"{file}: {who}, after the text that you changed.")
        revision = kept.revision
    return SavedFile(file=file, revision=revision)


@delete(
    "/v1/rules/drafts/{draft_id:uuid}",
    opt={ROLE: Role.RULES},
    responses=_DROP,
    tags=["rules"],
    summary="Throw a draft away",
)
async def drop_draft(wiring: Wired, draft_id: FromPath[UUID]) -> None:
    """What was made live from it stays live."""
    if not await wiring.drafts.drop(draft_id):
        raise problem("not-found", "There is no such draft.")


async def found_draft(wiring: Wiring, draft_id: UUID) -> DraftRow:
    """A draft. Raises a problem when there is none."""
    row = await wiring.drafts.one(draft_id)
    if row is None:
        raise problem("not-found", "There is no such draft.")
    return row


async def text_of(wiring: Wiring, draft_id: UUID, file: str) -> FileText:
    """A file of a draft. Raises a problem when there is none."""
    await found_draft(wiring, draft_id)
    row = await wiring.drafts.file(draft_id, file)
    if row is None:
        raise problem("not-found", "The draft has no such file.")
    return FileText(
        file=file,
        text=row.text,
        base=row.base,
        revision=row.revision,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


def author(wiring: Wiring, request: Request[Any, Any, Any], by: str) -> str:
    """Who writes: the name given, and with keys the name of the key, which nobody can make up."""
    given = checked_text(by.strip(), "by")
    caller = wiring.keys.check_key(key_in(request.headers))
    if wiring.keys.open or caller is None:
        return given or _NOBODY
    return f"{given} ({caller.name})" if given and given != caller.name else caller.name


async def _detail(wiring: Wiring, row: DraftRow) -> DraftDetail:
    files = await wiring.drafts.files(row.id)
    return DraftDetail(
        **asdict(row),
        files=tuple(DraftFile(**asdict(file)) for file in files),
        active_version=wiring.book.version,
    )


def _is_text(text: str) -> bool:
    """Whether PostgreSQL can keep it."""
    return _NO_TEXT.search(text) is None
