"""A desk's side of the API: lists tasks, reads one, moves one. It must never move a task twice because an answer was
lost: a move is sent again with the same key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

import httpx
import stamina

from hub.settings import SettingsError
from hub.vocabulary.moves import Action

#: Answers that mean "not now".
_AWAY = frozenset({429, 502, 503, 504})


class Refused(SettingsError):
    """The hub said no; `problem` is its document, empty when it sent none."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or f"the hub answered {status}"))
        self.status = status
        self.problem = problem


class HubAway(SettingsError):
    """The hub does not answer."""


class _Away(Exception):
    """Not now; worth another try."""


class Desk:
    """Tasks of one hub over HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str | None, patience_seconds: float | None) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._patience_seconds = patience_seconds

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, key: str | None = None, *, patience_seconds: float | None = 15.0
    ) -> AsyncIterator[Self]:
        """A desk with connections of its own. It waits that long for a hub that is away; None: for ever."""
        async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
            yield cls(client, url, key, patience_seconds)

    async def tasks(self, **filters: Any) -> list[dict[str, Any]]:
        """One page of tasks."""
        wanted = {name: value for name, value in filters.items() if value not in (None, "", [])}
        page = await self._ask("GET", "/v1/tasks", params=wanted)
        return list(page["items"])

    async def task(self, task_id: str) -> dict[str, Any]:
        """A task with the moves that are legal now."""
        return await self._ask("GET", f"/v1/tasks/{task_id}")

    async def move(
        self, task_id: str, action: Action, body: Mapping[str, Any], *, key: str | None = None
    ) -> dict[str, Any]:
        """Move a task, once, however often it has to be sent. Raises Refused."""
        headers = {"idempotency-key": key or str(uuid4())}
        return await self._ask("POST", f"/v1/tasks/{task_id}/{action}", json=dict(body), headers=headers)

    async def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        headers = {**self._headers, **given.pop("headers", {})}
        try:
            async for attempt in stamina.retry_context(
                on=_Away, attempts=None, timeout=self._patience_seconds, wait_initial=0.2, wait_max=5.0
            ):
                with attempt:
                    return await self._try(method, self._url + path, headers, given)
        except _Away as away:
            raise HubAway(f"{self._url} does not answer ({away})") from away
        raise AssertionError("stamina ends by returning or raising")

    async def _try(self, method: str, url: str, headers: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, url, headers=dict(headers), **given)
        except httpx.TransportError as error:
            raise _Away(type(error).__name__) from error
        if answer.status_code in _AWAY:
            raise _Away(str(answer.status_code))
        if answer.status_code != 200:
            raise Refused(answer.status_code, _document(answer))
        return dict(answer.json())


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
