"""Replaying exports: every record as its own message, never an answer column, and a report of what became of them."""

import asyncio
import gzip
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from hub.edges.clock import utc_now
from hub.edges.exports import ANSWER_COLUMNS, ExportError, messages_in
from hub.edges.replay import ReplayProgress, batches, replay_export, source_named
from hub.edges.rules import load_city
from hub.rulebook.book import City, Source
from hub.settings import shipped
from hub.stages.normalise import normalise
from hub.vocabulary.messages import RawMessage, Report

URL = "http://hub.test"
HEADER = (
    "case_enquiry_id,open_dt,closed_dt,case_status,closure_reason,case_title,subject,reason,type,location,latitude,"
    "longitude,is_duplicate_phrase,parent_case,cluster"
)
ROW = (
    "{n},2011-07-01 01:32:33,2011-07-02 05:00:00,Closed,SECRET closed,Street Light Outages,Public Works,Street Lights,"
)
ROW += "Street Light Outages,1 Main St,42.27,-71.07,True,SECRET-parent,SECRET-cluster"


@pytest.fixture(scope="module")
def boston() -> City:
    return load_city(shipped("rules") / "boston").city


@pytest.fixture(scope="module")
def source(boston: City) -> Source:
    return source_named(boston, None, Path("boston.csv.gz"))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress("\n".join([HEADER, *(ROW.format(n=n) for n in range(450))]).encode()))
    return path


class Wire:
    """The other end of the wire, as the intake door's contract says."""

    def __init__(self, refuse: Sequence[bytes] = (), ids: Sequence[uuid.UUID] = ()) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self._refuse = refuse
        self._ids = [str(id) for id in ids]
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if any(part in request.content for part in self._refuse):
            return httpx.Response(400, json={"title": "Bad", "detail": "no"})
        self.bodies.append((request.headers["content-type"], request.content))
        lines = request.content.count(b"\n") + 1 if "ndjson" in request.headers["content-type"] else 1
        return httpx.Response(202, json={"accepted": lines, "ids": self._ids})


async def test_every_row_is_a_message_of_its_own_without_its_answers(export: Path, source: Source) -> None:
    wire = Wire()
    report = await replay_export(export, source=source, url=URL, client=wire.client)
    rows = [msgspec.json.decode(line) for _, body in wire.bodies for line in body.split(b"\n")]
    assert [row["case_enquiry_id"] for row in rows] == [str(n) for n in range(450)]
    assert (report.sent, report.accepted, report.refused) == (450, 450, ())
    assert all(ANSWER_COLUMNS.isdisjoint(row) for row in rows)
    assert not any(b"SECRET" in body for _, body in wire.bodies)
    assert len(wire.bodies) == 3


def test_a_row_reads_as_a_report_with_its_columns(export: Path, source: Source) -> None:
    message = next(messages_in(export))
    raw = RawMessage(
        id=uuid.UUID(int=1),
        feed=source.feed,
        source=source.id,
        content_type=message.content_type,
        body=message.body,
        received_at=utc_now(),
    )
    (report,) = normalise(raw, source)
    assert isinstance(report, Report)
    assert (report.source_id, report.title, report.address) == ("0", "Street Light Outages", "1 Main St")
    assert report.point is not None


async def test_what_is_refused_is_named_and_does_not_sink_its_neighbours(export: Path, source: Source) -> None:
    wire = Wire(refuse=[b'"case_enquiry_id":"7"'])
    report = await replay_export(export, source=source, url=URL, client=wire.client, limit=20)
    assert report.accepted == 19
    assert [(refused.place, refused.status) for refused in report.refused] == [("export.csv.gz:8", 400)]


async def test_a_folder_is_replayed_file_by_file(tmp_path: Path, source: Source) -> None:
    (tmp_path / "a.xml").write_text("<alert/>")
    (tmp_path / "b.geojson").write_text('{"type": "FeatureCollection"}')
    (tmp_path / "c.ndjson").write_text('{"id": 1, "closure_reason": "SECRET"}\n\n{"id": 2}\nnot json\n')
    (tmp_path / "d.txt").write_text("left alone")
    found = [(message.place, message.content_type, message.body) for message in messages_in(tmp_path)]
    assert found == [
        ("a.xml", "application/xml", b"<alert/>"),
        ("b.geojson", "application/geo+json", b'{"type": "FeatureCollection"}'),
        ("c.ndjson:1", "application/json", b'{"id":1}'),
        ("c.ndjson:3", "application/json", b'{"id": 2}'),
        ("c.ndjson:4", "application/json", b"not json"),
    ]
    wire = Wire()
    report = await replay_export(tmp_path, source=source, url=URL, client=wire.client)
    assert report.accepted == 5


