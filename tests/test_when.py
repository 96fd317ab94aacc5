"""Conditions (`when:`) of every kind of rule decide in the pipeline; one that cannot be decided is told and counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hub.edges.metrics import Metrics
from hub.pipeline import decide, understand_report
from hub.ports import Settled
from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import CONDITION_FAILED
from hub.rulebook.read import read_rulebook
from hub.stages.fuse import reach_m
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.phrases import phrase
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, DeadlineKind, Severity, Stage, TimelineKind
from hub.vocabulary.why import Why
from tests.builders import HERE, a_report, north_of
from tests.rulebook.city_folder import FOLDER

DAY, NIGHT = datetime(2026, 3, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, 15, 30, tzinfo=UTC)
NO_DECISION = "1 / (hour - hour) > 0"
RULES = {
    "severity.yaml": """\
severity:
  - {id: night, why: 夜间, severity: II, categories: [burst], when: hour >= 22 || hour < 6}
  - {id: school, why: 上学时段的学校, severity: I, words: [学校], when: workday && time >= "07:00" && time < "08:30"}
  - {id: far-north, why: 按地点, severity: I, when: has_point && lat > 35.5}
""",
    "fusion.yaml": """\
fusion:
  - {id: apart, why: 视频单列, families: [water], when: title.contains("视频"), fuses: false}
  - {id: at-night, why: 夜里看得远, families: [water], when: hour >= 22, radius_m: 400, window_minutes: 60,
     join_at: 0.6, suggest_at: 0.5}
  - {id: by-day, why: 白天, families: [water], radius_m: 100, window_minutes: 60, join_at: 0.6, suggest_at: 0.5}
""",
    "routing.yaml": """\
routes:
  - {id: duty, why: 夜间值班, when: "!workday || hour >= 22", lead: centre}
  - {id: office, why: 白天, lead: water}
""",
    "deadlines.yaml": """\
deadlines:
  - {id: quick, why: 夜里快办, kind: resolve, basis: urgent_hour, amount: 2, when: hour >= 22}
  - {id: resolve, why: 五个工作日, kind: resolve, basis: work_day, amount: 5}
  - {id: accept, why: 短的一小时签收, kind: accept, basis: urgent_hour, amount: 1, resolve_within_hours: 2}
""",
    "escalation.yaml": """\
escalation:
  - {id: weekend, why: 周末, clock: resolve, when: "!workday", steps: [{after: {amount: 0, basis: work_day}, raise: red,
     to: lead}]}
  - {id: all, why: 其余, clock: resolve, steps: [{after: {amount: 0, basis: work_day}, raise: yellow, to: lead}]}
