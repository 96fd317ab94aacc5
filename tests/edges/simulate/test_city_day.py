"""The simulated day: seeded, believable, with a truth that the hub itself agrees can be read."""

from collections import Counter, defaultdict
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hub.edges.evaluate_offline import evaluate_simulated
from hub.edges.simulate.city_day import plan_day, simulate_day
from hub.edges.simulate.kinds import KINDS
from hub.edges.simulate.telling import Emission, Telling
from hub.pipeline import understand
from hub.rulebook.book import Rulebook
from hub.stages.locate import Atlas
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.places import distance_m
from hub.vocabulary.terms import CoordinateSystem, Feed, RejectReason, Severity

MIDNIGHT = datetime(2026, 3, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
SEVEN = frozenset(Feed) - {Feed.OPEN311}

Understood = list[tuple[Emission, LocatedReport | Reject]]


@pytest.fixture(scope="module")
def plan(yuncheng: Rulebook) -> dict[tuple[Feed, str], Telling]:
    tellings = plan_day(1, yuncheng.city)
    return {(telling.feed, telling.source_id): telling for telling in tellings if telling.revision == 0}


@pytest.fixture(scope="module")
def understood(yuncheng: Rulebook, day: tuple[Emission, ...]) -> Understood:
    atlas = Atlas(yuncheng.city)
    found: Understood = []
    for emission in day:
        raw = RawMessage(
            id=UUID(int=0),
            feed=emission.feed,
            source=emission.source,
            content_type=emission.content_type,
            body=emission.body,
            received_at=emission.at,
        )
        found += [(emission, item) for item in understand(raw, yuncheng, atlas)]
    return found


def by_happening(day: tuple[Emission, ...]) -> dict[str, list[Emission]]:
    groups: dict[str, list[Emission]] = defaultdict(list)
    for emission in day:
        if emission.truth is not None:
            groups[emission.truth].append(emission)
    return groups


def test_the_same_seed_tells_the_same_day(yuncheng: Rulebook, day: tuple[Emission, ...]) -> None:
    assert tuple(simulate_day(1, yuncheng.city, MIDNIGHT)) == day


def test_another_seed_day_or_run_has_other_ids(yuncheng: Rulebook, day: tuple[Emission, ...]) -> None:
    ids = {(emission.feed, emission.source_id) for emission in day}
    for options in ({"seed": 2}, {"seed": 1, "day": 1}, {"seed": 1, "run_id": "b"}):
        seed = int(options.pop("seed"))  # type: ignore[arg-type]
        others = simulate_day(seed, yuncheng.city, MIDNIGHT, **options)  # type: ignore[arg-type]
        assert ids.isdisjoint((emission.feed, emission.source_id) for emission in others)


def test_a_run_id_that_could_break_an_id_is_refused(yuncheng: Rulebook) -> None:
    with pytest.raises(ValueError, match="run_id"):
        plan_day(1, yuncheng.city, run_id="a b")


def test_all_seven_feeds_speak(day: tuple[Emission, ...]) -> None:
    assert {emission.feed for emission in day} == SEVEN


def test_messages_come_in_the_order_in_which_they_are_sent(day: tuple[Emission, ...]) -> None:
    times = [emission.at for emission in day]
    assert times == sorted(times)


def test_about_one_message_in_two_hundred_is_malformed(day: tuple[Emission, ...]) -> None:
    wrong = Counter(emission.note for emission in day if emission.expect == "reject")
    assert set(wrong) == {"broken json", "missing field", "swapped", "future"}
    assert 0.002 < sum(wrong.values()) / len(day) < 0.01
    assert any(emission.note == "gbk bytes" for emission in day)


def test_every_sound_message_has_a_truth_and_no_wrong_one_has(day: tuple[Emission, ...]) -> None:
    assert all((emission.truth is not None) == (emission.expect == "report") for emission in day)


def test_the_hub_reads_every_message_as_the_truth_says(understood: Understood) -> None:
    for emission, item in understood:
        assert isinstance(item, Reject) == (emission.expect == "reject"), (emission.note, item)
        if isinstance(item, LocatedReport):
            assert (item.report.feed, item.report.source_id) == (emission.feed, emission.source_id)


def test_malformed_messages_are_refused_for_what_is_wrong_with_them(understood: Understood) -> None:
    reasons = defaultdict(set)
    for emission, item in understood:
        if isinstance(item, Reject):
            reasons[emission.note].add(item.reason)
    assert reasons["swapped"] == {RejectReason.COORDINATES_SWAPPED}
    assert reasons["future"] == {RejectReason.TIME_IN_FUTURE}
    assert reasons["missing field"] == {RejectReason.MISSING_FIELD}
    assert reasons["broken json"] <= {RejectReason.BAD_JSON, RejectReason.BAD_ENCODING, RejectReason.BAD_CSV}


def test_points_land_where_they_were_told_whatever_the_source_calls_its_coordinates(
    yuncheng: Rulebook, understood: Understood, plan: dict[tuple[Feed, str], Telling]
) -> None:
    systems = set()
    for emission, item in understood:
        if isinstance(item, Reject) or item.place.point is None or emission.feed is Feed.EMERGENCY:
            continue
        told = plan[emission.feed, emission.source_id]
        assert distance_m(item.place.point, told.point) < 2
        assert item.place.district == told.spot.district
        systems.add(next(s.system for s in yuncheng.city.sources if s.id == emission.source))
    assert systems == set(CoordinateSystem)


def test_nearly_every_kind_is_recognised(understood: Understood, plan: dict[tuple[Feed, str], Telling]) -> None:
    lost = Counter(
        plan[emission.feed, emission.source_id].kind
        for emission, item in understood
        if isinstance(item, LocatedReport) and item.classification.category == "unclassified"
    )
    assert set(lost) <= {"consultation"}


def test_the_burst_main_is_told_by_nine_calls_two_grid_workers_a_camera_and_a_warden(
    day: tuple[Emission, ...], plan: dict[tuple[Feed, str], Telling]
) -> None:
    told = by_happening(day)["1-0-burst-main"]
    records = {(emission.feed, emission.source_id) for emission in told}
    assert Counter(feed for feed, _ in records) == {Feed.HOTLINE: 9, Feed.GRID: 2, Feed.VIDEO: 1, Feed.CITY: 1}
    repeats = [emission for emission in told if emission.note == "repeat complaint"]
    assert len(repeats) == 2
    callers = Counter(plan[key].person for key in records if plan[key].person is not None)
    assert sorted(callers.values()) == [1, 1, 1, 1, 1, 2, 2]


def test_the_burst_main_becomes_one_incident(yuncheng: Rulebook, day: tuple[Emission, ...]) -> None:
    result = evaluate_simulated(day, book=yuncheng)
    told = {f"{e.feed}:{e.source_id}" for e in by_happening(day)["1-0-burst-main"]}
    sizes = Counter(result.incident_of[report] for report in told)
    assert max(sizes.values()) >= 12
    assert result.score.truth is not None
    assert result.score.truth.missing < 0.01 * result.score.truth.reports
    assert result.score.truth.recall > 0.6
    assert result.score.truth.precision > 0.6


def test_a_storm_warning_comes_in_both_formats_before_the_flooding(day: tuple[Emission, ...]) -> None:
    warnings = [e for e in day if e.note.startswith("storm warning")]
    flooded = by_happening(day)
    first_flood = min(e.at for name, group in flooded.items() if "-flooding-" in name for e in group)
    assert {b"urn:oasis:names:tc:emergency:cap:1.2" in e.body for e in warnings} == {True, False}
    assert max(e.at for e in warnings) < first_flood
    assert len({name for name in flooded if "-flooding-" in name}) >= 5


def test_the_warning_is_orange_and_later_lifted(understood: Understood) -> None:
    warnings = [item for e, item in understood if isinstance(item, LocatedReport) and e.truth == "1-0-storm-warning"]
    assert [item.classification.severity for item in warnings] == [Severity.II, Severity.II]
    assert [item.report.status.value for item in warnings] == ["active", "closed"]
    assert len({item.report.source_id for item in warnings}) == 1


def test_accidents_with_somebody_hurt_reach_the_police_and_120(day: tuple[Emission, ...]) -> None:
    accidents = [group for name, group in by_happening(day).items() if name.startswith("1-0-accident-")]
    both = [group for group in accidents if {Feed.TRAFFIC, Feed.MEDICAL} <= {e.feed for e in group}]
    assert len(both) >= 7


def test_the_day_has_rush_hours_and_a_quiet_night(day: tuple[Emission, ...]) -> None:
    hours = Counter(emission.at.hour for emission in day if emission.feed is Feed.TRAFFIC)
    assert min(hours[7], hours[8], hours[17], hours[18]) > 5 * max(1, hours[2], hours[3])


def test_about_half_happens_in_the_central_district(plan: dict[tuple[Feed, str], Telling]) -> None:
    central = sum(telling.spot.district == "140802" for telling in plan.values())
    assert 0.4 < central / len(plan) < 0.7
    assert len({telling.spot.district for telling in plan.values()}) == 13


def test_records_are_updated_closed_late_and_out_of_order(understood: Understood) -> None:
    notes = Counter(emission.note for emission, _ in understood)
    assert all(notes[note] > 10 for note in ("update", "close", "late", "out of order"))
    latest: dict[str, datetime] = {}
    overtaken = 0
    for emission, item in understood:
        if isinstance(item, Reject) or item.report.updated_at is None:
            continue
        before = latest.setdefault(item.report.id, item.report.updated_at)
        if emission.note == "out of order":
            overtaken += item.report.updated_at < before
        latest[item.report.id] = max(before, item.report.updated_at)
    assert overtaken == notes["out of order"]


def test_the_demo_shows_its_scenes_within_the_first_minutes(yuncheng: Rulebook) -> None:
    first = list(simulate_day(1, yuncheng.city, MIDNIGHT, profile="demo"))[:700]
    told = {(emission.truth or "").removeprefix("1-0-") for emission in first}
    assert {"burst-main", "storm-warning", "accident-0", "flooding-0", "flooding-1"} <= told
    assert sum(e.truth == "1-0-burst-main" for e in first[:250]) >= 5


@pytest.mark.parametrize("scale", [0.05, 0.5, 2.0])
def test_scale_changes_the_background(yuncheng: Rulebook, day: tuple[Emission, ...], scale: float) -> None:
    count = len(plan_day(1, yuncheng.city, scale=scale))
    assert 0.6 * scale < count / len(day) < 1.3 * scale + 0.05


def test_phone_numbers_are_of_a_range_that_is_not_given_out(plan: dict[tuple[Feed, str], Telling]) -> None:
    phones = [telling.person.phone for telling in plan.values() if telling.person is not None]
    assert phones
    assert all(phone.startswith("1990000") and len(phone) == 11 for phone in phones)


def test_every_kind_of_the_background_occurs(plan: dict[tuple[Feed, str], Telling]) -> None:
    assert {telling.kind for telling in plan.values()} == set(KINDS)


def test_a_city_without_yunchengs_districts_is_refused() -> None:
    from hub.edges.rules import load_city
    from hub.settings import shipped

    with pytest.raises(ValueError, match="Yuncheng"):
        plan_day(1, load_city(shipped("rules") / "boston").city)


def test_the_patterns_of_the_city_see_what_the_day_has_for_them_and_little_else(
    yuncheng: Rulebook, day: tuple[Emission, ...]
) -> None:
    """Four places without water are one area; a day of 4,200 messages has no more than a chance second one."""
    seen = {seen.pattern: seen for seen in evaluate_simulated(day, book=yuncheng).patterns}
    assert 1 <= seen["area-without-water"].times <= 2
    assert seen["area-without-water"].incidents >= 4
    assert sum(each.times for each in seen.values()) <= 4
