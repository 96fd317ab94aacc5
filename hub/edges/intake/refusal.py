"""What the door says instead of taking a message. It must never hold what was sent."""

from collections.abc import Mapping

import msgspec


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a post is not taken: an HTTP status, a name a program can test, and a sentence for a person."""

    status: int
    #: Kebab-case name of the problem; becomes the end of its type URI and the label of the metric.
    name: str
    detail: str
    #: Where in the request: `body`, `source`, or a header's name.
    field: str = "body"
    headers: Mapping[str, str] = {}


def bad_body(name: str, detail: str) -> Refusal:
    """The body is not what its content type says."""
    return Refusal(status=400, name=name, detail=detail)


def too_large(detail: str) -> Refusal:
    """The body is over a limit."""
    return Refusal(status=413, name="too-large", detail=detail)
