"""Explains what a hub has decided, by the rulebook that decided it. It must never take a newer one for it."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from hub.edges.authoring.explaining import Explanation, explain, planned
from hub.edges.rules import outlines_for
from hub.edges.store.reading import Reading
from hub.edges.store.rows import IncidentRow, ReportRow, TaskRow, TimelineRow
from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook
from hub.stages.locate import Atlas
from hub.vocabulary.terms import Stage, TimelineKind
from hub.vocabulary.why import Why

#: As much of an incident as is told; a screen that shows more would not be read.
MAX_TIMELINE = 500
MAX_TASKS = 200
#: Rulebooks kept in memory besides the running one; an incident in dispute is rarely older than a few versions.
_KEPT = 3


class Versions:
    """The rulebooks that decisions name, read again from their stored texts."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[str, tuple[Rulebook, Atlas]] = {}

    async def of(self, version: str, running: Rulebook | None) -> tuple[Rulebook, Atlas] | None:
        """The rulebook of a version and its geography; None when its text is not kept, or no longer readable."""
        known = self._known.pop(version, None)
        if known is None:
            if running is not None and version == running.version:
                known = running, await asyncio.to_thread(Atlas, running.city)
            else:
                texts = await self._reading.rulebook(version)
                known = None if texts is None else await asyncio.to_thread(_read, texts, version)
        if known is not None:
            self._known[version] = known
            for oldest in list(self._known)[: -_KEPT - 1]:
                del self._known[oldest]
        return known


async def explain_report(
    row: ReportRow,
    incident: IncidentRow,
    timeline: Sequence[TimelineRow],
    tasks: Iterable[TaskRow],
    versions: Versions,
    running: Rulebook | None,
) -> tuple[Explanation, Rulebook] | None:
    """Why a report is in its incident, and why that went where it went: each by the rulebook that decided it, and the
    one that the report was understood by; None when its text is not kept."""
    decided = await versions.of(row.rulebook_version or incident.rulebook_version, running)
    if decided is None:
        return None
    book, atlas = decided
    sent_version = next((entry.rulebook_version for entry in timeline if entry.kind is TimelineKind.DISPATCHED), None)
    sent = None if sent_version in (None, book.version) else await versions.of(str(sent_version), running)
    sender = book if sent is None else sent[0]
    whys = tuple(_whys(row.report_id, timeline, tasks, sender))
    return explain(row.located, whys, book, atlas, sender), book


def _whys(report_id: str, timeline: Iterable[TimelineRow], tasks: Iterable[TaskRow], book: Rulebook) -> Iterable[Why]:
    """How the report was fused when it came, and the reasons of the first task, which its incident was opened with."""
    for entry in timeline:
        if entry.report_id == report_id and entry.kind in (TimelineKind.OPENED, TimelineKind.JOINED):
            yield from (why for why in entry.why if why.stage is Stage.FUSE)
        yield from (why for why in entry.why if why.stage in (Stage.PERCEIVE, Stage.MUTE))
    first = next(iter(tasks), None)
    if first is not None:
        yield from first.why
        yield from (clock.why for clock in first.deadlines)
        for clock in first.deadlines:
            if clock.supervision is not None:
                yield planned(clock.kind, clock.supervision, book)


def _read(texts: dict[str, str], version: str) -> tuple[Rulebook, Atlas] | None:
    book = read_rulebook(texts, outlines_for(texts))
    if not isinstance(book, Rulebook):
        return None
    # A hub of another version may have counted the digest in another way; the decision's name for it holds.
    return msgspec.structs.replace(book, version=version), Atlas(book.city)
