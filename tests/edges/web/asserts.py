"""What every answer must be, checked in one place."""

from typing import Any

import httpx

from hub.edges.web.problems import PROBLEMS, TYPE_PREFIX


def problem_of(answer: httpx.Response, name: str) -> dict[str, Any]:
    """The problem of an answer, which must be a complete one of this name."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    status, title = PROBLEMS[name]
    assert (answer.status_code, document["type"]) == (status, TYPE_PREFIX + name), document
    assert (document["status"], document["title"]) == (status, title)
    assert document["detail"]
    assert "Traceback" not in answer.text
    return document
