"""Errors as RFC 9457 problem documents. It must never show a stack trace or repeat what was sent."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from hub.edges.intake.refusal import Refusal
from hub.edges.store.patience import BROKEN

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tongguan:problem:"

#: Every problem: its name, which ends its type URI, with its status and title. `docs/api.md` explains each.
PROBLEMS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be understood"),
    "bad-parameter": (400, "A parameter is wrong"),
    "empty-body": (400, "The body is empty"),
    "bad-encoding": (400, "The body is not in its charset"),
    "bad-json": (400, "The body is not JSON"),
    "bad-xml": (400, "The body is not XML"),
    "bad-csv": (400, "The body is not CSV"),
    "bad-gzip": (400, "The body is not gzip"),
    "too-deep": (400, "The body is nested too deep"),
    "forbidden-xml": (400, "The XML declares a document type"),
    "unknown-source": (400, "No such source"),
    "key-missing": (401, "An API key is needed"),
    "key-not-allowed": (403, "This API key may not do that"),
    "not-your-move": (403, "This move is somebody else's"),
    "foreign-origin": (403, "The request comes from another site"),
    "not-found": (404, "Nothing is here"),
    "unknown-feed": (404, "No such feed"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "backtest-running": (409, "A backtest is running already"),
    "changed-meanwhile": (409, "Somebody else changed it meanwhile"),
    "too-many-drafts": (409, "There are too many drafts"),
    "too-slow": (408, "The body came too slowly"),
    "illegal-move": (409, "The task cannot make this move now"),
    "moved-meanwhile": (409, "Somebody moved the task meanwhile"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The content type is not taken"),
    "unsupported-content-encoding": (415, "The content encoding is not taken"),
    "rules-have-errors": (422, "The rules have errors"),
    "wrong-host": (421, "The host name is not this machine's"),
    "key-reused": (422, "This idempotency key was used for another request"),
    "failed": (500, "The hub failed"),
    "store-unavailable": (503, "The database does not answer"),
    "overloaded": (503, "More comes in than the hub can store"),
    "not-ready": (503, "The hub is not ready"),
    "page-not-built": (503, "The page is not built"),
}
#: The problem for a plain HTTP status.
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}

_log = structlog.get_logger()


class FieldError(msgspec.Struct, frozen=True):
    """One wrong part of a request: a parameter, a header or `body`."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    #: Names this one occurrence, as the log does.
    instance: str | None = None
    errors: tuple[FieldError, ...] = ()


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = dict(headers or {})


def problem(
    name: str, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> ProblemError:
    """The exception for a problem of `PROBLEMS`."""
    status, title = PROBLEMS[name]
    made = Problem(type=TYPE_PREFIX + name, title=title, status=status, detail=detail, errors=tuple(errors))
    return ProblemError(made, headers)


def wrong(field: str, message: str, name: str = "bad-parameter") -> ProblemError:
    """The exception for one wrong parameter."""
    return problem(name, f"`{field}`: {message}", (FieldError(field, message),))


def refused(refusal: Refusal) -> ProblemError:
    """The exception for what the intake door refuses."""
    return problem(refusal.name, refusal.detail, (FieldError(refusal.field, refusal.detail),), refusal.headers)


def quoted(text: str) -> str:
    """Something that was sent, short and harmless enough to name it."""
    shown = "".join(letter if letter.isalnum() or letter in "._:-" else "?" for letter in text[:60])
    return f"`{shown}`"


def documented(*names: str) -> dict[int, ResponseSpec]:
    """OpenAPI responses, with examples, for the problems an endpoint may answer with; `failed` always may."""
    by_status: dict[int, list[str]] = {}
    for name in (*names, "failed"):
        by_status.setdefault(PROBLEMS[name][0], []).append(name)
    return {
        status: ResponseSpec(
            data_container=Problem,
            description="; ".join(PROBLEMS[name][1] for name in group) + ".",
            media_type=MEDIA_TYPE,
            generate_examples=False,
            examples=[_example(name) for name in group],
        )
        for status, group in by_status.items()
    }


def on_problem(_: Request[Any, Any, Any], error: ProblemError) -> Response[Problem]:
    """Answers a `ProblemError`."""
    return Response(error.problem, status_code=error.problem.status, media_type=MEDIA_TYPE, headers=error.headers)


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Answers what the framework refuses."""
    if error.status_code >= 500:
        return on_anything(request, error)
    if isinstance(error, ValidationException):
        errors = tuple(_field_errors(error.extra))
        detail = "; ".join(f"`{one.field}`: {one.message}" for one in errors) or "A parameter is wrong."
        return on_problem(request, problem("bad-parameter", detail, errors))
    name = _BY_STATUS.get(error.status_code, "bad-request")
    made = problem(name, PROBLEMS[name][1] + ".", headers=error.headers)
    return on_problem(request, made)


def on_anything(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answers a broken dependency with 503, and a defect of ours with 500 and an id that the log has too."""
    if isinstance(error, BROKEN):
        _log.warning("store_unavailable", error=type(error).__name__, path=request.scope.get("path_template"))
        made = problem("store-unavailable", "Try again in a moment.", headers={"retry-after": "2"})
        return on_problem(request, made)
    if isinstance(error, RecursionError):
        # Only what somebody sent nests as deep as that.
        return on_problem(request, problem("too-deep", "Objects and arrays nest too deep."))
    instance = f"urn:uuid:{uuid.uuid4()}"
    _log.error("request_failed", instance=instance, path=request.scope.get("path_template"), exc_info=error)
    made = problem("failed", "The hub failed to answer; its log names this instance.")
    return on_problem(request, ProblemError(msgspec.structs.replace(made.problem, instance=instance)))


def _field_errors(extra: object) -> list[FieldError]:
    found = extra if isinstance(extra, list) else []
    return [
        FieldError(str(one.get("key", "")), _without_input(str(one.get("message", ""))))
        for one in found
        if isinstance(one, dict)
    ]


def _without_input(message: str) -> str:
    """The validator's words, except those that repeat the value."""
    return "is not one of the values allowed" if message.startswith("Invalid enum value") else message


def _example(name: str) -> Example:
    status, title = PROBLEMS[name]
    value = {"type": TYPE_PREFIX + name, "title": title, "status": status, "detail": title + "."}
    return Example(id=name, summary=title, value=value)
