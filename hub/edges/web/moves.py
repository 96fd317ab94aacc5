"""`POST /v1/tasks/{id}/{action}`: moving a task. It must never move one twice for one key."""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.params import FromPath, HeaderParameter, JSONBody

from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.store.progressing import KeyReused, NoSuchTask
from hub.edges.web.actors import actor_of
from hub.edges.web.answers import Answer
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import checked_text
from hub.edges.web.problems import (
    PROBLEMS,
    TYPE_PREFIX,
    FieldError,
    Problem,
    ProblemError,
    documented,
    problem,
    wrong,
)
from hub.edges.web.wiring import Wired
from hub.moving import Moved, move_task
from hub.ports import RulebookReplaced
from hub.vocabulary.move_phrases import bar_sentence
from hub.vocabulary.moves import Action, ActorRole, Bar, Barred, Case, Verdict, Wish
from hub.vocabulary.terms import IncidentStatus, TaskStatus

_PROBLEMS = documented(
    "bad-request",
    "bad-parameter",
    "key-missing",
    "key-not-allowed",
    "not-your-move",
    "foreign-origin",
    "not-found",
    "illegal-move",
    "moved-meanwhile",
    "too-large",
    "wrong-host",
    "key-reused",
    "store-unavailable",
)
#: Bars that a better request lifts, and those that another person lifts; the rest is the task's state.
_OF_REQUEST = frozenset({Bar.MISSING, Bar.UNKNOWN, Bar.TOO_LONG})
_OF_PERSON = frozenset({Bar.ROLE, Bar.BUREAU, Bar.HANDLER})
#: What a text may hold besides what can be printed.
_BREAKS = frozenset("\n\t\r")

_KEY = re.compile(r"[A-Za-z0-9._~:-]{8,100}")
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Needed: 8 to 100 letters, digits or ._~:- made by the sender for each move, such as a UUID; the "
        "same again gets the same answer.",
        max_length=100,
    ),
]
_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Short = Annotated[str, msgspec.Meta(max_length=100)]


class MoveBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who moves a task and what they say. `needs` of the task's moves tells what each move has to say."""

    #: Name or number of the person; with a `task` key that of the key when left out.
    by: _Short = ""
    role: ActorRole | None = None
    #: 承办单位 of a clerk.
    bureau: _Short | None = None
    #: 说明.
    note: _Text = ""
    #: 退单理由 one of `return_reasons`.
    reason: _Short = ""
    #: 依据条款 of the duty list that a return cites.
    clause: _Text = ""
    #: 处置情况 what was done, addresses of photos.
    evidence: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=20)] = ()
    #: 转交单位.
    to_bureau: _Short = ""
    #: 工作日 asked for.
    days: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    verdict: Verdict | None = None
    #: The version of the task that was looked at: somebody faster is a 409 and never overruled unseen.
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class MoveAnswer(Answer, frozen=True, kw_only=True):
    """What a move has done."""

    task_id: str
    incident_id: str
    move: str
    status: TaskStatus
    version: int
    incident_status: IncidentStatus
    incident_version: int
    at: datetime
    #: Task of the bureau that has it now, when it was passed on.
    successor: str | None


class MoveProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """Why a task was not moved: what bars it, its state and the moves that are legal."""

    #: `detail` in Chinese.
    detail_zh: str
    bar: Bar
    state: TaskStatus
    legal: tuple[str, ...]


@post(
    "/v1/tasks/{task_id:str}/{action:str}",
    opt={ROLE: Role.TASK},
    status_code=200,
    responses=_PROBLEMS,
    tags=["tasks"],
    summary="Move a task",
)
async def move_one(
    wiring: Wired,
    request: Request[Any, Any, Any],
    task_id: FromPath[str],
    action: FromPath[Action],
    data: JSONBody[MoveBody],
    idempotency_key: Key = None,
) -> MoveAnswer:
    """Accept (签收), report back (反馈), verify (核查) and so on: `GET /v1/tasks/{task_id}` lists what is legal now.

    A 409 names the state and the legal moves; nothing has changed then. With a `task` key the role and the bureau are
    the key's; otherwise the body names them."""
    key = _checked_key(idempotency_key)
    actor = actor_of(wiring, request, _said(data.by, "by"), data.role, data.bureau)
    wish = _wish(action, data)
    now = utc_now()

    edition = wiring.rules.edition

    def decide(case: Case) -> Moved | Barred:
        return move_task(case, task_id, actor, wish, edition.book, now)

    digest = hashlib.sha256(msgspec.json.encode((task_id, actor, wish))).digest()
    try:
        made = await wiring.progressing.move(
            checked_text(task_id, "task_id"), key, digest, decide, now, edition.in_force
        )
    except NoSuchTask:
        raise problem("not-found", "There is no task of this id.") from None
    except KeyReused:
        raise problem("key-reused", "Make a new key for a new request.") from None
    except RulebookReplaced:
        headers = {"retry-after": "2"}
        raise problem("store-unavailable", "Other rules hold since a moment ago: try again.", headers=headers) from None
    if isinstance(made, Barred):
        raise _barred(made)
    wiring.poke()
    return MoveAnswer(**msgspec.structs.asdict(made))


def _checked_key(key: str | None) -> str:
    if key is None or not _KEY.fullmatch(key):
        raise wrong("Idempotency-Key", "send a key of 8 to 100 letters, digits or ._~:- , a new one for each move")
    return key


def _wish(action: Action, data: MoveBody) -> Wish:
    return Wish(
        action=action,
        note=_said(data.note, "note"),
        reason=_said(data.reason, "reason"),
        clause=_said(data.clause, "clause"),
        evidence=tuple(piece for text in data.evidence if (piece := _said(text, "evidence"))),
        to_bureau=_said(data.to_bureau, "to_bureau"),
        days=data.days,
        verdict=data.verdict,
        version=data.version,
    )


def _said(text: str, field: str) -> str:
    if not all(letter.isprintable() or letter in _BREAKS for letter in text):
        raise wrong(field, "must be printable")
    return text.strip()


def _barred(barred: Barred) -> ProblemError:
    zh, en = bar_sentence(barred.bar, barred.field, barred.detail)
    name = "illegal-move"
    if barred.bar is Bar.VERSION:
        name = "moved-meanwhile"
    elif barred.bar in _OF_REQUEST:
        name = "bad-parameter"
    elif barred.bar in _OF_PERSON:
        name = "not-your-move"
    status, title = PROBLEMS[name]
    return ProblemError(
        MoveProblem(
            type=TYPE_PREFIX + name,
            title=title,
            status=status,
            detail=en + ".",
            detail_zh=zh + "。",
            errors=(FieldError(barred.field, en),) if barred.field else (),
            bar=barred.bar,
            state=barred.status,
            legal=barred.legal,
        )
    )
