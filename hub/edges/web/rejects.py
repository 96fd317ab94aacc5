"""`/v1/rejects`: what could not be understood, and sending it round again. It must never change
a raw message's bytes."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.store.reading import RejectFilter
from hub.edges.store.replaying import replay
from hub.edges.store.rows import RejectRow
from hub.edges.web.answers import Accepted, RejectPage
from hub.edges.web.guard import ROLE
from hub.edges.web.intake import BODY_PROBLEMS, TakesBody, land, source_of, take_body
from hub.edges.web.paging import Cursor, Limit, RejectKey, Since, checked_since, from_cursor, page_of
from hub.edges.web.problems import documented, problem
from hub.edges.web.telling import Telling
from hub.edges.web.wiring import Wired, Wiring
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import Feed, RejectReason

_LIST = documented("bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable")
_RAW = documented("bad-parameter", "key-missing", "key-not-allowed", "not-found", "wrong-host", "store-unavailable")
_REPLAY = documented(
    "bad-parameter",
    "unknown-source",
    "unknown-feed",
    "key-missing",
    "key-not-allowed",
    "foreign-origin",
    "not-found",
    "wrong-host",
    "store-unavailable",
    "overloaded",
    *BODY_PROBLEMS,
)


class MayTakeBody(TakesBody):
    """Documents a body that may be left out."""

    needs_body = False


@get("/v1/rejects", opt={ROLE: Role.READ}, responses=_LIST, tags=["rejects"], summary="List rejects, newest first")
async def list_rejects(
    wiring: Wired,
    feed: FromQuery[Feed | None] = None,
    reason: FromQuery[RejectReason | None] = None,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RejectPage:
    """`field` is the path of what is wrong inside the raw message, `part` the record's place in it."""
    wanted = RejectFilter(feed=feed, reason=reason, since=checked_since(since))
    rows = await wiring.reading.rejects(wanted, from_cursor(cursor, RejectKey), limit + 1)
    return page_of(RejectPage, rows, limit, Telling(wiring.book).reject, _key)


@get(
    "/v1/rejects/{raw_id:uuid}/raw",
    opt={ROLE: Role.ADMIN},
    media_type="application/octet-stream",
    responses=_RAW,
    tags=["rejects"],
    summary="The bytes behind a reject",
)
async def read_raw(wiring: Wired, raw_id: FromPath[UUID]) -> Response[bytes]:
    """The raw message exactly as it is kept. Not masked, since it is read to be mended: for administrators only."""
    raw = await _found(wiring, raw_id)
    headers = {
        "content-disposition": f'attachment; filename="{raw.id}.bin"',
        "x-raw-content-type": raw.content_type,
    }
    return Response(raw.body, media_type="application/octet-stream", headers=headers)


@post(
    "/v1/rejects/{raw_id:uuid}/replay",
    opt={ROLE: Role.ADMIN},
    status_code=202,
    responses=_REPLAY,
    operation_class=MayTakeBody,
    request_max_body_size=None,
    tags=["rejects"],
    summary="Send a rejected raw message round again",
)
async def replay_reject(wiring: Wired, request: Request[Any, Any, Any], raw_id: FromPath[UUID]) -> Accepted:
    """Without a body the same raw message is decided anew, after the rules or the code were mended. With a body, that
    is the mended payload: it lands as a new raw message of the same feed and source."""
    raw = await _found(wiring, raw_id)
    if not _has_body(request):
        await replay(wiring.pool, raw.id, utc_now(), again=True)
        wiring.poke()
        return Accepted(accepted=1, ids=(raw.id,))
    source = source_of(wiring, raw.feed, raw.source)
    accepted = await land(wiring, source, await take_body(wiring, request, source))
    await replay(wiring.pool, raw.id, utc_now(), again=False)
    return accepted


def _has_body(request: Request[Any, Any, Any]) -> bool:
    """By its headers (RFC 9112 §6): a body has a length or a transfer coding."""
    return bool(request.content_length) or "transfer-encoding" in request.headers


async def _found(wiring: Wiring, raw_id: UUID) -> RawMessage:
    raw = await wiring.reading.rejected_raw(raw_id)
    if raw is None:
        raise problem("not-found", "There is no reject of this raw message.")
    return raw


def _key(row: RejectRow) -> RejectKey:
    return RejectKey(row.rejected_at, row.raw_id, row.part)
