"""What holds for every stream of reports, however it is cut, repeated and shuffled."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.terms import ReportStatus, Severity, TaskRole
from tests.builders import AT, HERE, a_book, a_located, north_of
from tests.shelf import Shelf, in_batches

BOOK = a_book()
TITLES = ("自来水管爆裂，路面积水", "路面积水", "夜间施工噪音扰民", "broken hydrant", "")
KINDS = (("burst_main", "water"), ("flooding", "water"), ("noise", "noise"), ("unclassified", "unclassified"))
points = st.none() | st.integers(-10, 10).map(lambda step: north_of(HERE, step * 60))


@st.composite
def streams(draw: st.DrawFn) -> list[LocatedReport]:
    """Reports of few ids, so that repeats, revisions and neighbours are common; each received later than the last."""
    found = []
    for n in range(draw(st.integers(0, 14))):
        category, family = draw(st.sampled_from(KINDS))
        found.append(
            a_located(
                str(draw(st.integers(0, 7))),
                category=category,
                family=family,
                severity=draw(st.sampled_from(Severity)),
                point=draw(points),
                address_key=draw(st.sampled_from(("", "", "解放路12号"))),
                title=draw(st.sampled_from(TITLES)),
                status=draw(st.sampled_from([ReportStatus.ACTIVE] * 5 + list(ReportStatus))),
                occurred_at=AT + timedelta(minutes=draw(st.integers(-400, 400))),
                updated_at=draw(st.none() | st.integers(0, 5).map(lambda m: AT + timedelta(minutes=m))),
                received_at=AT + timedelta(seconds=n),
            )
        )
    return found


sizes = st.lists(st.integers(1, 5), max_size=15)


def taken(stream: Sequence[LocatedReport], cut: Sequence[int]) -> Shelf:
    shelf = Shelf()
    for batch in in_batches(stream, cut):
        shelf.take(batch, BOOK, AT)
    return shelf


def without_version(incident: Incident) -> dict[str, Any]:
    return {name: getattr(incident, name) for name in incident.__struct_fields__ if name != "version"}


@settings(deadline=None)
@given(streams(), sizes)
def test_how_a_stream_is_cut_into_batches_changes_nothing(stream: list[LocatedReport], cut: list[int]) -> None:
    whole, parts = taken(stream, ()), taken(stream, cut)
    assert whole.members() == parts.members()
    assert whole.known == parts.known
    assert {key: without_version(i) for key, i in whole.incidents.items()} == {
        key: without_version(i) for key, i in parts.incidents.items()
    }
    assert whole.tasks == parts.tasks
    assert [entry.kind for entry in _by_incident(whole)] == [entry.kind for entry in _by_incident(parts)]


@settings(deadline=None)
@given(streams(), sizes)
def test_a_stream_seen_again_changes_nothing(stream: list[LocatedReport], cut: list[int]) -> None:
    shelf = taken(stream, cut)
    before = (dict(shelf.incidents), dict(shelf.known), dict(shelf.tasks), dict(shelf.timeline))
    for batch in in_batches(stream, cut):
        decision = shelf.take(batch, BOOK, AT + timedelta(days=1))
        assert all(filing.stale for filing in decision.filings)
    assert (shelf.incidents, shelf.known, shelf.tasks, shelf.timeline) == before


@settings(deadline=None)
@given(streams(), sizes)
def test_every_change_of_an_incident_has_an_entry_of_its_time(stream: list[LocatedReport], cut: list[int]) -> None:
    """The board looks for what changed lately in the timeline."""
    shelf = Shelf()
    for number, batch in enumerate(in_batches(stream, cut)):
        now = AT + timedelta(minutes=number)
        decision = shelf.take(batch, BOOK, now)
        told = {(entry.incident_id, entry.version, entry.at) for entry in decision.timeline}
        assert {(i.id, i.version, i.updated_at) for i in decision.incidents} <= told
        assert all(incident.updated_at == now for incident in decision.incidents)


@settings(deadline=None)
@given(streams(), sizes, st.randoms(use_true_random=False))
def test_a_report_is_in_one_incident_in_whatever_order_it_comes(
    stream: list[LocatedReport], cut: list[int], random: Any
) -> None:
    random.shuffle(stream)
    shelf = taken(stream, cut)
    assert set(shelf.known) == {located.report.id for located in stream}
    told = [entry for entry in shelf.timeline.values() if entry.kind in ("opened", "joined")]
    assert len({entry.report_id for entry in told}) == len(told)
    active = {item.report.id for item in stream if item.report.status is ReportStatus.ACTIVE}
    for report_id, known in shelf.known.items():
        if known.incident_id is None:
            assert report_id not in {entry.report_id for entry in told}
        else:
            assert report_id in active
            assert known.incident_id in shelf.incidents
    counted = {key: len(ids) for key, ids in shelf.members().items()}
    assert counted == {key: incident.report_count for key, incident in shelf.incidents.items()}


@settings(deadline=None)
@given(streams(), sizes)
def test_an_incident_has_one_lead_one_family_and_its_worst_severity(
    stream: list[LocatedReport], cut: list[int]
) -> None:
    shelf = taken(stream, cut)
    for incident in shelf.incidents.values():
        leads = [t for t in shelf.tasks.values() if t.incident_id == incident.id and t.role is TaskRole.LEAD]
        assert [task.bureau for task in leads] == [incident.lead_bureau]
        entries = [e for e in _by_incident(shelf) if e.incident_id == incident.id]
        assert [entry.kind for entry in entries].count("opened") == 1
        assert entries[0].kind == "opened"
        assert len(incident.words) == len(set(incident.words)) <= 60


def _by_incident(shelf: Shelf) -> list[Any]:
    return [entry for _, entry in sorted(shelf.timeline.items())]
