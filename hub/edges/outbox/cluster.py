"""Knows which life of the broker we talk to, and makes our topics in it. It must never produce or consume."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.topics import TOPICS

_log = structlog.get_logger(__name__)
_TOPIC_EXISTS = 36
#: A broker that refuses us is not asked ten times a second.
_LONGEST_WAIT_SECONDS = 1.0


class Cluster:
    """Asks the broker for its cluster id. A new id means that everything it had is gone."""

    def __init__(
        self, kafka: KafkaAccess, *, partitions: int, replication: int, topics: Sequence[str] = TOPICS
    ) -> None:
        self._kafka = kafka
        self._partitions = partitions
        self._replication = replication
        #: Those that this process needs: it may have no right to see the others.
        self._topics = topics
        self._admin: AIOKafkaAdminClient | None = None
        #: The life in which our topics are known to exist.
        self._made_in = ""
        self._said = ""

    async def id(self, *, within_seconds: float = 3.0) -> str | None:
        """The cluster id with our topics made in it, or None when no broker answers."""
        try:
            async with asyncio.timeout(within_seconds):
                return await self._ask()
        except (KafkaError, OSError, TimeoutError, AssertionError, RuntimeError) as error:
            self._say(error)
            await self.close()
            return None

    async def wait(self, *, ask_every_seconds: float = 0.1) -> str:
        """The cluster id, as soon as a broker answers; asked ever more slowly, up to once a second."""
        while True:
            if (life := await self.id()) is not None:
                return life
            await asyncio.sleep(ask_every_seconds)
            ask_every_seconds = min(2 * ask_every_seconds, _LONGEST_WAIT_SECONDS)

    async def close(self) -> None:
        """Drop the connection; the next question opens another."""
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(Exception):
                await asyncio.wait_for(admin.close(), 2.0)

    def _say(self, error: Exception) -> None:
        """A broker that is away is no news; one that answers and refuses is, once."""
        away = isinstance(error, KafkaConnectionError | OSError | TimeoutError)
        if away or repr(error) == self._said:
            _log.debug("no broker", kafka=self._kafka.servers, error=repr(error))
        else:
            self._said = repr(error)
            _log.warning("the broker refuses", kafka=self._kafka.servers, error=repr(error))

    async def _ask(self) -> str:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._kafka.options(), request_timeout_ms=3000)
            try:
                await admin.start()
            except BaseException:
                with suppress(Exception):
                    await admin.close()
                raise
            self._admin = admin
        life = str((await self._admin.describe_cluster())["cluster_id"])
        # A broker that was away for less than a question takes the next one on a new connection, and nobody notices.
        if life != self._made_in:
            await self._make_topics(self._admin)
            self._made_in = life
        return life

    async def _make_topics(self, admin: AIOKafkaAdminClient) -> None:
        present = set(await admin.list_topics())
        absent = [name for name in self._topics if name not in present]
        if not absent:
            return
        answer = await admin.create_topics(
            [NewTopic(name, self._partitions, self._replication) for name in absent], timeout_ms=5000
        )
        for topic_error in answer.topic_errors:
            name, code = topic_error[0], topic_error[1]
            if code not in (0, _TOPIC_EXISTS):
                raise KafkaError(f"topic {name} cannot be made: {for_code(code).__name__}")
        _log.info("topics made", topics=absent)
