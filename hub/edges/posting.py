"""Posts messages through the hub's intake door and waits while the hub is away. It must never give up on a message that
the hub has not refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

import httpx
import msgspec
import stamina

from hub.settings import SettingsError
from hub.vocabulary.terms import Feed

#: Answers that mean "not now": the message is sent again.
_AWAY = frozenset({429, 502, 503, 504})
#: A hub that is starting is asked again so often.
_KNOCK_AGAIN_SECONDS = 0.5
_DENIED = frozenset({401, 403})


class DoorClosed(SettingsError):
    """The hub does not let us in: a key is missing or wrong. Sending again would not help."""


class HubAway(SettingsError):
    """Nothing that is a hub answers at the address."""


class _Away(Exception):
    """The hub is not there or too busy."""


class Posted(msgspec.Struct, frozen=True):
    """What the door said to one request."""

    accepted: int
    status: int
    #: Title and detail of the problem when it was refused.
    problem: str = ""
    #: Ids of the raw messages that were accepted.
    ids: tuple[str, ...] = ()


class Door:
    """The intake door of one hub."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str | None) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        #: Attempts that had to be made again.
        self.retries = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, key: str | None, client: httpx.AsyncClient | None = None) -> AsyncIterator[Self]:
        """A door with connections of its own, or with those of `client`."""
        if client is not None:
            yield cls(client, url, key)
            return
        async with httpx.AsyncClient(timeout=30.0, trust_env=False) as own:
            yield cls(own, url, key)

    async def knock(self, within_seconds: float) -> None:
        """Wait until the hub answers, as one does that is just starting. Raises HubAway."""
        problem = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                while True:
                    try:
                        answer = await self._client.get(f"{self._url}/healthz")
                    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
                        raise HubAway(f"{self._url}: no web address; expected such as http://127.0.0.1:8080") from None
                    except httpx.TransportError as error:
                        problem = str(error) or type(error).__name__
                    else:
                        if answer.status_code == 200:
                            return
                        problem = f"it answers {answer.status_code} to /healthz, {_problem(answer)}; is it a hub?"
                    await asyncio.sleep(_KNOCK_AGAIN_SECONDS)
        raise HubAway(f"{self._url}: no hub answers there: {problem or 'no answer'}")

    async def post(self, feed: Feed, source: str, content_type: str, body: bytes) -> Posted:
        """Post one body; returns when the hub has accepted or refused it, however long it is away in between."""
        async for attempt in stamina.retry_context(
            on=_Away, attempts=None, timeout=None, wait_initial=0.2, wait_max=5.0, wait_jitter=0.2
        ):
            with attempt:
                if attempt.num > 1:
                    self.retries += 1
                return await self._try(feed, source, content_type, body)
        raise AssertionError("stamina gives up only when told to")

    async def _try(self, feed: Feed, source: str, content_type: str, body: bytes) -> Posted:
        headers = {**self._headers, "content-type": content_type}
        try:
            answer = await self._client.post(
                f"{self._url}/v1/feeds/{feed}", params={"source": source}, content=body, headers=headers
            )
        except httpx.TransportError as error:
            raise _Away from error
        if answer.status_code in _AWAY:
            raise _Away
        if answer.status_code in _DENIED:
            raise DoorClosed(f"the hub answered {answer.status_code}: give a key that may send messages")
        if answer.status_code == 202:
            said = answer.json()
            return Posted(accepted=int(said["accepted"]), status=202, ids=tuple(said["ids"]))
        return Posted(accepted=0, status=answer.status_code, problem=_problem(answer))


def _problem(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return f"{problem.get('title', '')}: {problem.get('detail', '')}"
    except (ValueError, AttributeError):
        return answer.reason_phrase
