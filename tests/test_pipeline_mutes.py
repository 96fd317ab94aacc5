"""Mutes end to end in the pure half: nothing is lost, nobody is sent before, everybody once after."""

from datetime import timedelta

from hub.edges.metrics import Metrics
from hub.pipeline import unmute
from hub.ports import Settled
from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import CONDITION_FAILED, Condition
from hub.vocabulary.incidents import Decision, Incident
from hub.vocabulary.terms import Feed, IncidentStatus, ReportStatus, Severity, TimelineKind
from tests.builders import AT, a_book, a_located
from tests.muting import ENDS, a_mute
from tests.shelf import Shelf

BOOK = a_book(mutes=(a_mute(),))
LATER = AT + timedelta(minutes=10)


def _end(shelf: Shelf, book: Rulebook, minutes: float) -> Decision:
    decision = unmute(tuple(shelf.incidents.values()), book, AT + timedelta(minutes=minutes))
    shelf.put(decision)
    return decision


def _opened(shelf: Shelf) -> Incident:
    (incident,) = shelf.take([a_located()], BOOK, AT).incidents
    return incident


def test_a_muted_report_is_stored_and_nobody_is_sent() -> None:
    shelf = Shelf()
    decision = shelf.take([a_located()], BOOK, AT)
    (incident,) = decision.incidents
    assert (incident.status, incident.lead_bureau, incident.due_at) == (IncidentStatus.OPEN, None, None)
    assert incident.mute is not None
    assert (incident.mute.rule, incident.mute.owner, incident.mute.until) == ("drill", "duty", ENDS)
    assert decision.tasks == ()
    assert decision.marked == (incident.id,)
    assert [filing.incident_id for filing in decision.filings] == [incident.id]
    assert [entry.kind for entry in decision.timeline] == [TimelineKind.OPENED, TimelineKind.MUTED]


def test_a_second_report_joins_it_and_it_stays_muted() -> None:
    shelf = Shelf()
    incident = _opened(shelf)
    decision = shelf.take([a_located("2")], BOOK, LATER)
    (joined,) = decision.incidents
    assert (joined.id, joined.report_count, joined.mute) == (incident.id, 2, incident.mute)
    assert (decision.tasks, decision.marked) == ((), ())


def test_what_opened_before_the_mute_stays_dispatched() -> None:
    shelf = Shelf()
    (incident,) = shelf.take([a_located()], a_book(), AT).incidents
    (joined,) = shelf.take([a_located("2")], BOOK, LATER).incidents
    assert (joined.id, joined.status, joined.mute) == (incident.id, IncidentStatus.DISPATCHED, None)


def test_when_the_mute_ends_its_bureaus_are_sent_once_and_clocks_start_then() -> None:
    shelf = Shelf()
    _opened(shelf)
    assert _end(shelf, BOOK, 119).incidents == ()
    decision = _end(shelf, BOOK, 121)
    (sent,) = decision.incidents
    assert (sent.status, sent.mute, sent.lead_bureau, sent.version) == (IncidentStatus.DISPATCHED, None, "water", 2)
    assert decision.marked == (sent.id,)
    assert [task.bureau for task in decision.tasks] == ["water", "traffic"]
    starts = {deadline.starts_at for task in decision.tasks for deadline in task.deadlines}
    assert starts == {AT + timedelta(minutes=121)} == {task.offered_at for task in decision.tasks}
    assert [why.verdict for why in decision.timeline[0].why][:2] == ["mute_ended", "matched"]
    assert _end(shelf, BOOK, 122).incidents == ()


def test_a_mute_that_an_activation_takes_back_is_over() -> None:
    shelf = Shelf()
    _opened(shelf)
    decision = _end(shelf, a_book(version="next"), 1)
    assert decision.timeline[0].why[0].verdict == "mute_removed"
    assert decision.incidents[0].status is IncidentStatus.DISPATCHED


def test_a_mute_made_longer_holds_on_and_is_told() -> None:
    shelf = Shelf()
    _opened(shelf)
    longer = a_book(version="next", mutes=(a_mute(until=ENDS + timedelta(days=1)),))
    decision = _end(shelf, longer, 1)
    (held,) = decision.incidents
    assert held.mute is not None
    assert held.mute.until == ENDS + timedelta(days=1)
    assert [entry.kind for entry in decision.timeline] == [TimelineKind.MUTED]
    assert _end(shelf, longer, 125).incidents == ()