@pytest.mark.parametrize("name", ["missing.csv", "notes.txt", "empty"])
def test_a_path_that_cannot_be_replayed_says_why(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExportError, match=name):
        list(messages_in(tmp_path / name))


def test_batches_keep_every_message_once_in_order(export: Path) -> None:
    messages = list(messages_in(export))
    for size in (1, 7, 200, 1000):
        runs = list(batches(messages, size))
        assert [message for run in runs for message in run] == messages
        assert max(len(run) for run in runs) <= size


async def test_the_rate_holds(export: Path, source: Source) -> None:
    wire = Wire()
    report = await replay_export(export, source=source, url=URL, client=wire.client, rate=200, limit=100)
    assert 0.35 <= report.sending_seconds <= 2.0


async def test_records_can_go_straight_to_the_feeds_topic(export: Path, source: Source) -> None:
    sent: list[tuple[str, Any]] = []

    async def publish(topic: str, records: Sequence[Any]) -> None:
        sent.extend((topic, record) for record in records)

    report = await replay_export(export, source=source, publish=publish, limit=3)
    assert report.accepted == 3
    assert {topic for topic, _ in sent} == {"feed.open311"}
    assert all(dict(headers)["source"] == source.id.encode() for _, (_, _, headers) in sent)
    assert not any(b"SECRET" in value for _, (_, value, _) in sent)


async def test_it_needs_exactly_one_road(export: Path, source: Source) -> None:
    with pytest.raises(ValueError, match="either"):
        await replay_export(export, source=source)


def test_the_source_must_be_known(boston: City) -> None:
    with pytest.raises(ValueError, match="no such source"):
        source_named(boston, "elsewhere", Path("x.csv"))


@pytest.mark.services
async def test_it_waits_until_everything_is_settled_and_counts(
    export: Path, source: Source, pool: asyncpg.Pool
) -> None:
    ids = [uuid.uuid4() for _ in range(3)]
    neighbour = uuid.uuid4()  # somebody else's message of the same feed, at the same time
    for raw_id in (*ids, neighbour):
        await pool.execute(
            "insert into raw_messages (id, feed, source, content_type, body, received_at)"
            " values ($1, $2, $3, '', '', $4)",
            raw_id,
            source.feed,
            source.id,
            utc_now(),
        )
    shown: list[ReplayProgress] = []
    waiting = asyncio.Event()

    def show(progress: ReplayProgress) -> None:
        shown.append(progress)
        if progress.phase == "settling":
            waiting.set()

    wire = Wire(ids=ids)
    run = asyncio.create_task(
        replay_export(export, source=source, url=URL, client=wire.client, pool=pool, limit=3, progress=show, pids=[1])
    )
    await asyncio.wait_for(waiting.wait(), 60)
    assert not run.done()
    for raw_id, incident in zip(ids, ("I-1", "I-1", None), strict=True):
        await _become(pool, raw_id, source, incident)
    await _become(pool, neighbour, source, "I-2")
    await pool.execute("update raw_messages set settled_at = now() where id = any($1)", ids)
    report = await asyncio.wait_for(run, 60)
    assert (report.reports, report.rejects, report.incidents, report.unsettled) == (2, 1, 1, 0)
    assert shown[-1].unsettled == 0
    assert report.peak_memory_mib is not None


async def _become(pool: asyncpg.Pool, raw_id: uuid.UUID, source: Source, incident: str | None) -> None:
    now = utc_now()
    if incident is None:
        await pool.execute(
            "insert into rejects (raw_id, part, feed, reason, field, message, rejected_at)"
            " values ($1, 0, $2, 'bad_json', '', '', $3)",
            raw_id,
            source.feed,
            now,
        )
        return
    await pool.execute(
        "insert into reports (report_id, feed, source_id, revision, raw_id, digest, incident_id, occurred_at,"
        " received_at, category, document) values ($1, $2, $1, 1, $3, '', $4, $5, $5, 'x', '{}')",
        str(raw_id),
        source.feed,
        raw_id,
        incident,
        now,
    )
