"""Count, sequence, warning and silence: what makes a pattern come true, and what does not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.perceiving import concerned
from hub.pipeline import silent
from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import Condition as When
from hub.rulebook.mute_rules import MuteRule
from hub.rulebook.patterns import Condition, Counted, Pattern, PatternKind
from hub.stages.perceive import Heard, looks
from hub.vocabulary.incidents import Incident, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.phrases import phrase
from hub.vocabulary.terms import Feed, ReportStatus, Severity, Stage, TimelineKind
from hub.vocabulary.why import Why
from tests.builders import AT, HERE, a_book, a_category, a_city, a_located, a_place, a_source, north_of
from tests.shelf import Shelf

WATER = Condition(families=frozenset({"water"}))
MINUTE = timedelta(minutes=1)


def a_pattern(**fields: Any) -> Pattern:
    """Three reports of water within 500 m and half an hour open one incident of their own."""
    given = {
        "id": "area-water",
        "why": "",
        "kind": PatternKind.COUNT,
        "roles": (("of", WATER),),
        "at_least": 3,
        "radius_m": 500.0,
        "within_minutes": 30.0,
        "quiet_minutes": 30.0,
        "opens": "area",
    }
    return Pattern(**{**given, **fields})


def a_book_with(*patterns: Pattern, **fields: Any) -> Rulebook:
    """Nothing fuses, so that each report is an incident."""
    plain = a_book()
    area = a_category("area", "area", Severity.III)
    return a_book(categories={**plain.categories, "area": area}, patterns=patterns, fusion=(), **fields)


def call(n: int, minutes: float = 0.0, metres: float = 0.0, **fields: Any) -> LocatedReport:
    """A call so many minutes after ten, so far to the north."""
    return a_located(f"{n}", point=north_of(HERE, metres), occurred_at=AT + minutes * MINUTE, **fields)


def told(book: Rulebook, *reports: LocatedReport) -> Shelf:
    shelf = Shelf()
    for report in reports:
        shelf.take([report], book, AT)
    return shelf


def opened(shelf: Shelf) -> list[Incident]:
    return [incident for incident in shelf.incidents.values() if not incident.report_count]


def perceived(shelf: Shelf) -> list[Why]:
    entries = [entry for _, entry in sorted(shelf.timeline.items()) if entry.kind is TimelineKind.PERCEIVED]
    return [why for entry in entries for why in entry.why]


def test_enough_reports_in_one_place_open_one_incident_that_names_them() -> None:
    book = a_book_with(a_pattern())
    shelf = told(book, call(1), call(2, 10, 200))
    assert opened(shelf) == []
    shelf.take([call(3, 20, 400)], book, AT)
    (area,) = opened(shelf)
    assert (area.category, area.severity, area.feeds, area.lead_bureau) == ("area", Severity.III, (), "yanhu")
    assert (area.first_report_at, area.last_report_at) == (AT, AT + 20 * MINUTE)
    assert len([task for task in shelf.tasks.values() if task.incident_id == area.id]) == 1
    (start,) = [e for e in shelf.timeline.values() if e.incident_id == area.id and e.kind is TimelineKind.OPENED]
    facts = start.why[0].facts
    assert (facts["n"], facts["reports"]) == (3, "hotline:1, hotline:2, hotline:3")
    others = [incident.id for incident in shelf.incidents.values() if incident.report_count]
    assert facts["incidents"] == ", ".join(others)
    assert [why.facts["opened"] for why in perceived(shelf)] == [area.id] * 3
    assert phrase(start.why[0], "zh").startswith("感知规则“area-water”：30 分钟内同一片有 3 件上报（hotline:1")


@pytest.mark.parametrize(
    "reports",
    [
        (call(1), call(2, 10), call(3, 31)),
        (call(1), call(2, 10), call(3, 20, 700)),
        (call(1), call(2, 10), call(2, 20, title="又一次")),
        (call(1), call(2, 10), call(3, 20, category="noise", family="noise")),
        (call(1), call(2, 10), call(3, 20, status=ReportStatus.CLOSED)),
        (call(1), call(2, 10), call(3, 20, place=a_place(None))),
    ],
    ids=["too late", "too far", "a revision", "another family", "over already", "nowhere"],
)
def test_too_few_open_nothing(reports: tuple[LocatedReport, ...]) -> None:
    assert opened(told(a_book_with(a_pattern()), *reports)) == []


def test_what_goes_on_is_noted_and_opens_nothing_more() -> None:
    book = a_book_with(a_pattern())
    shelf = told(book, *(call(n, n, 10.0 * n) for n in range(9)))
    (area,) = opened(shelf)
    assert [why.verdict for why in perceived(shelf)].count("seen_too") == 12  # six more, each told on both sides
    assert area.version == 7
    before = dict(shelf.timeline)
    for n in range(9):
        shelf.take([call(n, n, 10.0 * n)], book, AT + timedelta(hours=1))
    assert shelf.timeline == before


def test_after_the_quiet_it_may_come_true_anew() -> None:
    book = a_book_with(a_pattern(quiet_minutes=60.0))
    early, late = [call(n, n) for n in range(3)], [call(n, 200 + n) for n in range(3, 6)]
    assert len(opened(told(book, *early, *late))) == 2
    assert len(opened(told(book, *early, call(9, 62), *late))) == 2
    assert len(opened(told(book, *early, call(9, 60), call(10, 115), call(11, 160), *late))) == 1


def test_a_report_that_was_taken_back_counts_no_more() -> None:
    gone = call(1, status=ReportStatus.CANCELLED, updated_at=AT + MINUTE, received_at=AT + 5 * MINUTE)
    assert opened(told(a_book_with(a_pattern()), call(1), call(2), gone, call(3))) == []


def test_only_what_meets_the_condition_counts() -> None:
    when = When(text='title.contains("停水")', file="patterns.yaml", line=1)
    book = a_book_with(a_pattern(roles=(("of", Condition(families=frozenset({"water"}), when=when)),)))
    assert opened(told(book, *(call(n) for n in range(4)))) == []
    assert len(opened(told(book, *(call(n, title="小区停水") for n in range(3))))) == 1


def test_a_count_of_incidents_needs_different_ones() -> None:
    pattern = a_pattern(counts=Counted.INCIDENTS)
    fusing = a_book(patterns=(pattern,), categories=a_book_with().categories)
    assert opened(told(fusing, *(call(n, n) for n in range(5)))) == []
    assert len(opened(told(a_book_with(pattern), *(call(n, n) for n in range(5))))) == 1


def test_a_pattern_that_raises_raises_what_is_concerned() -> None:
    book = a_book_with(a_pattern(opens=None, raises_to=Severity.II))
    shelf = told(book, call(1), call(2, 5), call(3, 10), call(4, 15))
    assert {incident.severity for incident in shelf.incidents.values()} == {Severity.II}
    assert [why.facts["to"] for why in perceived(shelf)] == ["II"] * 4
    assert opened(shelf) == []


def test_in_one_district_no_point_is_needed() -> None:
    book = a_book_with(a_pattern(radius_m=None))
    nowhere = [call(n, n, place=a_place(None)) for n in range(3)]
    elsewhere = call(9, 1, place=a_place(None, district="140881"))
    assert opened(told(book, nowhere[0], elsewhere, nowhere[1])) == []
    assert len(opened(told(book, *nowhere))) == 1


SEQUENCE = a_pattern(
    id="noise-then-water",
    kind=PatternKind.SEQUENCE,
    roles=(("first", Condition(categories=frozenset({"noise"}))), ("then", WATER)),
)


@pytest.mark.parametrize("late", [False, True], ids=["in order", "told the other way round"])
def test_a_sequence_is_first_then_whichever_is_heard_first(late: bool) -> None:
    reports = [call(1, 0, category="noise", family="noise"), call(2, 20, 100)]
    shelf = told(a_book_with(SEQUENCE), *(reversed(reports) if late else reports))
    (area,) = opened(shelf)
    assert [(why.facts["first"], why.facts["then"], why.facts["gap_minutes"]) for why in perceived(shelf)] == [
        ("hotline:1", "hotline:2", 20.0)
    ] * 2
    assert area.first_report_at == AT


def test_a_sequence_the_wrong_way_round_is_none() -> None:
    wrong = [call(1, 20, category="noise", family="noise"), call(2, 0, 100)]
    assert opened(told(a_book_with(SEQUENCE), *wrong)) == []


STORM = a_pattern(
    id="storm",
    kind=PatternKind.WARNING,
    roles=(
        ("warning", Condition(categories=frozenset({"noise"}), severity_at_least=Severity.II)),
        ("inside", WATER),
    ),
    radius_m=None,
    within_minutes=0.0,
    quiet_minutes=0.0,
    valid_minutes=120.0,
    raises_to=Severity.I,
    opens=None,
)


def warning(minutes: float = 0.0, severity: Severity = Severity.II, **fields: Any) -> LocatedReport:
    """A warning, here of noise, for Yanhu district."""
    given: dict[str, Any] = {"area_codes": ("140802000000",), "updated_at": AT + minutes * MINUTE}
    return a_located(
        "w",
        category="noise",
        family="noise",
        severity=severity,
        place=a_place(None, district=None),
        occurred_at=AT + minutes * MINUTE,
        received_at=AT + minutes * MINUTE,
        feed=Feed.EMERGENCY,
        **{**given, **fields},
    )


def worst(*reports: LocatedReport) -> Severity:
    shelf = told(a_book_with(STORM), *reports)
    return min(incident.severity for incident in shelf.incidents.values() if incident.family == "water")


SQUARE = tuple(
    (HERE.lon + dx, HERE.lat + dy) for dx, dy in ((-0.01, -0.01), (0.01, -0.01), (0.01, 0.01), (-0.01, 0.01))
)


def test_a_warning_raises_what_happens_inside_while_it_holds() -> None:
    assert worst(warning(), call(1, 30)) is Severity.I
    assert worst(warning(), call(1, 121)) is Severity.III
    assert worst(warning(), call(1, -1)) is Severity.III
    assert worst(warning(severity=Severity.III), call(1, 30)) is Severity.III
    assert worst(warning(area_codes=("140881",)), call(1, 30)) is Severity.III
    assert worst(warning(area_codes=("140800000000",)), call(1, 30)) is Severity.I
    assert worst(warning(area_codes=(), area_outline=SQUARE), call(1, 30)) is Severity.I
    assert worst(warning(area_codes=(), area_outline=SQUARE), call(1, 30, 2_000)) is Severity.III


def test_a_warning_says_itself_until_when_and_may_be_lifted_or_renewed() -> None:
    expires = {"expires": (AT + 300 * MINUTE).isoformat()}
    assert worst(warning(attributes=expires), call(1, 299)) is Severity.I
    lifted = warning(20, status=ReportStatus.CLOSED)
    assert worst(warning(), lifted, call(1, 30)) is Severity.III
    assert worst(warning(), warning(100, title="继续"), call(1, 200)) is Severity.I
    lowered = warning(20, severity=Severity.IV)
    assert worst(warning(), lowered, call(1, 30)) is Severity.III


SILENCE = Pattern(
    id="hotline-silent",
    why="",
    kind=PatternKind.SILENCE,
    feeds=(Feed.HOTLINE,),
    longer_than_minutes=60.0,
    opens="area",
)


def heard(shelf: Shelf, book: Rulebook, last: datetime, now: datetime, since: datetime = AT) -> None:
    """One look of a listener."""
    remembered = shelf.remembered.all()
    incidents = tuple(shelf.incidents[key] for key in concerned(remembered))
    read = Nearby(incidents=incidents, perceived=remembered)
    shelf.put(silent(Heard(last={Feed.HOTLINE: last}, since=since), read, book, now))


def test_a_silence_is_told_once_and_its_end_once() -> None:
    book = a_book_with(SILENCE, city=a_city(sources=(a_source(), a_source("grid", Feed.GRID))))
    shelf = Shelf()
    for minutes in (0, 59, 60, 61, 200):
        heard(shelf, book, AT, AT + minutes * MINUTE)
        assert len(opened(shelf)) == (minutes >= 60)
    (area,) = opened(shelf)
    assert area.title == "area：hotline-12345"
    for minutes in (201, 202, 203):
        heard(shelf, book, AT + 201 * MINUTE, AT + minutes * MINUTE)
    assert [why.verdict for why in perceived(shelf)] == ["speaks_again"]
    heard(shelf, book, AT + 203 * MINUTE, AT + 300 * MINUTE)
    assert len(opened(shelf)) == 2


def test_nobody_is_silent_before_somebody_listens() -> None:
    shelf, book = Shelf(), a_book_with(SILENCE)
    heard(shelf, book, AT - timedelta(days=1), AT + 59 * MINUTE)
    assert opened(shelf) == []
    heard(shelf, book, AT - timedelta(days=1), AT + 60 * MINUTE)
    assert len(opened(shelf)) == 1


def test_at_night_an_office_may_be_silent() -> None:
    book = a_book_with(Pattern(**{f: getattr(SILENCE, f) for f in SILENCE.__struct_fields__} | {"office_hours": True}))
    closing = AT + timedelta(hours=7, minutes=30)  # 17:30 in Yuncheng; the office closes at 18:00
    shelf = Shelf()
    heard(shelf, book, closing, closing + timedelta(hours=14, minutes=59))
    assert opened(shelf) == []
    heard(shelf, book, closing, closing + timedelta(hours=15))
    assert len(opened(shelf)) == 1


def test_a_rulebook_without_patterns_looks_nowhere_and_keeps_nothing() -> None:
    assert looks([call(1)], a_book()) == ()
    shelf = Shelf()
    assert shelf.take([call(1)], a_book(), AT).perceived is None
    book = a_book_with(a_pattern())
    assert looks([call(1, category="noise", family="noise")], book) == ()


def test_reasons_of_a_pattern_are_its_own_stage() -> None:
    shelf = told(a_book_with(a_pattern()), *(call(n, n) for n in range(3)))
    assert {(why.stage, why.rule) for why in perceived(shelf)} == {(Stage.PERCEIVE, "area-water")}


def test_what_a_pattern_raises_outgrows_its_mute() -> None:
    mute = MuteRule(
        id="drill",
        why="",
        owner="duty",
        until=AT + timedelta(hours=9),
        families=frozenset({"water"}),
        severity_at_most=Severity.III,
    )
    book = a_book_with(a_pattern(opens=None, raises_to=Severity.II), mutes=(mute,))
    shelf = told(book, call(1), call(2, 5))
    assert shelf.tasks == {}
    shelf.take([call(3, 10)], book, AT)
    assert {task.incident_id for task in shelf.tasks.values()} == set(shelf.incidents)
