"""The order of the rooms: what a batch opens, joins, revises and leaves alone."""

import subprocess
import sys
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from hub.naming import digest, incident_id
from hub.pipeline import decide, overdue, understand
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Nearby
from hub.vocabulary.messages import Petitioner, Reject
from hub.vocabulary.terms import (
    DeadlineKind,
    Feed,
    IncidentStatus,
    PlacePrecision,
    RejectReason,
    ReportStatus,
    Severity,
    Stage,
    TaskRole,
    TaskStatus,
    TimelineKind,
)
from tests.builders import (
    AT,
    HERE,
    a_book,
    a_city,
    a_deadline,
    a_located,
    a_place,
    a_raw,
    a_report,
    an_incident,
    north_of,
)
from tests.shelf import Shelf

BOOK = a_book()
LATER = AT + timedelta(minutes=10)
NOBODY = Nearby()


def kinds(shelf: Shelf) -> list[TimelineKind]:
    return [entry.kind for _, entry in sorted(shelf.timeline.items())]


def test_a_first_report_opens_and_dispatches() -> None:
    decision = decide([a_located()], NOBODY, BOOK, AT)
    (incident,) = decision.incidents
    lead, assist = decision.tasks
    assert incident.status is IncidentStatus.DISPATCHED
    assert (incident.version, incident.report_count, incident.feeds) == (1, 1, (Feed.HOTLINE,))
    assert (incident.title, incident.category, incident.severity) == (
        "自来水管爆裂，路面积水",
        "burst_main",
        Severity.III,
    )
    assert (incident.point, incident.district, incident.lead_bureau) == (HERE, "140802", "water")
    assert incident.words == ("自来水管", "爆裂", "路面", "积水")
    assert (lead.bureau, lead.role, lead.status) == ("water", TaskRole.LEAD, TaskStatus.OFFERED)
    assert (assist.bureau, assist.role) == ("traffic", TaskRole.ASSIST)
    assert [lead.id, assist.id] == [f"{incident.id}-1", f"{incident.id}-2"]
    assert [deadline.kind for deadline in lead.deadlines] == [DeadlineKind.ACCEPT, DeadlineKind.RESOLVE]
    assert incident.due_at == min(deadline.due_at for deadline in lead.deadlines) == AT + timedelta(minutes=30)
    assert incident.overdue is False
    opened, first, second = decision.timeline
    assert (opened.kind, opened.report_id, opened.version, opened.n) == (TimelineKind.OPENED, "hotline:1", 1, 0)
    assert [why.stage for why in opened.why] == [Stage.CLASSIFY, Stage.LOCATE, Stage.FUSE]
    assert (first.kind, first.task_id, second.task_id) == (TimelineKind.DISPATCHED, lead.id, assist.id)
    assert [why.stage for why in first.why] == [Stage.ROUTE, Stage.DEADLINES, Stage.DEADLINES]
    (filing,) = decision.filings
    assert (filing.revision, filing.incident_id, filing.stale) == (1, incident.id, False)


def test_an_incident_without_a_title_takes_the_name_of_its_category() -> None:
    assert decide([a_located(title="")], NOBODY, BOOK, AT).incidents[0].title == "burst_main"


def test_without_deadline_rules_the_why_says_so() -> None:
    decision = decide([a_located()], NOBODY, a_book(deadlines=()), AT)
    assert decision.incidents[0].due_at is None
    assert decision.timeline[1].why[-1].verdict == "no_deadline"


def test_two_reports_of_one_batch_meet() -> None:
    decision = decide([a_located("1"), a_located("2", feed=Feed.GRID)], NOBODY, BOOK, AT)
    (incident,) = decision.incidents
    assert (incident.version, incident.report_count, incident.feeds) == (1, 2, (Feed.HOTLINE, Feed.GRID))
    assert {filing.incident_id for filing in decision.filings} == {incident.id}
    assert decision.timeline[-1].kind is TimelineKind.JOINED
    assert decision.timeline[-1].report_id == "grid:2"


