"""`/v1/rulebooks`: what is active, what was, and making another one active. It must never let half of one through."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from hub.edges.activating.admitting import Hand, UnknownVersion, admit_texts, admit_version
from hub.edges.activating.edition import UnreadableRulebook
from hub.edges.activating.following import bring_to
from hub.edges.activating.starting import folder_state
from hub.edges.clock import utc_now
from hub.edges.keys import Role, key_in
from hub.edges.rules import RulebookError
from hub.edges.store.activations import OtherActive
from hub.edges.store.presence import present
from hub.edges.web.drafts import FILE_NAME
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import Limit, checked_text
from hub.edges.web.problems import MEDIA_TYPE, FieldError, ProblemError, documented, problem, quoted, wrong
from hub.edges.web.rulebook_answers import (
    Activated,
    ActivationAnswer,
    Draft,
    FolderAnswer,
    Reason,
    RulebookAnswer,
    RulebookProblem,
    RulebooksPage,
    WorkerAnswer,
    finding,
)
from hub.edges.web.wiring import Wired, Wiring
from hub.rulebook.yaml_nodes import RuleError
from hub.vocabulary.activations import Activation, How

_READ = ("bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable", "not-found")
_LIST = documented(*_READ)
#: How a rulebook is refused.
RULES_HAVE_ERRORS = {
    422: ResponseSpec(
        data_container=RulebookProblem,
        description="The rules have errors.",
        media_type=MEDIA_TYPE,
        generate_examples=False,
    )
}
_WRITE = (
    documented(*_READ, "bad-request", "foreign-origin", "too-large", "changed-meanwhile", "rules-have-errors")
    | RULES_HAVE_ERRORS
)

#: Findings of a refused rulebook that are named; more would not be read.
_MAX_FINDINGS = 500
_MAX_REASON = 500
_HighestNumber = 2**31 - 1

HistoryCursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before.", max_length=20)]


@get("/v1/rulebooks", opt={ROLE: Role.READ}, responses=_LIST, tags=["rulebooks"], summary="What is active, and was")
async def list_rulebooks(wiring: Wired, cursor: HistoryCursor = None, limit: Limit = 50) -> RulebooksPage:
    """The active rulebook, the workers that decide by it, whether the folder on disk is another, and the history,
    newest first."""
    active = await _active(wiring)
    rows = await wiring.activations.history(wiring.settings.city, limit + 1, _before(cursor))
    state = folder_state(wiring.settings.city_dir(), active.version)
    workers = await present(wiring.pool, utc_now())
    return RulebooksPage(
        active=_told(active, active),
        folder=FolderAnswer(version=state.version, differs=state.differs),
        workers=tuple(
            WorkerAnswer(id=worker.id, rulebook_version=worker.rulebook_version, seen_at=worker.seen_at)
            for worker in workers
        ),
        items=tuple(_told(row, active) for row in rows[:limit]),
        next_cursor=str(rows[limit - 1].number) if len(rows) > limit else None,
    )


@get(
    "/v1/rulebooks/{version:str}",
    opt={ROLE: Role.READ},
    responses=_LIST,
    tags=["rulebooks"],
    summary="Texts of a version",
)
async def read_rulebook(wiring: Wired, version: FromPath[str]) -> RulebookAnswer:
    """The files of a version, as they were. `active` for the version is the active one."""
    active = await _active(wiring)
    stored = await wiring.activations.texts(active.version if version == "active" else checked_text(version, "version"))
    if stored is None:
        raise problem("not-found", "There is no rulebook of this version.")
    rows = await wiring.activations.of_version(wiring.settings.city, stored.version)
    return RulebookAnswer(
        version=stored.version,
        city=stored.city,
        loaded_at=stored.loaded_at,
        active=stored.version == active.version,
        files=stored.files,
        activations=tuple(_told(row, active) for row in rows),
    )


@post(
    "/v1/rulebooks",
    opt={ROLE: Role.RULES},
    status_code=200,
    responses=_WRITE,
    tags=["rulebooks"],
    summary="Check a rulebook and make it active",
)
async def activate_draft(wiring: Wired, request: Request[Any, Any, Any], data: JSONBody[Draft]) -> Activated:
    """Checks as `hub rules check` does and runs the cases sent along. With any finding nothing changes (422). Every
    worker and server decides and answers by it within five seconds; this server does when it has answered."""
    for name in data.files:
        if not FILE_NAME.fullmatch(name):
            raise wrong("files", f"{quoted(name)} is no name of a file of a city folder")
    hand = _hand(wiring, request, data.why, data.by, How.DRAFT, data.instead_of)
    try:
        activation, news = await admit_texts(
            wiring.activations, wiring.settings.city, data.files, hand, utc_now().date()
        )
    except RulebookError as error:
        raise refused_rules(error.errors) from None
    except OtherActive as error:
        raise _moved(error) from None
    return await _activated(wiring, activation, news)


@post(
    "/v1/rulebooks/{version:str}/activate",
    opt={ROLE: Role.RULES},
    status_code=200,
    responses=_WRITE,
    tags=["rulebooks"],
    summary="Make a kept version active again",
)
async def activate_version(
    wiring: Wired, request: Request[Any, Any, Any], version: FromPath[str], data: JSONBody[Reason]
) -> Activated:
    """A rollback, or its undoing: any version that is kept may decide again."""
    hand = _hand(wiring, request, data.why, data.by, How.ROLLBACK, data.instead_of)
    try:
        activation, news = await admit_version(
            wiring.activations, wiring.settings.city, checked_text(version, "version"), hand
        )
    except UnknownVersion:
        raise problem("not-found", "There is no rulebook of this version.") from None
    except (RulebookError, UnreadableRulebook) as error:
        raise refused_rules(error.errors) from None
    except OtherActive as error:
        raise _moved(error) from None
    return await _activated(wiring, activation, news)


async def _activated(wiring: Wiring, activation: Activation, news: bool) -> Activated:
    await bring_to(wiring.rules, wiring.activations, wiring.settings.city)
    return Activated(activation=_told(activation, await _active(wiring)), changed=news)


async def _active(wiring: Wiring) -> Activation:
    active = await wiring.activations.active(wiring.settings.city)
    if active is None:
        raise problem("not-found", "No rulebook is active yet.")
    return active


def _told(activation: Activation, active: Activation) -> ActivationAnswer:
    values = msgspec.structs.asdict(activation)
    del values["city"]
    return ActivationAnswer(**values, active=activation.number == active.number)


def _hand(wiring: Wiring, request: Request[Any, Any, Any], why: str, by: str, how: How, instead_of: str | None) -> Hand:
    why, by = why.strip(), by.strip()
    if not why or not why.isprintable() or len(why) > _MAX_REASON:
        raise wrong("why", f"say in up to {_MAX_REASON} characters on one line why; it goes into the history")
    if not by.isprintable() or len(by) > _MAX_REASON:
        raise wrong("by", "must be a name on one line")
    caller = wiring.keys.check_key(key_in(request.headers))
    who = by or "anybody" if wiring.keys.open or caller is None else caller.name
    return Hand(who=who, why=why, how=how, instead_of=instead_of)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and 0 < int(cursor) <= _HighestNumber):
        raise wrong("cursor", "is not a cursor that this hub made")
    return int(cursor)


def refused_rules(errors: tuple[RuleError, ...]) -> ProblemError:
    """The problem of a rulebook with errors, with all of them."""
    named = errors[:_MAX_FINDINGS]
    files = len({error.file for error in errors})
    counted = f"{len(errors)} error{'' if len(errors) == 1 else 's'} in {files} file{'' if files == 1 else 's'}"
    made = problem(
        "rules-have-errors",
        f"{counted}; the active rulebook stays.",
        [FieldError(f"{error.file}:{error.line}:{error.column}", error.message) for error in named],
    )
    told = RulebookProblem(**msgspec.structs.asdict(made.problem), findings=tuple(map(finding, named)))
    return ProblemError(told)


def _moved(error: OtherActive) -> ProblemError:
    active = error.active
    what = "none is active" if active is None else f"{active.version} is active, by {active.who}: {active.why}"
    return problem("changed-meanwhile", f"Another rulebook was activated meanwhile: {what}.")
