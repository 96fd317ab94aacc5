"""Which steps are raised, which are moot after an outage, and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from hub.rulebook.escalation_rules import EscalationRule
from hub.stages.deadlines import set_deadlines
from hub.stages.supervise import higher, recipient, steps_due
from hub.supervising import Watched, supervise
from hub.vocabulary.incidents import Incident
from hub.vocabulary.phrases import is_known, phrase
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import DeadlineKind, IncidentStatus, Raise, Side, Stage, TimelineKind
from hub.vocabulary.why import Why
from tests.builders import AT, a_book, an_incident
from tests.supervising import an_escalation

HOUR = timedelta(hours=1)
#: Two hours to resolve, so: reminder after 1 h, yellow after 1.5 h, red after 2 h, the leader after 4 h.
BOOK = a_book(escalation=(an_escalation(),))
ROUTED = Why(stage=Stage.ROUTE, rule="water", verdict="matched", facts={"supervisors": "yanhu, yongji"})


def watched(
    incident: Incident | None = None,
    task_id: str = "140800-A-1",
    rules: tuple[EscalationRule, ...] = BOOK.escalation,
    **fields: Any,
) -> Watched:
    """The clock to resolve of a task that was offered at 10:00."""
    incident = incident or an_incident()
    clocks = set_deadlines(task_id, incident, AT, a_book(escalation=rules))
    (resolve,) = [clock for clock in clocks if clock.kind is DeadlineKind.RESOLVE]
    return Watched(deadline=resolve, incident=incident, bureau="water", task_whys=(ROUTED,), **fields)


def plan_of(clock: Watched) -> Supervision:
    assert clock.deadline.supervision is not None
    return clock.deadline.supervision


@pytest.mark.parametrize(
    ("hours", "raised", "left_out"),
    [
        (0.9, [], []),
        (1, [Raise.REMINDER], []),
        # Both before a deadline that is still ahead: late, but not moot.
        (1.6, [Raise.REMINDER, Raise.YELLOW], []),
        # The deadline has passed and the red card is due: nobody is reminded of what is late already.
        (2, [Raise.RED], [Raise.REMINDER, Raise.YELLOW]),
        (24, [Raise.RED, Raise.ESCALATE], [Raise.REMINDER, Raise.YELLOW]),
    ],
)
def test_after_an_outage_what_is_moot_is_left_out(hours: float, raised: list[Raise], left_out: list[Raise]) -> None:
    now = AT + hours * HOUR
    due = steps_due(plan_of(watched()), now, now)
    assert [one.step.raises for one in due.raised] == raised
    assert [each for one in due.raised for each in one.left_out] == left_out
    assert steps_due(due.supervision, now, now).raised == ()


def test_what_was_left_out_on_an_earlier_page_is_told_with_the_next_step() -> None:
    now = AT + 24 * HOUR
    first = steps_due(plan_of(watched()), now, AT + HOUR)
    assert first.raised == ()
    (red,) = steps_due(first.supervision, now, AT + 2 * HOUR).raised
    assert red.left_out == (Raise.REMINDER, Raise.YELLOW)


def test_a_reminder_without_a_later_step_is_raised_however_late() -> None:
    only = (an_escalation(steps=an_escalation().steps[:1]),)
    now = AT + 30 * HOUR
    assert [one.step.raises for one in steps_due(plan_of(watched(rules=only)), now, now).raised] == [Raise.REMINDER]


def test_clock_by_clock_the_order_of_moments_holds() -> None:
    """The second task was offered half an hour later; their steps interleave."""
    first = watched()
    later = an_incident("140800-B", opened_at=AT)
    clocks = set_deadlines("140800-B-1", later, AT + 0.25 * HOUR, BOOK)
    second = Watched(deadline=clocks[-1], incident=later, bureau="traffic", task_whys=())
    decided = supervise([second, first], BOOK, AT + 1.8 * HOUR, AT + 1.8 * HOUR)
    assert [(entry.task_id, entry.kind) for entry in decided.decision.timeline] == [
        ("140800-A-1", TimelineKind.REMINDED),
        ("140800-B-1", TimelineKind.REMINDED),
        ("140800-A-1", TimelineKind.YELLOW_CARD),
        ("140800-B-1", TimelineKind.YELLOW_CARD),
    ]
    assert {incident.raised for incident in decided.decision.incidents} == {Raise.YELLOW}
    assert [incident.version for incident in decided.decision.incidents] == [2, 2]


def test_of_a_full_page_only_what_comes_before_its_last_is_raised() -> None:
    decided = supervise([watched()], BOOK, AT + 10 * HOUR, AT + 2 * HOUR)
    assert [entry.kind for entry in decided.decision.timeline] == [TimelineKind.RED_CARD]
    (clock,) = decided.clocks
    assert clock.supervision is not None
    assert clock.supervision.next_at == AT + 4 * HOUR


@pytest.mark.parametrize("status", [IncidentStatus.CLOSED, IncidentStatus.CANCELLED, IncidentStatus.MERGED])
def test_an_incident_that_is_over_is_left_alone(status: IncidentStatus) -> None:
    decided = supervise([watched(an_incident(status=status))], BOOK, AT + 10 * HOUR, AT + 10 * HOUR)
    assert decided.decision.timeline == ()
    assert decided.clocks[0].supervision is None


def test_a_clock_that_was_passed_on_is_reckoned_first_and_raised_the_next_time() -> None:
    bare = watched(rules=(), afresh=True)
    decided = supervise([bare], BOOK, AT + HOUR, AT + HOUR)
    assert decided.decision.timeline == ()
    (clock,) = decided.clocks
    assert clock.supervision is not None
    assert next(step.raises for step in clock.supervision.steps) is Raise.REMINDER


@pytest.mark.parametrize(
    ("to", "whys", "incident", "told"),
    [
        ("handler", (), {}, "traffic"),
        ("lead", (), {}, "water"),
        ("lead", (), {"lead_bureau": None}, "traffic"),
        ("district", (), {}, "yanhu"),
        ("district", (), {"district": None}, "duty"),
        ("supervisor", (ROUTED,), {}, "yanhu, yongji"),
        ("supervisor", (), {}, "duty"),
        ("leader", (), {}, "leader"),
        ("yongji", (), {}, "yongji"),
    ],
)
def test_whom_a_step_is_raised_to(to: str, whys: tuple[Why, ...], incident: dict[str, Any], told: str) -> None:
    assert recipient(to, "traffic", an_incident(**incident), whys, BOOK.city) == told


def test_the_graver_card_stays() -> None:
    assert higher(None, Raise.REMINDER) is Raise.REMINDER
    assert higher(Raise.RED, Raise.YELLOW) is Raise.RED
    assert higher(Raise.YELLOW, Raise.RED) is Raise.RED


def test_each_step_has_a_sentence_that_names_whom_and_when() -> None:
    for raised in Raise:
        for side in ("before", "at", "after"):
            assert is_known(Why(stage=Stage.SUPERVISE, rule="r", verdict=f"{raised}_{side}"))
    decided = supervise([watched()], BOOK, AT + 24 * HOUR, AT + 24 * HOUR)
    why = decided.decision.timeline[0].why[-1]
    assert phrase(why, "zh", {"yanhu": "盐湖区", "yongji": "永济市"}) == (
        "红牌（致 盐湖区、永济市）：处置时限 2026-03-03 12:00 届满时，规则“watch”；迟发 1320 分钟；"
        "已过时而略去：催办、黄牌。"
    )
    assert phrase(why, "en").startswith("Red card to yanhu, yongji: at the time to resolve runs out")
    assert Side(plan_of(watched()).steps[0].side) is Side.BEFORE