def test_a_report_too_severe_for_the_mute_sends_the_bureaus_at_once() -> None:
    shelf = Shelf()
    _opened(shelf)
    decision = shelf.take([a_located("2", severity=Severity.II)], BOOK, LATER)
    (sent,) = decision.incidents
    assert (sent.status, sent.mute) == (IncidentStatus.DISPATCHED, None)
    assert [entry.kind for entry in decision.timeline][:3] == [
        TimelineKind.JOINED,
        TimelineKind.SEVERITY,
        TimelineKind.DISPATCHED,
    ]
    assert decision.timeline[2].why[0].facts["failed"] == "severity_at_most"


def test_both_reports_of_one_batch_are_enough() -> None:
    decision = Shelf().take([a_located(), a_located("2", severity=Severity.I)], BOOK, AT)
    (sent,) = decision.incidents
    assert (sent.version, sent.status, sent.mute) == (1, IncidentStatus.DISPATCHED, None)
    assert len(decision.tasks) == 2


def test_a_feed_that_the_mute_does_not_name_ends_it() -> None:
    book = a_book(mutes=(a_mute(feeds=frozenset({Feed.VIDEO})),))
    shelf = Shelf()
    shelf.take([a_located(feed=Feed.VIDEO)], book, AT)
    decision = shelf.take([a_located("2")], book, LATER)
    assert decision.timeline[1].why[0].facts["failed"] == "feeds"
    assert len(decision.tasks) == 2


def test_a_revision_that_worsens_it_ends_the_mute() -> None:
    shelf = Shelf()
    _opened(shelf)
    decision = shelf.take([a_located(severity=Severity.II, received_at=LATER, text="有人被困")], BOOK, LATER)
    assert decision.incidents[0].status is IncidentStatus.DISPATCHED


def test_what_was_withdrawn_while_muted_is_never_dispatched() -> None:
    shelf = Shelf()
    _opened(shelf)
    (gone,) = shelf.take([a_located(status=ReportStatus.CANCELLED, received_at=LATER)], BOOK, LATER).incidents
    assert (gone.status, gone.mute) == (IncidentStatus.CANCELLED, None)
    assert _end(shelf, BOOK, 125).incidents == ()


def _when(text: str) -> Condition:
    return Condition(text=text, file="mutes.yaml", line=2)


def test_a_report_too_many_for_its_condition_ends_the_mute() -> None:
    book = a_book(mutes=(a_mute(when=_when("report_count <= 1")),))
    shelf = Shelf()
    (held,) = shelf.take([a_located()], book, AT).incidents
    assert held.mute is not None
    decision = shelf.take([a_located("2")], book, LATER)
    assert decision.timeline[1].why[0].facts["failed"] == "when"
    assert len(decision.tasks) == 2


def test_a_mute_that_cannot_be_decided_sends_the_bureaus_and_is_told_and_counted_once() -> None:
    book = a_book(mutes=(a_mute("broken", when=_when("1 / (hour - hour) > 0")),))
    decision = Shelf().take([a_located()], book, AT)
    assert [task.bureau for task in decision.tasks] == ["water", "traffic"]
    failed = [why.rule for entry in decision.timeline for why in entry.why if why.verdict == CONDITION_FAILED]
    assert failed == ["broken"]
    metrics = Metrics()
    metrics.count_settled(Settled(decision=decision, reports=1, rejects=0, repeated=0), ())
    assert 'hub_condition_failures_total{rule="broken",stage="mute"} 1.0' in metrics.text().decode()


def test_a_mute_behind_one_that_cannot_be_decided_holds_and_both_are_told() -> None:
    book = a_book(mutes=(a_mute("broken", when=_when("1 / (hour - hour) > 0")), a_mute()))
    decision = Shelf().take([a_located()], book, AT)
    assert decision.tasks == ()
    assert [(why.rule, why.verdict) for why in decision.timeline[-1].why] == [
        ("drill", "muted"),
        ("broken", CONDITION_FAILED),
    ]