def test_a_join_counts_one_version_a_batch_and_adds_up() -> None:
    known = an_incident(version=7, point=None, address_key="解放路12号", severity=Severity.IV, report_count=3)
    batch = [
        a_located("2", address_key="解放路12号", severity=Severity.II, title="水管爆裂漏水", address="解放路12号"),
        a_located("3", address_key="解放路12号", occurred_at=AT + timedelta(hours=1)),
    ]
    decision = decide(batch, Nearby(incidents=(known,)), BOOK, LATER)
    (incident,) = decision.incidents
    assert (incident.id, incident.version, incident.report_count) == ("140800-A", 8, 5)
    assert incident.severity is Severity.II
    assert (incident.point, incident.cell) == (HERE, batch[0].place.cell)
    assert incident.last_report_at == AT + timedelta(hours=1)
    assert incident.updated_at == LATER
    assert incident.words == ("自来水管", "爆裂", "路面", "积水", "水管", "漏水")
    assert [(entry.version, entry.n, entry.kind) for entry in decision.timeline] == [
        (8, 0, TimelineKind.JOINED),
        (8, 1, TimelineKind.SEVERITY),
        (8, 2, TimelineKind.JOINED),
    ]
    assert decision.timeline[1].why[0].facts == {"from": "IV", "to": "II"}
    assert decision.tasks == ()


def test_a_late_report_never_turns_the_time_back() -> None:
    decision = decide(
        [a_located("2", occurred_at=AT - timedelta(hours=1))], Nearby(incidents=(an_incident(),)), BOOK, AT
    )
    assert decision.incidents[0].last_report_at == AT


def test_a_likely_duplicate_is_suggested_and_opens_its_own() -> None:
    odd = a_located("2", category="flooding", title="下水井盖丢失", point=north_of(HERE, 50))
    decision = decide([odd], Nearby(incidents=(an_incident(),)), BOOK, AT)
    (incident,) = decision.incidents
    assert incident.id == incident_id("140800", "hotline:2")
    (suggested,) = [entry for entry in decision.timeline if entry.kind is TimelineKind.SUGGESTED]
    assert suggested.incident_id == incident.id
    assert suggested.why[0].facts["incident"] == "140800-A"


def test_the_middle_of_an_area_is_shown_but_has_no_neighbours() -> None:
    area = a_located("1", place=a_place(precision=PlacePrecision.AREA))
    (incident,) = decide([area], NOBODY, BOOK, AT).incidents
    assert (incident.point, incident.cell) == (HERE, None)


@pytest.mark.parametrize("status", [ReportStatus.TEST, ReportStatus.CLOSED, ReportStatus.CANCELLED])
def test_tests_and_what_was_over_before_are_only_filed(status: ReportStatus) -> None:
    shelf = Shelf()
    decision = shelf.take([a_located(status=status)], BOOK, AT)
    assert (decision.incidents, decision.tasks, decision.timeline) == ((), (), ())
    assert [filing.incident_id for filing in decision.filings] == [None]
    # Reopened by its source, it is news.
    reopened = shelf.take([a_located(received_at=LATER)], BOOK, LATER)
    assert [(filing.revision, filing.incident_id) for filing in reopened.filings] == [(2, reopened.incidents[0].id)]
    assert kinds(shelf)[0] is TimelineKind.OPENED


def test_a_repeat_changes_nothing_in_the_batch_and_after() -> None:
    shelf = Shelf()
    first = shelf.take([a_located(), a_located(raw_id=UUID(int=9), part=4, received_at=LATER)], BOOK, AT)
    assert len(first.filings) == 1
    again = shelf.take([a_located(received_at=LATER)], BOOK, LATER)
    assert (again.filings, again.incidents, again.tasks, again.timeline) == ((), (), (), ())


def test_a_new_revision_is_told_and_stays_in_its_incident() -> None:
    shelf = Shelf()
    shelf.take([a_located(severity=Severity.IV)], BOOK, AT)
    news = a_located(severity=Severity.II, text="水已漫进地下车库", received_at=LATER)
    decision = shelf.take([news], BOOK, LATER)
    (incident,) = decision.incidents
    assert (incident.version, incident.report_count, incident.severity) == (2, 1, Severity.II)
    assert "地下" in " ".join(incident.words)
    assert [filing.revision for filing in decision.filings] == [2]
    assert [entry.kind for entry in decision.timeline] == [TimelineKind.REVISED, TimelineKind.SEVERITY]
    assert decision.timeline[0].why[-1].verdict == "kept"


