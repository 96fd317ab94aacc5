"""The door: `POST /v1/feeds/{feed}`. It must never answer 202 before the messages are committed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
import structlog
from litestar import Request, post
from litestar.exceptions import InternalServerException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import PathParameter, QueryParameter

from hub.edges.clock import utc_now
from hub.edges.intake.body import read_body
from hub.edges.intake.media import ACCEPTED, read_media
from hub.edges.intake.refusal import Refusal
from hub.edges.intake.split import Piece, new_raw_id, split
from hub.edges.keys import Role
from hub.edges.web.answers import Accepted
from hub.edges.web.guard import ROLE
from hub.edges.web.problems import documented, problem, quoted, refused, wrong
from hub.edges.web.wiring import Wired, Wiring
from hub.ports import Overloaded
from hub.rulebook.book import Source
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import Feed

#: Larger bodies are checked in a thread, so that others are served meanwhile.
_SMALL_BYTES = 64 * 1024
#: Read away of a body over the limit before the connection is closed on the client.
_DRAIN_BYTES = 8 * 1024 * 1024
#: Longest that a body may take to come in.
BODY_SECONDS = 60.0
#: When a source that was refused for overload may come back.
RETRY_AFTER_SECONDS = "2"

BODY_PROBLEMS = (
    "bad-request",
    "empty-body",
    "bad-encoding",
    "bad-json",
    "bad-xml",
    "bad-csv",
    "bad-gzip",
    "too-deep",
    "forbidden-xml",
    "too-slow",
    "too-large",
    "unsupported-media-type",
    "unsupported-content-encoding",
)
_PROBLEMS = documented(
    "bad-parameter",
    "unknown-source",
    "unknown-feed",
    "key-missing",
    "key-not-allowed",
    "foreign-origin",
    "wrong-host",
    "store-unavailable",
    "overloaded",
    *BODY_PROBLEMS,
)

FeedName = Annotated[str, PathParameter(description="One of " + ", ".join(Feed) + ".")]
SourceId = Annotated[str | None, QueryParameter(description="Id of the sending system in the city folder.")]

_log = structlog.get_logger()


class TakesBody(Operation):
    """Documents a body that is read as bytes, whatever its content type."""

    def __post_init__(self) -> None:
        schemas = {
            "json": Schema(type=[OpenAPIType.OBJECT, OpenAPIType.ARRAY]),
            "lines": Schema(type=OpenAPIType.STRING, description="One JSON object a line."),
            "csv": Schema(type=OpenAPIType.STRING, description="A header line, then one record a row."),
            "xml": Schema(type=OpenAPIType.STRING, description="Well-formed XML without a document type."),
        }
        content = {name: OpenAPIMediaType(schema=schemas[shape]) for name, shape in ACCEPTED.items()}
        self.request_body = RequestBody(
            content=content, description="The source's own payload; gzip is taken.", required=self.needs_body
        )

    #: Whether the body may be left out.
    needs_body = True


@post(
    "/v1/feeds/{feed:str}",
    opt={ROLE: Role.INTAKE},
    status_code=202,
    responses=_PROBLEMS,
    operation_class=TakesBody,
    request_max_body_size=None,  # read_body counts, also what gzip unpacks to
    tags=["feeds"],
    summary="Send messages of a feed",
)
async def take_messages(
    wiring: Wired, request: Request[Any, Any, Any], feed: FeedName, source: SourceId = None
) -> Accepted:
    """One JSON object, an array or NDJSON of them, a CloudEvent, CSV or XML. The answer comes after the commit: what is
    accepted is never lost. `source` is the id of the sending system in the city folder; the feed's first by default."""
    if feed not in set(Feed):
        raise problem("unknown-feed", f"There is no feed {quoted(feed)}; there are {', '.join(Feed)}.")
    known = source_of(wiring, Feed(feed), source)
    pieces = await take_body(wiring, request, known)
    return await land(wiring, known, pieces)


