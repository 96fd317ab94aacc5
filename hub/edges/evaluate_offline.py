"""Runs understand and decide in memory over an export or a simulated day, to tune rules in minutes. It must never judge
by itself: it calls the pipeline that the hub runs."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

import msgspec

from hub.edges.authoring.in_memory import MemoryStore
from hub.edges.clock import utc_now
from hub.edges.evaluate import FusionScore, Pair, score
from hub.edges.exports import messages_in
from hub.edges.simulate.telling import Emission
from hub.pipeline import decide, understand
from hub.rulebook.book import Rulebook, Source
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.terms import TimelineKind

_BATCH = 200
#: Joins shown for a look.
_SAMPLED = 20

ShowCount = Callable[[int], None]


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """A report that joined, beside the one that opened its incident."""

    report: str
    said: str
    opener: str
    opener_said: str
    #: Distance, gap, likeness: what the fusion room gave as its reason.
    facts: dict[str, str | int | float | bool | None]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How often a pattern came true, and in how many incidents."""

    pattern: str
    times: int
    incidents: int


class OfflineResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of messages became without any server."""

    score: FusionScore
    rejects: dict[str, int]
    #: Reports by category, most first.
    categories: dict[str, int]
    #: Joins of reports whose category is not that of the incident's first report.
    cross_category_joins: int
    sample: tuple[Join, ...]
    incident_of: dict[str, str]
    #: The patterns of the rulebook; silences and warnings are not counted here.
    patterns: tuple[Seen, ...] = ()


def evaluate_offline(
    path: Path,
    *,
    book: Rulebook,
    source: Source,
    pairs: Sequence[Pair] | None = None,
    limit: int | None = None,
    progress: ShowCount | None = None,
) -> OfflineResult:
    """Fuse an export in memory, as if all of it came in now. `limit` takes only the first records."""
    received_at = utc_now()
    raws = (
        RawMessage(
            id=UUID(int=n),
            feed=source.feed,
            source=source.id,
            content_type=message.content_type,
            body=message.body,
            received_at=received_at,
        )
        for n, message in enumerate(islice(messages_in(path), limit))
    )
    return fold(raws, book=book, pairs=pairs, progress=progress)


def evaluate_simulated(
    emissions: Iterable[Emission], *, book: Rulebook, progress: ShowCount | None = None
) -> OfflineResult:
    """Fuse a simulated day in memory and compare with its truth."""
    truth: dict[str, str] = {}

    def raws() -> Iterator[RawMessage]:
        for n, emission in enumerate(emissions):
            if emission.truth is not None and emission.expect == "report":
                truth[f"{emission.feed}:{emission.source_id}"] = emission.truth
            yield RawMessage(
                id=UUID(int=n),
                feed=emission.feed,
                source=emission.source,
                content_type=emission.content_type,
                body=emission.body,
                received_at=emission.at,
            )

    return fold(raws(), book=book, truth=truth, progress=progress)


def fold(
    raws: Iterable[RawMessage],
    *,
    book: Rulebook,
    pairs: Sequence[Pair] | None = None,
    truth: Mapping[str, str] | None = None,
    progress: ShowCount | None = None,
) -> OfflineResult:
    """Understand and decide batch by batch, keeping everything in memory."""
    atlas = Atlas(book.city)
    memory = _Memory(book)
    done = 0
    stream = iter(raws)
    while batch := list(islice(stream, _BATCH)):
        located: list[LocatedReport] = []
        for raw in batch:
            for item in understand(raw, book, atlas):
                if isinstance(item, Reject):
                    memory.rejects[item.reason.value] += 1
                else:
                    located.append(item)
        memory.settle(located, batch[-1].received_at)
        done += len(batch)
        if progress is not None:
            progress(done)
    return memory.result(pairs, truth)


class _Memory:
    """Decides batch by batch and keeps what the score is made of."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._store = MemoryStore(book)
        self._reports: dict[str, LocatedReport] = {}
        self._openers: dict[str, str] = {}
        self._joins: list[Join] = []
        self._cross = 0
        self.rejects: Counter[str] = Counter()

    def settle(self, located: Sequence[LocatedReport], now: datetime) -> None:
        self._write(decide(located, self._store.near(located), self._book, now), now)

    def result(self, pairs: Sequence[Pair] | None, truth: Mapping[str, str] | None) -> OfflineResult:
        known = self._store.known.values()
        incident_of = {report.report_id: report.incident_id for report in known if report.incident_id is not None}
        categories = Counter(located.classification.category for located in self._reports.values())
        chosen = random.Random(1).sample(self._joins, min(_SAMPLED, len(self._joins)))  # noqa: S311
        return OfflineResult(
            score=score(incident_of, pairs=pairs, truth=truth),
            rejects=dict(self.rejects.most_common()),
            categories=dict(categories.most_common()),
            cross_category_joins=self._cross,
            sample=tuple(chosen),
            incident_of=incident_of,
            patterns=self._patterns(),
        )

    def _patterns(self) -> tuple[Seen, ...]:
        return tuple(
            Seen(pattern=pattern.id, times=len(mine), incidents=sum(len(firing.incidents) for firing in mine))
            for pattern in self._book.patterns
            for mine in ([firing for firing in self._store.firings if firing.pattern == pattern.id],)
        )

    def _write(self, decision: Decision, now: datetime) -> None:
        self._store.keep(decision, now)
        for filing in decision.filings:
            if not filing.stale:
                self._reports[filing.located.report.id] = filing.located
        self._note_joins(decision)

    def _note_joins(self, decision: Decision) -> None:
        for entry in decision.timeline:
            if entry.report_id is None:
                continue
            if entry.kind is TimelineKind.OPENED:
                self._openers[entry.incident_id] = entry.report_id
            elif entry.kind is TimelineKind.JOINED:
                opener, joiner = self._reports[self._openers[entry.incident_id]], self._reports[entry.report_id]
                self._cross += opener.classification.category != joiner.classification.category
                self._joins.append(
                    Join(
                        report=joiner.report.id,
                        said=_said(joiner),
                        opener=opener.report.id,
                        opener_said=_said(opener),
                        facts=dict(entry.why[-1].facts),
                    )
                )


def _said(located: LocatedReport) -> str:
    report = located.report
    return f"{located.classification.category} | {report.occurred_at:%m-%d %H:%M} | {report.title} | {report.address}"
