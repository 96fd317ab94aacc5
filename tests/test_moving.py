"""A move from wish to everything it changes, and random people in random order against what must always hold."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.moving import Moved, move_task, moves_now
from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import CONDITION_FAILED, Condition
from hub.stages.deadlines.keeping import used_by
from hub.stages.progress import ENDED
from hub.vocabulary.moves import Action, Actor, ActorRole, Barred, Case, TaskState, Verdict, Wish
from hub.vocabulary.phrases import is_known, phrase
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, IncidentStatus, TaskRole, TaskStatus, TimelineKind
from tests.builders import AT, a_book, an_incident
from tests.stages.progress.moves import (
    ARBITRATOR,
    CLERK,
    DISPATCHER,
    LEADER,
    OTHER_CLERK,
    PEOPLE,
    VERIFIER,
    a_clock,
    a_task_state,
)
from tests.supervising import an_escalation

BOOK = a_book()
S, K = TaskStatus, TimelineKind
LATER = AT + timedelta(minutes=10)
REPORT = Wish(action=Action.REPORT_BACK, evidence=("已更换水管，照片两张",))


def a_case(*tasks: TaskState) -> Case:
    """The water bureau leads and traffic assists, unless told otherwise."""
    assisting = a_task_state("140800-A-2", bureau="traffic", role=TaskRole.ASSIST)
    return Case(incident=an_incident(), tasks=tasks or (a_task_state(), assisting))


def made(
    case: Case, actor: Actor, wish: Wish, task_id: str = "140800-A-1", now: datetime = LATER, book: Rulebook = BOOK
) -> Moved:
    moved = move_task(case, task_id, actor, wish, book, now)
    assert isinstance(moved, Moved), moved
    return moved


def after(case: Case, moved: Moved) -> Case:
    """The case that the next move finds."""
    tasks = [moved.task if task.id == moved.task.id else task for task in case.tasks]
    return Case(incident=moved.incident, tasks=tuple(tasks + ([moved.successor] if moved.successor else [])))


def played(case: Case, *moves: tuple[Any, ...]) -> tuple[Case, Moved]:
    """Several moves, one after the other."""
    for move in moves:
        moved = made(case, *move)
        case = after(case, moved)
    return case, moved


def clock(task: TaskState, kind: DeadlineKind) -> Any:
    return next(clock for clock in task.clocks if clock.kind is kind)


def test_accepted_reported_verified_closed() -> None:
    case = a_case(a_task_state())
    case, moved = played(case, (CLERK, Wish(action=Action.ACCEPT)))
    assert case.incident.status is IncidentStatus.HANDLING
    assert clock(moved.task, DeadlineKind.ACCEPT).met_at == LATER
    assert clock(moved.task, DeadlineKind.RESOLVE).met_at is None
    assert case.incident.due_at == AT + timedelta(hours=2)
    case, moved = played(case, (CLERK, REPORT))
    assert case.incident.status is IncidentStatus.VERIFYING
    assert (case.incident.due_at, case.incident.overdue) == (None, False)
    case, moved = played(case, (VERIFIER, Wish(action=Action.VERIFY)))
    assert (case.incident.status, case.incident.version) == (IncidentStatus.CLOSED, 4)
    assert [entry.kind for entry in moved.timeline] == [K.VERIFIED, K.CLOSED]


def test_every_move_says_who_when_and_why() -> None:
    moved = made(
        a_case(), CLERK, Wish(action=Action.RETURN, reason="not-ours", clause="event-0501.1", note="属管网公司")
    )
    entry = moved.timeline[0]
    assert (entry.kind, entry.task_id, entry.at, entry.version) == (K.RETURNED, "140800-A-1", LATER, 2)
    facts = entry.why[0].facts
    assert (facts["by"], facts["role"], facts["bureau"]) == ("王工", "clerk", "water")
    assert (facts["from"], facts["to"], facts["reason"]) == ("offered", "returned", "not-ours")
    zh = phrase(entry.why[0], "zh", {"water": "水务局"})
    assert zh == "经办人王工退单（水务局）；理由：非本单位职责；依据：event-0501.1；说明：属管网公司。"
    assert [why.verdict for why in entry.why[1:]] == ["met", "stands"]


def test_an_upheld_return_goes_to_the_district_with_whole_clocks() -> None:
    returning = Wish(action=Action.RETURN, reason="not-ours", clause="event-0501.1")
    uphold = Wish(action=Action.ARBITRATE, verdict=Verdict.UPHOLD, note="同意")
    case, moved = played(a_case(), (CLERK, returning), (ARBITRATOR, uphold))
    assert moved.successor is not None
    assert (moved.successor.id, moved.successor.bureau) == ("140800-A-3", "yanhu")
    assert (moved.successor.status, moved.successor.role) == (S.OFFERED, TaskRole.LEAD)
    assert clock(moved.successor, DeadlineKind.RESOLVE).due_at == LATER + timedelta(hours=2)
    assert case.incident.lead_bureau == "yanhu"
    assert [entry.kind for entry in moved.timeline] == [K.UPHELD, K.DISPATCHED]


def test_what_cannot_be_decided_of_its_supervision_is_told_with_the_new_task() -> None:
    broken = Condition(text="1 / (hour - hour) > 0", file="escalation.yaml", line=2)
    book = a_book(escalation=(an_escalation("broken", when=broken), an_escalation("rest")))
    case, _ = played(a_case(), (CLERK, Wish(action=Action.RETURN, reason="not-ours", clause="event-0501.1")))
    uphold = Wish(action=Action.ARBITRATE, verdict=Verdict.UPHOLD, note="同意")
    dispatched = made(case, ARBITRATOR, uphold, book=book).timeline[-1]
    assert dispatched.kind is K.DISPATCHED
    assert [why.rule for why in dispatched.why if why.verdict == CONDITION_FAILED] == ["broken"]


def test_an_overruled_return_counts_on_with_the_time_used() -> None:
    returning = Wish(action=Action.RETURN, reason="not-ours", clause="event-0501.1")
    overrule = Wish(action=Action.ARBITRATE, verdict=Verdict.OVERRULE, note="属本单位职责")
    case = a_case(a_task_state())
    case, _ = played(case, (CLERK, returning))
    assert case.incident.due_at is None
    case, moved = played(case, (ARBITRATOR, overrule, "140800-A-1", LATER + timedelta(hours=5)))
    resolve = clock(moved.task, DeadlineKind.RESOLVE)
    assert resolve.used_seconds == 600
    assert resolve.due_at == AT + timedelta(hours=7)
    assert case.incident.status is IncidentStatus.HANDLING


def test_rework_keeps_the_time_used_and_shows_late_at_once() -> None:
    late = LATER + timedelta(hours=3)
    case, _ = played(a_case(a_task_state()), (CLERK, Wish(action=Action.ACCEPT)), (CLERK, REPORT, "140800-A-1", late))
    rework = Wish(action=Action.REWORK, note="路面未恢复")
    case, moved = played(case, (VERIFIER, rework, "140800-A-1", late + timedelta(hours=1)))
    assert clock(moved.task, DeadlineKind.RESOLVE).used_seconds == 3 * 3600 + 600
    assert (case.incident.status, case.incident.overdue) == (IncidentStatus.HANDLING, True)


def test_a_deferral_puts_the_clock_off() -> None:
    case = a_case(a_task_state(clocks=(a_clock(amount=15, basis=DeadlineBasis.WORK_HOUR, due_at=AT),)))
    asking = Wish(action=Action.DEFER, days=5, note="等待施工季节")
    case, moved = played(
        case, (CLERK, Wish(action=Action.ACCEPT)), (CLERK, asking), (LEADER, Wish(action=Action.APPROVE))
    )
    assert moved.task.status is S.DEFERRED
    assert moved.task.progress.deferred_until == clock(moved.task, DeadlineKind.RESOLVE).counted_from
    assert case.incident.status is IncidentStatus.HANDLING
    told = phrase(moved.timeline[0].why[0], "zh", {})
    assert told == "分管领导吴领同意挂账 5 个工作日。"


def test_one_outcome_of_several_bureaus() -> None:
    both = [
        (who, wish, task)
        for who, task in ((CLERK, "140800-A-1"), (OTHER_CLERK, "140800-A-2"))
        for wish in (Wish(action=Action.ACCEPT), REPORT)
    ]
    case, _ = played(a_case(), *both, (VERIFIER, Wish(action=Action.VERIFY)))
    assert case.incident.status is IncidentStatus.VERIFYING
    case, _ = played(case, (VERIFIER, Wish(action=Action.VERIFY), "140800-A-2"))
    assert case.incident.status is IncidentStatus.CLOSED


def test_withdrawing_the_last_assisting_task_closes_what_the_lead_has_done() -> None:
    case, _ = played(
        a_case(),
        (CLERK, Wish(action=Action.ACCEPT)),
        (CLERK, REPORT),
        (VERIFIER, Wish(action=Action.VERIFY)),
    )
    assert case.incident.status is IncidentStatus.HANDLING
    case, moved = played(case, (DISPATCHER, Wish(action=Action.WITHDRAW, note="无需协办"), "140800-A-2"))
    assert [entry.kind for entry in moved.timeline] == [K.WITHDRAWN, K.CLOSED]


wishes = st.builds(
    Wish,
    action=st.sampled_from(Action),
    verdict=st.sampled_from([None, *Verdict]),
    note=st.sampled_from(["", "说明"]),
    reason=st.sampled_from(["not-ours", "nonsense", ""]),
    clause=st.sampled_from(["", "event-0501.1"]),
    evidence=st.sampled_from([(), ("已修复",)]),
    to_bureau=st.sampled_from(["", "", "yanhu", "yongji", "traffic", "duty", "nobody"]),
    days=st.sampled_from([0.0, 0.5, 3.0, 20.0, 200.0]),
    version=st.sampled_from([None, None, None, 1, 2]),
)
#: Clerks of every bureau besides the people of the centre; some have two hats.
actors = st.sampled_from(
    [
        *PEOPLE,
        *(Actor(by=f"{bureau}经办", role=ActorRole.CLERK, bureau=bureau) for bureau in ("yanhu", "yongji", "duty")),
        Actor(by="王工", role=ActorRole.VERIFIER),
        Actor(by="周工", role=ActorRole.VERIFIER, bureau="water"),
    ]
)
#: Half of the moves are sensible, so that the walk gets somewhere; the rest is anything by anybody.
turns = st.lists(
    st.tuples(st.booleans(), st.integers(0, 99), actors, wishes, st.timedeltas(timedelta(), timedelta(hours=9))),
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(turns)
def test_whoever_does_whatever_the_case_stays_sound(turns: Sequence[tuple[bool, int, Actor, Wish, timedelta]]) -> None:
    case, now = a_case(), AT
    for sensible, pick, actor, wish, gap in turns:
        now += gap
        task = case.tasks[pick % len(case.tasks)]
        if sensible:
            actor, wish = _sensible(case, task, pick, actor, wish, now)
        moved = move_task(case, task.id, actor, wish, BOOK, now)
        if isinstance(moved, Barred):
            assert moved.legal == tuple(move.id for move in moves_now(case, task.id, BOOK, now))
            continue
        _check_step(case, task, moved, now)
        case = after(case, moved)
        _check_case(case, now)


def _sensible(case: Case, task: TaskState, pick: int, actor: Actor, wish: Wish, now: datetime) -> tuple[Actor, Wish]:
    legal = moves_now(case, task.id, BOOK, now)
    if not legal:
        return actor, wish
    move = legal[pick % len(legal)]
    clerk = Actor(by=f"{task.bureau}经办", role=ActorRole.CLERK, bureau=task.bureau)
    centre = {"dispatch": DISPATCHER, "check": VERIFIER, "arbitrate": ARBITRATOR, "approve": LEADER}
    said = replace(
        wish, action=move.action, verdict=move.verdict, note="说明", clause="c", reason="not-ours", evidence=("好",)
    )
    return centre.get(move.who.value, clerk), replace(said, days=wish.days or 1.0, version=None)


def _check_step(case: Case, before: TaskState, moved: Moved, now: datetime) -> None:
    assert moved.incident.version == case.incident.version + 1
    assert moved.task.version == before.version + 1
    assert before.status in moved.move.sources
    assert moved.task.id == before.id
    assert moved.task.bureau == before.bureau
    for clock_before, clock_after in zip(before.clocks, moved.task.clocks, strict=True):
        used = used_by(clock_before, now, BOOK.calendar)
        assert used_by(clock_after, now, BOOK.calendar) >= used - timedelta(milliseconds=1)
    assert [entry.n for entry in moved.timeline] == list(range(len(moved.timeline)))
    assert all(entry.version == moved.incident.version and entry.why for entry in moved.timeline)
    for why in (why for entry in moved.timeline for why in entry.why):
        assert is_known(why), why
        assert "未知" not in phrase(why, "zh"), why


def _check_case(case: Case, now: datetime) -> None:
    tasks = case.tasks
    assert len({task.id for task in tasks}) == len(tasks)
    leads = [task for task in tasks if task.role is TaskRole.LEAD and task.status is not S.WITHDRAWN]
    assert len(leads) == 1
    assert case.incident.lead_bureau == leads[0].bureau
    assist_open = any(task.role is TaskRole.ASSIST and task.status not in ENDED for task in tasks)
    closed = leads[0].status is S.VERIFIED and not assist_open
    assert (case.incident.status is IncidentStatus.CLOSED) == closed
    at_work = [task.bureau for task in tasks if task.status not in ENDED]
    assert len(set(at_work)) == len(at_work), "no bureau has two open tasks of one incident"
    running = [c.due_at for task in tasks if task.status not in ENDED for c in task.clocks if c.met_at is None]
    assert case.incident.due_at == min(running, default=None)
    for task in tasks:
        if task.status in ENDED or task.status is S.DONE:
            assert all(clock.met_at is not None for clock in task.clocks), task
        assert not (task.status is S.DEFERRED and task.progress.deferred_until is None)