def test_two_revisions_in_one_batch_are_one_version() -> None:
    shelf = Shelf()
    rows = [a_located(), a_located(text="二", received_at=LATER), a_located(text="三", received_at=LATER)]
    decision = shelf.take(rows, BOOK, LATER)
    assert [filing.revision for filing in decision.filings] == [1, 2, 3]
    assert [(i.version, i.report_count) for i in decision.incidents] == [(1, 1)]


@pytest.mark.parametrize(
    ("changed", "moved"),
    [
        ({"point": north_of(HERE, 2_000)}, "place_moved"),
        ({"category": "noise", "family": "noise"}, "family_moved"),
    ],
)
def test_a_revision_that_moved_away_is_kept_and_said_so(changed: dict[str, object], moved: str) -> None:
    shelf = Shelf()
    shelf.take([a_located()], BOOK, AT)
    decision = shelf.take([a_located(received_at=LATER, title="完全不同的事", **changed)], BOOK, LATER)
    (incident,) = decision.incidents
    assert (incident.id, incident.point, incident.family) == (incident_id("140800", "hotline:1"), HERE, "water")
    assert incident.words == ("自来水管", "爆裂", "路面", "积水")
    kept = decision.timeline[0].why[-1]
    assert (kept.verdict, kept.facts[moved]) == ("moved_but_kept", True)


@pytest.mark.parametrize("dated", [True, False])
def test_an_older_revision_goes_to_the_history_only(dated: bool) -> None:
    shelf = Shelf()
    new, old = a_located(received_at=LATER), a_located(text="旧", received_at=AT)
    if dated:
        # The source's dates decide, not when its messages came in.
        new, old = a_located(updated_at=LATER, received_at=AT), a_located(text="旧", updated_at=AT, received_at=LATER)
    shelf.take([new], BOOK, LATER)
    decision = shelf.take([old], BOOK, LATER)
    assert [(filing.stale, filing.revision) for filing in decision.filings] == [(True, 1)]
    assert (decision.incidents, decision.timeline) == ((), ())


@pytest.mark.parametrize(
    ("status", "incident", "kind", "becomes"),
    [
        # The source closed its own record: told, but the incident is ours to close.
        (ReportStatus.CLOSED, {}, TimelineKind.SOURCE_CLOSED, IncidentStatus.DISPATCHED),
        # Withdrawn by the only one who told of it.
        (ReportStatus.CANCELLED, {}, TimelineKind.CANCELLED, IncidentStatus.CANCELLED),
        # It was an exercise after all.
        (ReportStatus.TEST, {}, TimelineKind.CANCELLED, IncidentStatus.CANCELLED),
        # Others told of it as well.
        (ReportStatus.CANCELLED, {"report_count": 2}, TimelineKind.REVISED, IncidentStatus.DISPATCHED),
        # Somebody is at work on it.
        (ReportStatus.CANCELLED, {"status": IncidentStatus.HANDLING}, TimelineKind.REVISED, IncidentStatus.HANDLING),
        # It is over: the revision is told and nothing else changes.
        (ReportStatus.ACTIVE, {"status": IncidentStatus.CLOSED}, TimelineKind.REVISED, IncidentStatus.CLOSED),
        (ReportStatus.CANCELLED, {"status": IncidentStatus.MERGED}, TimelineKind.REVISED, IncidentStatus.MERGED),
    ],
)
def test_what_the_source_says_of_its_record(
    status: ReportStatus, incident: dict[str, object], kind: TimelineKind, becomes: IncidentStatus
) -> None:
    shelf = Shelf()
    (opened,) = shelf.take([a_located()], BOOK, AT).incidents
    shelf.incidents[opened.id] = replace(opened, **incident)
    decision = shelf.take([a_located(status=status, received_at=LATER, text="新", severity=Severity.III)], BOOK, LATER)
    (after,) = decision.incidents
    assert [entry.kind for entry in decision.timeline] == [kind]
    assert (after.status, after.version) == (becomes, 2)
    assert (after.due_at is None) == (becomes is IncidentStatus.CANCELLED)


