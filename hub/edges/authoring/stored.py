"""Explains what a hub has decided, by the rulebook that decided it. It must never take a newer one for it."""

import asyncio
from collections.abc import Iterable

from hub.edges.authoring.explaining import Explanation, explain, planned
from hub.edges.rules import outlines_for
from hub.edges.store.reading import Reading
from hub.edges.store.rows import ReportRow, TaskRow, TimelineRow
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

    async def of(self, version: str, running: Rulebook) -> tuple[Rulebook, Atlas] | None:
        """The rulebook of a version and its geography; None when its text is not kept, or no longer readable."""
        known = self._known.pop(version, None)
        if known is None:
            if version == running.version:
                known = running, await asyncio.to_thread(Atlas, running.city)
            else:
                texts = await self._reading.rulebook(version)
                known = None if texts is None else await asyncio.to_thread(_read, texts)
        if known is not None:
            self._known[version] = known
            for oldest in list(self._known)[: -_KEPT - 1]:
                del self._known[oldest]
        return known


def explain_report(
    row: ReportRow, timeline: Iterable[TimelineRow], tasks: Iterable[TaskRow], book: Rulebook, atlas: Atlas
) -> Explanation:
    """Why a report is in its incident, and why that went where it went."""
    return explain(row.located, tuple(_whys(row.report_id, timeline, tasks, book)), book, atlas)


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


def _read(texts: dict[str, str]) -> tuple[Rulebook, Atlas] | None:
    book = read_rulebook(texts, outlines_for(texts))
    return (book, Atlas(book.city)) if isinstance(book, Rulebook) else None
