"""Answers `hub rules explain`: for a message in a file, or a report in the store. It must never keep a message."""

import asyncio
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from hub.edges.authoring.explaining import Explanation, explain, planned
from hub.edges.authoring.rejected import rejected, stored_rejects
from hub.edges.authoring.stored import MAX_TASKS, MAX_TIMELINE, Versions, explain_report
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

#: Rejects of one id that are told, newest first; each try of a source to send it may have made one.
_MAX_REJECTS = 5


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to print of one record, and whether it is a report at all."""

    text: str
    understood: bool = True


def is_stored_id(text: str) -> bool:
    """Whether this may be the id of a report, `feed:source_id`, or of a raw message."""
    if ":" in text:
        return True
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def explain_file(
    path: Path, folder: Path, feed: Feed, source: str, language: Language, *, as_json: bool
) -> list[Answer]:
    """A text or a JSON document for each record of a source's message."""
    book = load_city(folder)
    of_feed = {known.id: known for known in book.city.sources if known.feed is feed}
    if not of_feed or (source and source not in of_feed):
        known = ", ".join(of_feed) or "none"
        raise SettingsError(f"--source: sources of the feed {feed} in this city are {known}")
    chosen = of_feed[source] if source else next(iter(of_feed.values()))
    atlas = Atlas(book.city)
    told = []
    for record in understand(_raw(path, chosen, utc_now()), book, atlas):
        if isinstance(record, Reject):
            told.append(Answer(text=rejected(record, language, as_json=as_json), understood=False))
        elif whys := _alone(record, book, utc_now()):
            told.append(_told(explain(record, whys, book, atlas), book, language, as_json=as_json))
        else:
            told.append(_without_incident(record, as_json=as_json))
    return told


def explain_stored(report_id: str, settings: Settings, folder: Path, language: Language, *, as_json: bool) -> Answer:
    """The explanation of a stored report, by the rulebook that decided on its incident; of a reject, why it is one."""
    # Only the database is asked, so a broker need not be known.
    reachable = connected(msgspec.structs.replace(settings, kafka_url="not needed"))
    return asyncio.run(_stored(report_id, reachable, folder, language, as_json=as_json))


async def _stored(report_id: str, settings: Settings, folder: Path, language: Language, *, as_json: bool) -> Answer:
    pool = await open_pool(settings.database_url, size=1)
    try:
        reading = Reading(pool)
        row = await reading.report(report_id)
        if row is None:
            rejects = await reading.rejects_of(report_id, _MAX_REJECTS)
            zone = ZoneInfo(load_city(folder).city.timezone)
            return Answer(text=stored_rejects(report_id, rejects, language, zone, as_json=as_json), understood=False)
        incident = await reading.incident(row.incident_id) if row.incident_id is not None else None
        if incident is None:
            return _without_incident(row.located, as_json=as_json)
        timeline = await reading.timeline(incident.id, MAX_TIMELINE)
        tasks = await reading.tasks_of(incident.id, MAX_TASKS)
        # The folder on disk has no say: it may be half edited.
        found = await explain_report(row, incident, timeline, tasks, Versions(reading), None)
    finally:
        await pool.close()
    if found is None:
        version = row.rulebook_version or incident.rulebook_version
        raise SettingsError(f"the text of rulebook {version}, which decided, is not kept")
    return _told(*found, language, as_json=as_json)


def _raw(path: Path, source: Source, now: datetime) -> RawMessage:
    body = path.read_bytes()
    if path.suffix.lower() == ".csv":
        kind = "text/csv"
    else:
        start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        kind = "application/xml" if start == b"<" else "application/json"
    return RawMessage(id=UUID(int=1), feed=source.feed, source=source.id, content_type=kind, body=body, received_at=now)


def _alone(located: LocatedReport, book: Rulebook, now: datetime) -> tuple[Why, ...]:
    """The reasons of a decision with nothing near; none when it opens no incident."""
    decision = decide((located,), Nearby(), book, now)
    clocks = [deadline for task in decision.tasks[:1] for deadline in task.deadlines]
    steps = (planned(clock.kind, clock.supervision, book) for clock in clocks if clock.supervision is not None)
    return (*(why for entry in decision.timeline for why in entry.why), *(clock.why for clock in clocks), *steps)


def _told(explanation: Explanation, book: Rulebook, language: Language, *, as_json: bool) -> Answer:
    if as_json:
        return Answer(text=msgspec.json.encode(explanation).decode())
    return Answer(text=explained(explanation, book, language) + "\n")


def _without_incident(record: LocatedReport, *, as_json: bool) -> Answer:
    status = record.report.status
    if as_json:
        return Answer(text=msgspec.json.encode({"report_id": record.report.id, "status": status}).decode())
    return Answer(text=f"{record.report.id}: 不立件 no incident, the source says `{status}`\n")