""",
}


def a_book(**files: str) -> Rulebook:
    changed = {f"{name}.yaml": text for name, text in files.items()}
    book = read_rulebook({**FOLDER, **RULES, "duties.yaml": "duties: {}\n", **changed}, {})
    assert isinstance(book, Rulebook), [str(error) for error in book]
    return book


BOOK = a_book()


def understood(book: Rulebook, source_id: str = "1", *, at: datetime = DAY, metres: float = 0, **fields: Any) -> Any:
    point = north_of(HERE, metres)
    given = {
        "title": "水管爆了",
        "source": "hotline",
        "district": "140802",
        "point": SourcePoint(lon=point.lon, lat=point.lat, system=CoordinateSystem.WGS84, field="point"),
    }
    report = a_report(source_id, **{"occurred_at": at, "received_at": at, **given, **fields})
    located = understand_report(report, book, Atlas(book.city))
    assert isinstance(located, LocatedReport)
    return located


def decided(book: Rulebook, *located: LocatedReport) -> Decision:
    return decide(located, Nearby(), book, located[-1].report.received_at)


def whys(decision: Decision) -> list[Why]:
    return [why for entry in decision.timeline for why in entry.why]


@pytest.mark.parametrize(
    ("fields", "severity", "rules"),
    [
        ({}, Severity.III, set()),
        ({"at": NIGHT}, Severity.II, {"night"}),
        ({"title": "学校门口水管爆", "at": datetime(2026, 3, 2, 23, 30, tzinfo=UTC)}, Severity.I, {"school"}),
        ({"title": "学校门口水管爆", "at": datetime(2026, 3, 7, 23, 30, tzinfo=UTC)}, Severity.III, set()),
        ({"title": "水管爆", "at": datetime(2026, 3, 2, 23, 30, tzinfo=UTC)}, Severity.III, set()),
        ({"metres": 55_000}, Severity.I, {"far-north"}),
    ],
)
def test_severity_by_time_and_place(fields: dict[str, Any], severity: Severity, rules: set[str]) -> None:
    kind = understood(BOOK, **fields).classification
    assert kind.severity is severity
    assert {why.rule for why in kind.why if why.verdict == "severity_rule"} == rules


def test_the_fusion_rule_is_the_first_that_the_report_meets() -> None:
    by_day = decided(BOOK, understood(BOOK, "1"), understood(BOOK, "2", metres=200))
    at_night = decided(BOOK, understood(BOOK, "1", at=NIGHT), understood(BOOK, "2", at=NIGHT, metres=200))
    apart = decided(BOOK, understood(BOOK, "1", at=NIGHT), understood(BOOK, "2", at=NIGHT, title="视频：水管爆"))
    assert [len(decision.incidents) for decision in (by_day, at_night, apart)] == [2, 1, 2]
    fused = [why.rule for why in whys(apart) if why.stage is Stage.FUSE]
    assert fused == ["at-night", "apart"]
    # What is read for a batch reaches as far as any of them might look.
    assert reach_m("water", BOOK) == 400


def test_routes_and_deadlines_by_the_hour() -> None:
    (by_day,) = decided(BOOK, understood(BOOK)).tasks
    (at_night,) = decided(BOOK, understood(BOOK, at=NIGHT)).tasks
    assert (by_day.bureau, at_night.bureau) == ("water", "centre")
    assert [deadline.why.rule for deadline in by_day.deadlines] == ["resolve"]
    assert [deadline.why.rule for deadline in at_night.deadlines] == ["accept", "quick"]
    assert {deadline.kind: deadline.due_at - NIGHT for deadline in at_night.deadlines} == {
        DeadlineKind.ACCEPT: timedelta(hours=1),
        DeadlineKind.RESOLVE: timedelta(hours=2),
    }


def test_supervision_by_the_day() -> None:
    tuesday, saturday = (decided(BOOK, understood(BOOK, at=DAY + timedelta(days=n))) for n in (0, 4))
    rules = [
        [deadline.supervision.rule for deadline in decision.tasks[0].deadlines if deadline.supervision is not None]
        for decision in (tuesday, saturday)
    ]
    assert rules == [["all"], ["weekend"]]


def test_a_duty_with_a_condition_leaves_the_rest_to_the_district() -> None:
    duties = 'duties:\n  burst: {when: text.contains("泵房"), lead: water, why: 清单}\n'
    book = a_book(routing="routes: []\n", duties=duties)
    bureaus = [decided(book, understood(book, text=text)).tasks[0].bureau for text in ("在泵房", "在路口")]
    assert bureaus == ["water", "centre"]


STEP = "{after: {amount: 1, basis: work_day}, raise: red, to: lead}"
BROKEN = a_book(
    severity=f"severity:\n  - {{id: s, why: 坏, severity: I, when: {NO_DECISION}}}\n",
    fusion=f"fusion:\n  - {{id: f, why: 坏, when: {NO_DECISION}, fuses: false}}\n"
    + RULES["fusion.yaml"].removeprefix("fusion:\n"),
    routing=f"routes:\n  - {{id: r, why: 坏, when: {NO_DECISION}, lead: centre}}\n"
    + "  - {id: office, why: 白天, lead: water, assist: [centre]}\n",
    deadlines=f"deadlines:\n  - {{id: d, why: 坏, kind: resolve, basis: work_day, amount: 1, when: {NO_DECISION}}}\n"
    + RULES["deadlines.yaml"].removeprefix("deadlines:\n"),
    escalation=f"escalation:\n  - {{id: e, why: 坏, clock: resolve, when: {NO_DECISION}, steps: [{STEP}]}}\n"
    + RULES["escalation.yaml"].removeprefix("escalation:\n"),
    mutes="mutes:\n  - {id: m, why: 坏, owner: water, until: 2099-01-01 00:00, families: [water],"
    f" when: {NO_DECISION}}}\n",
)


def test_conditions_that_cannot_be_decided_lose_nothing_and_are_told_once() -> None:
    decision = decided(BROKEN, understood(BROKEN, "1"), understood(BROKEN, "2"))
    (incident,) = decision.incidents
    assert (incident.severity, incident.report_count, incident.lead_bureau) == (Severity.III, 2, "water")
    assert len(decision.filings) == 2
    failed = [why for why in whys(decision) if why.verdict == CONDITION_FAILED]
    # Severity and fusion for each report; mute, route, clocks once, though two bureaus received tasks.
    assert len(decision.tasks) == 2
    assert sorted((why.stage.value, why.rule) for why in failed) == [
        *(("deadlines", "d"), ("fuse", "f"), ("fuse", "f"), ("mute", "m"), ("route", "r")),
        *(("severity", "s"), ("severity", "s"), ("supervise", "e")),
    ]
    assert {why.facts["message"] for why in failed} == {"divide by zero"}
    sentence = phrase(next(why for why in failed if why.stage is Stage.ROUTE), "zh")
    assert sentence == "派遣规则“r”的条件（routing.yaml:2）无法判定：divide by zero；该规则未适用，请修改规则。"
    opened = next(entry for entry in decision.timeline if entry.kind is TimelineKind.OPENED)
    assert {why.stage for why in opened.why if why.verdict == CONDITION_FAILED} == {Stage.SEVERITY, Stage.FUSE}


def test_each_of_them_is_counted() -> None:
    metrics = Metrics()
    decision = decided(BROKEN, understood(BROKEN, "1"), understood(BROKEN, "2"))
    metrics.count_settled(Settled(decision=decision, reports=2, rejects=0, repeated=0), ())
    text = metrics.text().decode()
    assert 'hub_condition_failures_total{rule="s",stage="severity"} 2.0' in text
    assert 'hub_condition_failures_total{rule="d",stage="deadlines"} 1.0' in text


def test_deciding_again_says_the_same() -> None:
    located = [understood(BROKEN, str(n), at=NIGHT) for n in range(3)]
    assert decided(BROKEN, *located) == decided(BROKEN, *located)
    assert msgspec.json.decode(msgspec.json.encode(decided(BROKEN, *located)), type=Decision)
