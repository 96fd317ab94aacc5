"""Answers `hub rules explain`: for a message in a file, or a report in the store. It must never keep a message."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from hub.edges.authoring.explaining import Explanation, explain
from hub.edges.authoring.stored import Versions, explain_report
from hub.edges.authoring.wording import explained
from hub.edges.clock import utc_now
from hub.edges.embedded.services import connected
from hub.edges.rules import load_city
from hub.edges.store.pool import open_pool
from hub.edges.store.reading import Reading
from hub.pipeline import decide, understand
from hub.rulebook.book import Rulebook, Source
from hub.settings import Settings, SettingsError
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Nearby
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.phrases import Language
from hub.vocabulary.terms import Feed
from hub.vocabulary.why import Why

#: As many as a story shows.
_MAX_TIMELINE = 500
_MAX_TASKS = 200


def explain_file(
    path: Path, folder: Path, feed: Feed, source: str, language: Language, *, as_json: bool
) -> Iterator[str]:
    """A line or a JSON document for each record of a source's message."""
    book = load_city(folder)
    of_feed = {known.id: known for known in book.city.sources if known.feed is feed}
    if not of_feed or (source and source not in of_feed):
        known = ", ".join(of_feed) or "none"
        raise SettingsError(f"--source: sources of the feed {feed} in this city are {known}")
    chosen = of_feed[source] if source else next(iter(of_feed.values()))
    atlas = Atlas(book.city)
    for record in understand(_raw(path.read_bytes(), chosen, utc_now()), book, atlas):
        whys = () if isinstance(record, Reject) else _alone(record, book, utc_now())
        if isinstance(record, Reject) or not whys:
            yield _without_incident(record, as_json=as_json)
        else:
            yield _told(explain(record, whys, book, atlas), book, language, as_json=as_json)


def explain_stored(
    report_id: str, settings: Settings, folder: Path, language: Language, *, as_json: bool
) -> Iterator[str]:
    """The explanation of a stored report, by the rulebook that decided on its incident."""
    # Only the database is asked, so a broker need not be known.
    reachable = connected(msgspec.structs.replace(settings, kafka_url="not needed"))
    yield asyncio.run(_stored(report_id, reachable, load_city(folder), language, as_json=as_json))


async def _stored(report_id: str, settings: Settings, running: Rulebook, language: Language, *, as_json: bool) -> str:
    pool = await open_pool(settings.database_url, size=1)
    try:
        reading = Reading(pool)
        row = await reading.report(report_id)
        if row is None:
            raise SettingsError(f"there is no report `{report_id}`")
        incident = await reading.incident(row.incident_id) if row.incident_id is not None else None
        if incident is None:
            return _without_incident(row.located, as_json=as_json)
        decided_by = await Versions(reading).of(incident.rulebook_version, running)
        if decided_by is None:
            raise SettingsError(f"the text of rulebook {incident.rulebook_version}, which decided, is not kept")
        timeline = await reading.timeline(incident.id, _MAX_TIMELINE)
        tasks = await reading.tasks_of(incident.id, _MAX_TASKS)
    finally:
        await pool.close()
    explanation = explain_report(row, timeline, tasks, *decided_by)
    return _told(explanation, decided_by[0], language, as_json=as_json)


def _raw(body: bytes, source: Source, now: datetime) -> RawMessage:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    kind = {b"<": "application/xml", b"{": "application/json", b"[": "application/json"}.get(start, "text/csv")
    return RawMessage(id=UUID(int=1), feed=source.feed, source=source.id, content_type=kind, body=body, received_at=now)


def _alone(located: LocatedReport, book: Rulebook, now: datetime) -> tuple[Why, ...]:
    """The reasons of a decision with nothing near; none when it opens no incident."""
    decision = decide((located,), Nearby(), book, now)
    clocks = tuple(deadline.why for task in decision.tasks for deadline in task.deadlines)
    return (*(why for entry in decision.timeline for why in entry.why), *clocks)


def _told(explanation: Explanation, book: Rulebook, language: Language, *, as_json: bool) -> str:
    if as_json:
        return msgspec.json.encode(explanation).decode()
    return explained(explanation, book, language) + "\n"


def _without_incident(record: LocatedReport | Reject, *, as_json: bool) -> str:
    if isinstance(record, Reject):
        if as_json:
            return msgspec.json.encode(
                {"reject": record.reason, "field": record.field, "message": record.message}
            ).decode()
        return f"退回 reject: {record.reason} {record.field} {record.message}\n"
    if as_json:
        return msgspec.json.encode({"report_id": record.report.id, "status": record.report.status}).decode()
    return f"{record.report.id}: 不立件 no incident, the source says `{record.report.status}`\n"