def source_of(wiring: Wiring, feed: Feed, source_id: str | None) -> Source:
    """The source of a feed by id, or its first one. Raises a problem."""
    sources = [source for source in wiring.book.city.sources if source.feed is feed]
    if not sources:
        raise problem("unknown-feed", f"This city has no source for the feed {feed}.")
    found = next((source for source in sources if source_id in (None, source.id)), None)
    if found is None:
        wiring.metrics.intake_refused.labels(feed.value, "unknown-source").inc()
        ids = ", ".join(source.id for source in sources)
        raise wrong("source", f"{feed} has no source {quoted(source_id or '')}; there are {ids}", "unknown-source")
    return found


async def take_body(wiring: Wiring, request: Request[Any, Any, Any], source: Source) -> tuple[Piece, ...]:
    """The well-formed pieces of a request's body. Raises a problem, and counts it."""
    limit = wiring.settings.max_body_bytes
    chunks = _chunks(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            pieces = await _pieces(request, chunks, source, limit)
            if isinstance(pieces, Refusal) and not await _drained(request, chunks, limit):
                pieces = msgspec.structs.replace(pieces, headers={**pieces.headers, "connection": "close"})
    except TimeoutError:
        pieces = Refusal(
            status=408,
            name="too-slow",
            detail=f"The body did not come within {BODY_SECONDS:.0f} seconds.",
            headers={"connection": "close"},
        )
    if isinstance(pieces, Refusal):
        wiring.metrics.intake_refused.labels(source.feed.value, pieces.name).inc()
        _log.info("intake_refused", feed=source.feed.value, source=source.id, reason=pieces.name)
        raise refused(pieces)
    return pieces


async def land(wiring: Wiring, source: Source, pieces: tuple[Piece, ...]) -> Accepted:
    """Commit the pieces as raw messages and wake the relay."""
    now = utc_now()
    now_ms = int(now.timestamp() * 1000)
    messages = [
        RawMessage(
            id=new_raw_id(now_ms),
            feed=source.feed,
            source=source.id,
            content_type=piece.content_type,
            body=piece.body,
            received_at=now,
        )
        for piece in pieces
    ]
    try:
        await wiring.landing.land(messages)
    except Overloaded:
        wiring.metrics.intake_refused.labels(source.feed.value, "overloaded").inc()
        detail = "Other messages wait to be stored already, and nothing of this one was kept: send it again later."
        raise problem("overloaded", detail, headers={"retry-after": RETRY_AFTER_SECONDS}) from None
    wiring.poke()
    wiring.metrics.intake_messages.labels(source.feed.value).inc(len(messages))
    return Accepted(accepted=len(messages), ids=tuple(message.id for message in messages))


async def _pieces(
    request: Request[Any, Any, Any], chunks: AsyncIterator[bytes], source: Source, limit: int
) -> tuple[Piece, ...] | Refusal:
    media = read_media(request.headers.get("content-type"))
    if isinstance(media, Refusal):
        return media
    body = await read_body(
        chunks,
        content_length=request.content_length,
        content_encoding=request.headers.get("content-encoding", ""),
        limit=limit,
    )
    if isinstance(body, Refusal):
        return body
    if len(body) <= _SMALL_BYTES:
        return split(body, media, source.encodings)
    return await asyncio.to_thread(split, body, media, source.encodings)


async def _drained(request: Request[Any, Any, Any], chunks: AsyncIterator[bytes], limit: int) -> bool:
    """Whether the rest of a refused body is read away. A client that still sends when the connection closes would see a
    reset instead of the problem; one that would send without end is cut off."""
    if "expect" in request.headers or (request.content_length or 0) > limit + _DRAIN_BYTES:
        return False
    taken = 0
    async for chunk in chunks:
        taken += len(chunk)
        if taken > limit + _DRAIN_BYTES:
            return False
    return True


async def _chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except InternalServerException:
        # Nobody hears the answer, but the log must not call it a failure of ours.
        raise problem("bad-request", "The client went away before the body was complete.") from None