def test_a_cancelled_incident_takes_no_more_reports_of_its_batch() -> None:
    batch = [a_located(), a_located(status=ReportStatus.CANCELLED), a_located("2")]
    decision = decide(batch, NOBODY, BOOK, AT)
    assert [incident.status for incident in decision.incidents] == [IncidentStatus.CANCELLED, IncidentStatus.DISPATCHED]


def test_a_known_report_whose_incident_is_missing_is_filed_and_counts_nothing() -> None:
    shelf = Shelf()
    shelf.take([a_located()], BOOK, AT)
    (home,) = shelf.incidents
    nearby = replace(shelf.nearby([a_located()]), incidents=())
    decision = decide([a_located(text="新", received_at=LATER)], nearby, BOOK, LATER)
    assert [(filing.revision, filing.incident_id) for filing in decision.filings] == [(2, home)]
    assert (decision.incidents, decision.tasks, decision.timeline) == ((), (), ())


def test_the_petitioner_is_not_in_the_incident() -> None:
    decision = decide([a_located(petitioner=Petitioner(name="王小明", phone="13800138000"))], NOBODY, BOOK, AT)
    assert "王小明" not in repr(decision.incidents + decision.tasks + decision.timeline)
    assert "13800138000" not in repr(decision.incidents + decision.tasks + decision.timeline)


def test_a_digest_is_of_what_the_report_says() -> None:
    report = a_report(attributes={"a": "1", "b": "2"})
    assert digest(report) == digest(
        replace(report, raw_id=UUID(int=5), part=3, received_at=LATER, attributes={"b": "2", "a": "1"})
    )
    assert len(digest(report)) == 16
    for changed in ({"text": "x"}, {"updated_at": AT}, {"status": ReportStatus.CLOSED}, {"attributes": {"a": "1"}}):
        assert digest(replace(report, **changed)) != digest(report)


def test_a_time_that_is_only_the_time_of_receipt_says_nothing() -> None:
    first, again = a_report(occurred_at=AT, received_at=AT), a_report(occurred_at=LATER, received_at=LATER)
    assert digest(first) == digest(again) != digest(a_report(occurred_at=AT))


def test_ids_are_short_plain_and_always_the_same() -> None:
    assert incident_id("140800", "hotline:1") == "140800-J6HFTKPPQ9A97NC6"
    assert len({incident_id("140800", f"hotline:{n}") for n in range(10_000)}) == 10_000


def test_overdue_tells_each_deadline_and_marks_its_incident_once() -> None:
    live, over = an_incident("140800-A", version=3), an_incident("140800-B", status=IncidentStatus.CLOSED)
    due = [
        (a_deadline("140800-A-1", kind=DeadlineKind.ACCEPT), live),
        (a_deadline("140800-A-1"), live),
        (a_deadline("140800-B-1"), over),
        (a_deadline("140800-A-2", due_at=LATER + timedelta(seconds=1)), live),
    ]
    decision = overdue(due, BOOK, LATER)
    (incident,) = decision.incidents
    assert (incident.id, incident.version, incident.overdue, incident.updated_at) == ("140800-A", 4, True, LATER)
    assert [(e.version, e.n, e.kind, e.task_id) for e in decision.timeline] == [
        (4, 0, TimelineKind.OVERDUE, "140800-A-1"),
        (4, 1, TimelineKind.OVERDUE, "140800-A-1"),
    ]
    assert decision.timeline[0].why[-1].facts == {"kind": "accept", "due_at": AT.isoformat()}


def test_an_unknown_source_is_a_reject() -> None:
    atlas = Atlas(a_city())
    for raw in (a_raw(source="nobody"), a_raw(feed=Feed.GRID)):
        (reject,) = understand(raw, BOOK, atlas)
        assert isinstance(reject, Reject)
        assert reject.reason is RejectReason.UNKNOWN_SOURCE


def test_a_raw_message_walks_through_three_rooms() -> None:
    """Each record is a located report or a reject; a bad body is one reject."""
    atlas = Atlas(a_city())
    (reject,) = understand(a_raw(b"{"), BOOK, atlas)
    assert isinstance(reject, Reject)
    assert reject.reason is RejectReason.BAD_JSON


def test_importing_the_pipeline_loads_no_worker_and_no_loop() -> None:
    code = "import sys, hub.pipeline; print([m for m in ('faust', 'asyncio', 'asyncpg') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
