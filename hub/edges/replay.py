"""Replays an export through the hub as if its records came in now, and reports what they became. It must never send an
answer column."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Protocol

import asyncpg
import httpx
import msgspec
import psutil

from hub.edges.clock import utc_now
from hub.edges.exports import JSON, ExportMessage, messages_in
from hub.edges.outbox.topics import topic_of
from hub.edges.posting import Door
from hub.ports import Publish
from hub.rulebook.book import City, Source
from hub.settings import SettingsError
from hub.vocabulary.terms import Feed

#: JSON messages sent in one request; each is a raw message of its own all the same.
_BATCH = 200
_POLL_S = 0.5
#: A hub that settles nothing for so long is not going to.
_STALLED_S = 120.0
_NDJSON = "application/x-ndjson"


class ReplayProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a replay is."""

    #: `sending` or `settling`.
    phase: str
    seconds: float
    sent: int
    unsettled: int = 0


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the door did not take."""

    place: str
    status: int
    problem: str


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay did. Counts of reports, rejects and incidents are None when no database was given to count in."""

    sent: int
    accepted: int
    refused: tuple[Refused, ...]
    seconds: float
    #: Seconds until the last message was accepted.
    sending_seconds: float
    reports: int | None = None
    rejects: int | None = None
    incidents: int | None = None
    unsettled: int | None = None
    reports_per_second: float | None = None
    #: Highest sum of the resident memory of the processes watched, in MiB.
    peak_memory_mib: float | None = None


ShowReplay = Callable[[ReplayProgress], None]


class SettlementLost(SettingsError):
    """Messages were accepted and the hub stopped settling them."""


class _Road(Protocol):
    """A way into the hub."""

    @property
    def accepted_ids(self) -> list[str] | None:
        """Ids of the raw messages that were accepted; None where the way does not tell them."""

    async def send(self, batch: Sequence[ExportMessage]) -> list[Refused]: ...


def source_named(city: City, source: str | None, path: Path) -> Source:
    """The source that an export is of: the one named, else the city's only one of the feed Open311."""
    by_id = {known.id: known for known in city.sources}
    if source is not None:
        if source not in by_id:
            raise SettingsError(f"{source}: no such source in {city.code}; known are {', '.join(sorted(by_id))}")
        return by_id[source]
    open311 = [known for known in city.sources if known.feed is Feed.OPEN311]
    if len(open311) != 1:
        raise SettingsError(f"{path.name}: say of which source it is, one of {', '.join(sorted(by_id))}")
    return open311[0]


async def replay_export(
    path: Path,
    *,
    source: Source,
    url: str | None = None,
    key: str | None = None,
    publish: Publish | None = None,
    pool: asyncpg.Pool | None = None,
    rate: float | None = None,
    limit: int | None = None,
    pids: Sequence[int] = (),
    progress: ShowReplay | None = None,
    client: httpx.AsyncClient | None = None,
) -> ReplayReport:
    """Send every record of `path` by HTTP (`url`) or straight to Kafka (`publish`), then wait until all are settled.

    `rate` limits records a second; None sends as fast as they are taken. With `pool` it counts what they became.
    """
    if (url is None) == (publish is None):
        raise ValueError("replay: give either a URL or a broker to send to")
    watch = _Watch(pids)
    run = _Run(source, watch, progress or (lambda _: None))
    messages = islice(messages_in(path), limit)
    if publish is not None:
        await run.send(messages, _Kafka(source, publish), rate)
    else:
        async with Door.open(url or "", key, client) as door:
            await run.send(messages, _Http(source, door), rate)
    return await run.report(pool)


