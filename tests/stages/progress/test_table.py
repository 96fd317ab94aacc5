"""The table of moves: every row from every state, who may, what has to be said, and what bars it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.rulebook.task_rules import Approval, TaskRules
from hub.stages.progress import MOVES, Move, Step, Who, follow, legal_moves, progress, roles_for
from hub.vocabulary.moves import Action, ActorRole, Bar, Barred, TaskState, Verdict, Wish
from hub.vocabulary.terms import DeadlineKind, IncidentStatus, TaskRole, TaskStatus
from tests.builders import AT
from tests.stages.progress.moves import (
    ARBITRATOR,
    CLERK,
    DISPATCHER,
    LEADER,
    OTHER_CLERK,
    SUPERVISOR,
    VERIFIER,
    a_situation,
    a_task_state,
    a_wish,
    asked,
    ready_for,
    who_may,
)

S = TaskStatus
RULES = TaskRules()


def bar_of(task: TaskState, actor: Any, wish: Wish, rules: TaskRules = RULES, **situation: Any) -> Barred:
    barred = progress(task, actor, wish, a_situation(**situation), rules)
    assert isinstance(barred, Barred), barred
    return barred


def step_of(task: TaskState, actor: Any, wish: Wish, rules: TaskRules = RULES, **situation: Any) -> Step:
    step = progress(task, actor, wish, a_situation(**situation), rules)
    assert isinstance(step, Step), step
    return step


@pytest.mark.parametrize("status", TaskStatus)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.id)
def test_a_move_is_made_from_its_states_and_from_no_other(move: Move, status: TaskStatus) -> None:
    task = replace(ready_for(move), status=status)
    done = progress(task, who_may(move, task), a_wish(move), a_situation(), RULES)
    if status in move.sources:
        assert isinstance(done, Step)
        assert (done.move, done.task.status, done.task.version) == (move, move.to or status, task.version + 1)
        assert done.task.clocks == task.clocks
    else:
        assert isinstance(done, Barred)
        assert (done.bar, done.status) == (Bar.STATE, status)
        assert move.id not in done.legal


@pytest.mark.parametrize("role", ActorRole)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.id)
def test_a_move_is_made_by_the_roles_of_its_row_alone(move: Move, role: ActorRole) -> None:
    task = ready_for(move)
    actor = replace(CLERK, by="somebody", role=role, bureau="water" if role is ActorRole.CLERK else None)
    done = progress(task, actor, a_wish(move), a_situation(), RULES)
    assert isinstance(done, Step) == (role in roles_for(move, task, RULES))
    if isinstance(done, Barred):
        assert done.bar is Bar.ROLE
        assert move.id in done.legal


@pytest.mark.parametrize("move", [move for move in MOVES if move.who is Who.BUREAU], ids=lambda move: move.id)
def test_a_bureau_moves_only_its_own_tasks(move: Move) -> None:
    assert bar_of(ready_for(move), OTHER_CLERK, a_wish(move)).bar is Bar.BUREAU


@pytest.mark.parametrize(
    ("move", "field"), [(move, field) for move in MOVES for field in move.needs], ids=lambda value: str(value)[:40]
)
def test_what_has_to_be_said_has_to_be_said(move: Move, field: str) -> None:
    silent = replace(a_wish(move), **{field: type(getattr(a_wish(move), field))()})
    barred = bar_of(ready_for(move), who_may(move, ready_for(move)), silent)
    assert (barred.bar, barred.field) == (Bar.MISSING, field)


def test_every_state_but_the_ends_has_a_way_out_and_every_state_is_reached() -> None:
    reached = {TaskStatus.OFFERED} | {move.to for move in MOVES if move.to}
    assert reached == set(TaskStatus)
    left = {status for move in MOVES if move.to for status in move.sources}
    assert set(TaskStatus) - left == {TaskStatus.VERIFIED, TaskStatus.WITHDRAWN}


def test_rows_are_told_apart() -> None:
    assert len({move.id for move in MOVES}) == len(MOVES)
    assert {move.action for move in MOVES} == set(Action)


@pytest.mark.parametrize("status", [IncidentStatus.CLOSED, IncidentStatus.CANCELLED, IncidentStatus.MERGED])
def test_nothing_moves_in_an_incident_that_has_ended(status: IncidentStatus) -> None:
    barred = bar_of(a_task_state(), CLERK, Wish(action=Action.ACCEPT), incident_status=status)
    assert (barred.bar, barred.legal) == (Bar.OVER, ())


def test_who_handled_it_does_not_verify_it() -> None:
    done = step_of(a_task_state(status=S.ACCEPTED), CLERK, Wish(action=Action.REPORT_BACK, evidence=("已修复",))).task
    assert done.progress.handlers == (CLERK.by,)
    assert bar_of(done, replace(VERIFIER, by=CLERK.by), Wish(action=Action.VERIFY)).bar is Bar.HANDLER
    assert bar_of(done, replace(VERIFIER, bureau="water"), Wish(action=Action.VERIFY)).bar is Bar.HANDLER
    assert step_of(done, VERIFIER, Wish(action=Action.VERIFY)).task.status is S.VERIFIED


def test_two_people_looking_at_one_version_give_one_winner() -> None:
    task = a_task_state()
    first = step_of(task, CLERK, Wish(action=Action.ACCEPT, version=1)).task
    barred = bar_of(first, CLERK, Wish(action=Action.START, version=1))
    assert (barred.bar, barred.detail) == (Bar.VERSION, "2")
    assert "start" in barred.legal


class TestReturns:
    WISH = Wish(action=Action.RETURN, reason="not-ours", clause="event-0501.1")

    def test_within_the_window_only(self) -> None:
        until = AT + timedelta(hours=4)
        assert step_of(a_task_state(), CLERK, self.WISH, now=until, return_until=until).task.status is S.RETURNED
        late = bar_of(a_task_state(), CLERK, self.WISH, now=until + timedelta(seconds=1), return_until=until)
        assert late.bar is Bar.TOO_LATE
        assert "return" not in late.legal

    def test_for_a_reason_that_the_rules_know(self) -> None:
        barred = bar_of(a_task_state(), CLERK, replace(self.WISH, reason="too-much-work"))
        assert (barred.bar, barred.field) == (Bar.UNKNOWN, "reason")
        assert "not-ours" in barred.detail

    def test_only_so_often_over_all_bureaus_of_the_incident(self) -> None:
        before = a_task_state("140800-A-2", bureau="yanhu", status=S.WITHDRAWN)
        before = replace(before, progress=replace(before.progress, returns=1))
        assert step_of(a_task_state(), CLERK, self.WISH, others=(before,)).task.progress.returns == 1
        once = replace(RULES, returns_at_most=1)
        assert bar_of(a_task_state(), CLERK, self.WISH, once, others=(before,)).bar is Bar.TOO_OFTEN

    def test_overruled_it_has_to_be_done_and_cannot_be_returned_again(self) -> None:
        returned = step_of(a_task_state(), CLERK, self.WISH).task
        forced = step_of(
            returned, ARBITRATOR, Wish(action=Action.ARBITRATE, verdict=Verdict.OVERRULE, note="属职责清单")
        ).task
        assert (forced.status, forced.progress.forced) == (S.ACCEPTED, True)
        assert bar_of(forced, CLERK, self.WISH).bar is Bar.FORCED

    def test_upheld_it_goes_elsewhere(self) -> None:
        returned = step_of(a_task_state(), CLERK, self.WISH).task
        uphold = Wish(action=Action.ARBITRATE, verdict=Verdict.UPHOLD, note="职责有误")
        step = step_of(returned, ARBITRATOR, uphold)
        assert (step.task.status, step.passed_to) == (S.WITHDRAWN, "yanhu")
        assert step_of(returned, ARBITRATOR, replace(uphold, to_bureau="traffic")).passed_to == "traffic"
        assert bar_of(returned, ARBITRATOR, uphold, elsewhere=None).bar is Bar.NOWHERE
        assert bar_of(returned, ARBITRATOR, replace(uphold, to_bureau="nobody")).bar is Bar.UNKNOWN

    def test_an_upheld_return_of_an_assisting_bureau_may_end_there(self) -> None:
        returned = a_task_state(role=TaskRole.ASSIST, status=S.RETURNED)
        uphold = Wish(action=Action.ARBITRATE, verdict=Verdict.UPHOLD, note="无需协办")
        assert step_of(returned, ARBITRATOR, uphold).passed_to is None

    def test_a_verdict_is_needed(self) -> None:
        barred = bar_of(a_task_state(status=S.RETURNED), ARBITRATOR, Wish(action=Action.ARBITRATE, note="x"))
        assert (barred.bar, barred.field) == (Bar.MISSING, "verdict")


class TestReassigning:
    WISH = Wish(action=Action.REASSIGN, to_bureau="traffic", note="派遣有误")

    def test_the_task_ends_and_another_bureau_gets_one(self) -> None:
        step = step_of(a_task_state(status=S.REWORK), DISPATCHER, self.WISH)
        assert (step.task.status, step.passed_to) == (S.WITHDRAWN, "traffic")

    def test_not_to_itself_nor_to_who_has_a_part_in_it(self) -> None:
        assert bar_of(a_task_state(), DISPATCHER, replace(self.WISH, to_bureau="water")).bar is Bar.HAS_TASK
        assisting = a_task_state("140800-A-2", bureau="traffic", role=TaskRole.ASSIST)
        assert bar_of(a_task_state(), DISPATCHER, self.WISH, others=(assisting,)).bar is Bar.HAS_TASK
        ended = replace(assisting, status=S.WITHDRAWN)
        assert step_of(a_task_state(), DISPATCHER, self.WISH, others=(ended,)).passed_to == "traffic"

    def test_the_lead_is_reassigned_and_not_withdrawn(self) -> None:
        wish = Wish(action=Action.WITHDRAW, note="无需协办")
        assert bar_of(a_task_state(), DISPATCHER, wish).bar is Bar.LEAD
        assert step_of(a_task_state(role=TaskRole.ASSIST), DISPATCHER, wish).task.status is S.WITHDRAWN


class TestAsking:
    @pytest.mark.parametrize(
        ("action", "days", "role"),
        [
            (Action.EXTEND, 0.5, ActorRole.DISPATCHER),
            (Action.EXTEND, 1, ActorRole.DISPATCHER),
            (Action.EXTEND, 1.1, ActorRole.SUPERVISOR),
            (Action.EXTEND, 30, ActorRole.LEADER),
            (Action.EXTEND, 31, None),
            (Action.DEFER, 1, ActorRole.SUPERVISOR),
            (Action.DEFER, 11, ActorRole.LEADER),
            (Action.DEFER, 91, None),
        ],
    )
    def test_the_longer_the_higher(self, action: Action, days: float, role: ActorRole | None) -> None:
        task, wish = a_task_state(status=S.ACCEPTED), Wish(action=action, days=days, note="等待配件")
        if role is None:
            barred = bar_of(task, CLERK, wish)
            assert (barred.bar, barred.field) == (Bar.TOO_LONG, "days")
            return
        waiting = step_of(task, CLERK, wish).task
        assert waiting.status is S.ACCEPTED
        assert waiting.progress.asked is not None
        assert waiting.progress.asked.approver is role
        for actor in (DISPATCHER, SUPERVISOR, LEADER):
            done = progress(waiting, actor, Wish(action=Action.APPROVE), a_situation(), RULES)
            allowed = [ActorRole.DISPATCHER, ActorRole.SUPERVISOR, ActorRole.LEADER]
            assert isinstance(done, Step) == (allowed.index(actor.role) >= allowed.index(role))

    def test_approved_or_refused_once(self) -> None:
        task = asked(Action.EXTEND)
        approved = step_of(task, LEADER, Wish(action=Action.APPROVE)).task
        assert (approved.status, approved.progress.asked, approved.progress.extensions) == (S.EXTENDED, None, 1)
        assert bar_of(approved, LEADER, Wish(action=Action.APPROVE)).bar is Bar.NOTHING_ASKED
        refused = step_of(task, LEADER, Wish(action=Action.REFUSE, note="应急事项")).task
        assert (refused.status, refused.progress.asked, refused.progress.extensions) == (S.ACCEPTED, None, 0)
        deferred = step_of(asked(Action.DEFER), LEADER, Wish(action=Action.APPROVE)).task
        assert (deferred.status, deferred.progress.deferrals) == (S.DEFERRED, 1)

    def test_one_at_a_time_and_only_so_often(self) -> None:
        wish = Wish(action=Action.EXTEND, days=1, note="等待配件")
        assert bar_of(asked(Action.DEFER), CLERK, wish).bar is Bar.STILL_ASKED
        often = a_task_state(status=S.EXTENDED)
        often = replace(often, progress=replace(often.progress, extensions=2))
        assert bar_of(often, CLERK, wish).bar is Bar.TOO_OFTEN

    def test_without_a_clock_there_is_nothing_to_move(self) -> None:
        clocks = tuple(c for c in a_task_state().clocks if c.kind is DeadlineKind.ACCEPT)
        task = a_task_state(status=S.ACCEPTED, clocks=clocks)
        assert bar_of(task, CLERK, Wish(action=Action.EXTEND, days=1, note="x")).bar is Bar.NO_CLOCK

    def test_what_is_done_needs_no_answer(self) -> None:
        done = step_of(asked(Action.EXTEND), CLERK, Wish(action=Action.REPORT_BACK, evidence=("已修复",))).task
        assert done.progress.asked is None

    def test_a_city_sets_its_own_ladder(self) -> None:
        rules = replace(RULES, extension_approval=(Approval(role=ActorRole.LEADER, up_to_days=3),))
        waiting = step_of(
            a_task_state(status=S.ACCEPTED), CLERK, Wish(action=Action.EXTEND, days=1, note="x"), rules
        ).task
        assert bar_of(waiting, SUPERVISOR, Wish(action=Action.APPROVE), rules).bar is Bar.ROLE


@pytest.mark.parametrize(
    ("lead", "assisting", "expected"),
    [
        (S.OFFERED, (), IncidentStatus.DISPATCHED),
        (S.RETURNED, (), IncidentStatus.DISPATCHED),
        (S.ACCEPTED, (), IncidentStatus.HANDLING),
        (S.DEFERRED, (), IncidentStatus.HANDLING),
        (S.EXTENDED, (), IncidentStatus.HANDLING),
        (S.REWORK, (), IncidentStatus.HANDLING),
        (S.DONE, (), IncidentStatus.VERIFYING),
        (S.VERIFIED, (), IncidentStatus.CLOSED),
        (S.OFFERED, (S.ACCEPTED,), IncidentStatus.HANDLING),
        (S.DONE, (S.ACCEPTED,), IncidentStatus.HANDLING),
        (S.DONE, (S.DONE,), IncidentStatus.VERIFYING),
        (S.VERIFIED, (S.OFFERED,), IncidentStatus.HANDLING),
        (S.VERIFIED, (S.DONE,), IncidentStatus.VERIFYING),
        (S.VERIFIED, (S.VERIFIED, S.WITHDRAWN), IncidentStatus.CLOSED),
        (S.ACCEPTED, (S.VERIFIED,), IncidentStatus.HANDLING),
        (S.WITHDRAWN, (S.ACCEPTED,), IncidentStatus.OPEN),
    ],
)
def test_the_incident_follows(lead: S, assisting: tuple[S, ...], expected: IncidentStatus) -> None:
    tasks = [(TaskRole.LEAD, lead), *((TaskRole.ASSIST, status) for status in assisting)]
    assert follow(tasks) is expected


def test_what_is_legal_is_what_can_be_made() -> None:
    legal = {move.id for move in legal_moves(a_task_state(), a_situation(), RULES)}
    assert legal == {"accept", "return", "reassign"}