class _Run:
    def __init__(self, source: Source, watch: "_Watch", show: ShowReplay) -> None:
        self._source = source
        self._watch = watch
        self._show = show
        # The door may live on another machine whose clock is a little behind.
        self._since = utc_now() - timedelta(seconds=2)
        self._begun = asyncio.get_running_loop().time()
        self._sent = 0
        self._refused: list[Refused] = []
        self._accepted_ids: list[str] | None = None
        self._sending_s = 0.0

    async def send(self, messages: Iterable[ExportMessage], road: _Road, rate: float | None) -> None:
        for batch in batches(messages, _BATCH if rate is None else max(1, min(_BATCH, round(rate / 10)))):
            self._refused += await road.send(batch)
            self._sent += len(batch)
            self._watch.look()
            self._show(ReplayProgress(phase="sending", seconds=self._seconds(), sent=self._sent))
            if rate is not None and (ahead := self._sent / rate - self._seconds()) > 0:
                await asyncio.sleep(ahead)
        self._sending_s = self._seconds()
        self._accepted_ids = road.accepted_ids

    async def report(self, pool: asyncpg.Pool | None) -> ReplayReport:
        accepted = self._sent - len(self._refused)
        report = ReplayReport(
            sent=self._sent,
            accepted=accepted,
            refused=tuple(self._refused),
            seconds=self._seconds(),
            sending_seconds=round(self._sending_s, 2),
        )
        if pool is None:
            return msgspec.structs.replace(report, peak_memory_mib=self._watch.peak_mib)
        unsettled = await self._settled(pool)
        seconds = self._seconds()
        reports, rejects, incidents = await _counts(pool, self._source, self._since, self._accepted_ids)
        return msgspec.structs.replace(
            report,
            seconds=seconds,
            reports=reports,
            rejects=rejects,
            incidents=incidents,
            unsettled=unsettled,
            reports_per_second=round(reports / seconds, 1) if seconds else None,
            peak_memory_mib=self._watch.peak_mib,
        )

    async def _settled(self, pool: asyncpg.Pool) -> int:
        """Wait until none of these messages is unsettled. Raises SettlementLost when the number stops falling."""
        loop = asyncio.get_running_loop()
        last, moved_at = -1, loop.time()
        while True:
            left: int = await pool.fetchval(
                """select count(*) from raw_messages
                   where settled_at is null and ($1::uuid[] is null or id = any($1))""",
                self._accepted_ids,
            )
            self._watch.look()
            self._show(ReplayProgress(phase="settling", seconds=self._seconds(), sent=self._sent, unsettled=left))
            if left == 0:
                return 0
            if left != last:
                last, moved_at = left, loop.time()
            if loop.time() - moved_at > _STALLED_S:
                raise SettlementLost(
                    f"{left} messages unsettled and none settled for {_STALLED_S:.0f} s; is a worker up?"
                )
            await asyncio.sleep(_POLL_S)

    def _seconds(self) -> float:
        return round(asyncio.get_running_loop().time() - self._begun, 2)


class _Http:
    """Through the intake door: JSON together as NDJSON, anything else by itself."""

    def __init__(self, source: Source, door: Door) -> None:
        self._source = source
        self._door = door
        self.accepted_ids: list[str] = []

    async def send(self, batch: Sequence[ExportMessage]) -> list[Refused]:
        feed, source = self._source.feed, self._source.id
        if len(batch) > 1 and all(_fits_a_line(message) for message in batch):
            posted = await self._door.post(feed, source, _NDJSON, b"\n".join(message.body for message in batch))
            self.accepted_ids += posted.ids
            if posted.accepted == len(batch):
                return []
        refused = []
        for message in batch:
            posted = await self._door.post(feed, source, message.content_type, message.body)
            self.accepted_ids += posted.ids
            if not posted.accepted:
                refused.append(Refused(place=message.place, status=posted.status, problem=posted.problem))
        return refused


class _Kafka:
    """Straight to the feed's topic, as a source with its own Kafka client would."""

    def __init__(self, source: Source, publish: Publish) -> None:
        self._source = source
        self._publish = publish
        self.accepted_ids = None

    async def send(self, batch: Sequence[ExportMessage]) -> list[Refused]:
        source = ("source", self._source.id.encode())
        records = [(None, message.body, (source, ("content_type", message.content_type.encode()))) for message in batch]
        await self._publish(topic_of(self._source.feed), records)
        return []


class _Watch:
    """The resident memory of some processes and their children."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = tuple(pids)
        self._peak = 0

    @property
    def peak_mib(self) -> float | None:
        return round(self._peak / 2**20, 1) if self._pids else None

    def look(self) -> None:
        total = 0
        for pid in self._pids:
            try:
                root = psutil.Process(pid)
                total += sum(process.memory_info().rss for process in (root, *root.children(recursive=True)))
            except psutil.Error:
                continue
        self._peak = max(self._peak, total)


def batches(messages: Iterable[ExportMessage], size: int) -> Iterator[list[ExportMessage]]:
    """Runs of messages of one kind: those that can share a body together, any other alone."""
    held: list[ExportMessage] = []
    for message in messages:
        if held and (len(held) >= size or not _fits_a_line(message) or not _fits_a_line(held[0])):
            yield held
            held = []
        held.append(message)
    if held:
        yield held


def _fits_a_line(message: ExportMessage) -> bool:
    return message.content_type == JSON and b"\n" not in message.body and message.body.startswith(b"{")


async def _counts(
    pool: asyncpg.Pool, source: Source, since: datetime, raw_ids: Sequence[str] | None
) -> tuple[int, int, int]:
    """Reports, rejects and incidents that came of these raw messages; without ids, of the feed's since then."""
    row = await pool.fetchrow(
        """select count(*) as reports, count(distinct incident_id) as incidents from reports
           where feed = $1 and received_at >= $2 and ($3::uuid[] is null or raw_id = any($3))""",
        source.feed,
        since,
        raw_ids,
    )
    rejects: int = await pool.fetchval(
        """select count(*) from rejects
           where feed = $1 and rejected_at >= $2 and ($3::uuid[] is null or raw_id = any($3))""",
        source.feed,
        since,
        raw_ids,
    )
    return row["reports"], rejects, row["incidents"]
