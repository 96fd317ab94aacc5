"""A city folder becomes a Rulebook, or every error with file, line and column."""

from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rulebook.book import Rulebook
from hub.rulebook.read import FILES, read_rulebook, version_of
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, CoordinateSystem, DeadlineBasis, Feed, Severity
from tests.rulebook.city_folder import FOLDER, broken


def read(files: dict[str, str]) -> Rulebook:
    book = read_rulebook(files, {})
    assert isinstance(book, Rulebook), "\n".join(map(str, book))
    return book


def errors(files: dict[str, str]) -> list[str]:
    found = read_rulebook(files, {})
    assert not isinstance(found, Rulebook), "the folder should have been refused"
    return [str(error) for error in found]


def test_a_whole_folder_becomes_a_rulebook() -> None:
    outline = ((((110.0, 34.0), (111.0, 34.0), (111.0, 35.0), (110.0, 34.0)),),)
    book = read_rulebook(FOLDER, {"140802": outline})
    assert isinstance(book, Rulebook)
    assert book.city.code == "140800"
    assert [d.code for d in book.city.districts] == ["140802", "140821"]
    assert [d.outline for d in book.city.districts] == [outline, ()]
    assert book.city.sources[0].system is CoordinateSystem.GCJ02
    assert book.city.devices[0].point.lon == 111.01
    assert book.severity[0].feeds == {Feed.HOTLINE}
    assert book.fusion[0].radius_m == 300
    assert book.deadlines[0].basis is DeadlineBasis.WORK_DAY
    assert book.calendar.hours == ((time(8), time(12)), (time(14, 30), time(18)))
    assert book.calendar.holidays == {date(2027, 2, 5)}


def test_what_a_fusion_rule_may_leave_out() -> None:
    rule = read(FOLDER).fusion[0]
    assert (rule.fuses, rule.other_address_m, rule.longest_minutes) == (True, None, None)
    limited = "radius_m: 300\n    other_address_m: 40\n    longest_minutes: 600"
    rule = read(broken("fusion.yaml", "radius_m: 300", limited)).fusion[0]
    assert (rule.radius_m, rule.other_address_m, rule.longest_minutes) == (300, 40, 600)
    apart = "fusion:\n  - {id: personal, why: 一人一事, families: [water], fuses: false}\n"
    assert not read({**FOLDER, "fusion.yaml": apart}).fusion[0].fuses


def test_codes_keep_their_zeros_without_quotes() -> None:
    codes = read(FOLDER).categories["burst"].codes
    assert codes == (
        CategoryCode(kind=CategoryKind.EVENT, code="0501", standard_ref="清单"),
        CategoryCode(kind=CategoryKind.EVENT, code="06010", standard_ref="GB/T 47678.5-2026"),
    )


def test_a_duty_is_a_route_behind_those_of_routing_yaml() -> None:
    severe, duty = read(FOLDER).routes
    assert (severe.id, severe.severity_at_least) == ("severe", Severity.II)
    assert (duty.id, duty.lead, duty.assist, duty.districts) == ("duty-burst", "water", ("district",), {"140802"})


def test_the_version_changes_with_any_character_and_with_nothing_else() -> None:
    assert read(FOLDER).version == read(dict(reversed(FOLDER.items()))).version == version_of(FOLDER)
    assert len(version_of(FOLDER)) == 12
    versions = {read({**FOLDER, file: text + "# .\n"}).version for file, text in FOLDER.items()}
    assert len(versions | {version_of(FOLDER)}) == len(FILES) + 1


WRONG = [
    # unknown keys, with a guess
    ("fusion.yaml", "radius_m", "radius", "fusion.yaml:5:5: unknown key `radius`; did you mean `radius_m`?"),
    ("city.yaml", "timezone:", "time_zone:", "city.yaml:3:1: unknown key `time_zone`; did you mean `timezone`?"),
    ("categories.yaml", "kind: event\n    name", "knd: event\n    name", "categories.yaml:4:5: unknown key `knd`"),
    # missing keys
    ("routing.yaml", "    why: 严重的由中心牵头\n", "", "routing.yaml:2:5: `why` is missing"),
    ("deadlines.yaml", "id: resolve, ", "", "deadlines.yaml:2:5: `id` is missing"),
    ("fusion.yaml", "why: 同一处", "why:", "`why` is empty"),
    ("categories.yaml", "  unclassified:", "  other:", "`unclassified` is missing"),
    # doubles
    ("city.yaml", "bounds:", "code: 1\nbounds:", "city.yaml:4:1: `code` is given twice; first on line 1"),
    (
        "severity.yaml",
        "severity:\n",
        "severity:\n  - {id: trapped, why: a, severity: I, words: [x]}\n",
        "the id `trapped`",
    ),
    ("city.yaml", "words: [临猗县]", "words: [临猗县, 解州镇]", "`解州镇` already names the district `140802`"),
    ("categories.yaml", "[0501,", "[0501, 0501,", "the event code `0501` of 清单 already leads to `burst`"),
    # unknown references
    ("city.yaml", "fallback_bureau: centre", "fallback_bureau: center", "no bureau `center`; did you mean `centre`?"),
    (
        "city.yaml",
        "district: 140802}\ndistricts",
        "district: 140803}\ndistricts",
        "8:44: no district `140803`",
    ),
    ("duties.yaml", "burst:", "brust:", "no category `brust`"),
    ("routing.yaml", "[burst]", "[bursts]", "no category `bursts`; did you mean `burst`?"),
    ("deadlines.yaml", "[water]", "[wter]", "no family `wter`; did you mean `water`?"),
    # wrong types and ranges
    ("city.yaml", "system: gcj02", "system: gcj", "`gcj` is none of wgs84, gcj02, bd09; did you mean `gcj02`?"),
    ("city.yaml", "timezone: Asia/Shanghai\nbounds", "timezone: Asia/Yuncheng\nbounds", "is no IANA time zone"),
    ("city.yaml", "[110.2, 34.5, 112.1, 35.9]", "[34.5, 110.2, 35.9, 112.1]", "110.2 is out of range"),
    ("city.yaml", "[110.855, 34.913]", "[34.913, 110.855]", "110.855 is out of range"),
    ("fusion.yaml", "300", "451", "451 is out of range; allowed are 1 to 450"),
    ("fusion.yaml", "300", "three", "expected a number, got `three`"),
    ("fusion.yaml", "300", ".nan", "expected a number, got `.nan`"),
    ("fusion.yaml", "suggest_at: 0.5", "suggest_at: 0.7", "`suggest_at` must not be above `join_at`"),
    ("fusion.yaml", "    window_minutes: 360\n", "", "fusion.yaml:2:5: `window_minutes` is missing"),
    ("fusion.yaml", "300", "300\n    other_address_m: 301", "`other_address_m` must not be above `radius_m`"),
    ("fusion.yaml", "360", "360\n    longest_minutes: 359", "`window_minutes` must not be above `longest_minutes`"),
    ("fusion.yaml", "radius_m", "fuses: false\n    radius_m", "`radius_m` says nothing beside `fuses: false`"),
    ("fusion.yaml", "radius_m", "fuses: no\n    radius_m", "expected `true` or `false`, got `no`"),
    ("fusion.yaml", "families: [water]", "families: [unclassified]", "fuses with nothing"),
    ("fusion.yaml", "families: [water]", "families: []", "the list is empty"),
    ("categories.yaml", "severity: III", "severity: V", "`V` is none of I, II, III, IV"),
    ("categories.yaml", "水管爆: 3", "水: 3", "`水` is too short"),
    ("categories.yaml", "standard_ref: 清单", "least_score: -1", "-1 is out of range; allowed are 0 to 100"),
    (
        "categories.yaml",
        "severity: IV}",
        "severity: IV, rough_names: [爆管, 灾害]}",
        "`爆管` already names the category `burst`",
    ),
    ("severity.yaml", ", words: [被困], feeds: [hotline]", "", "needs at least one of"),
    ("duties.yaml", "assist: [district]", "assist: [water]", "cannot also assist"),
    ("calendar.yaml", "08:00-12:00", "12:00-08:00", "must end after they start"),
    ("calendar.yaml", "2027-02-05", "2027-02-31", "`2027-02-31` is no date"),
    ("calendar.yaml", "base: china", "base: chna", "did you mean `china`?"),
    ("deadlines.yaml", "amount: 5", "amount: 5, resolve_within_hours: 2", "cannot depend on the limit to resolve"),
    # no YAML, or YAML that hides things
    ("city.yaml", "name: {zh", "name: zh: {", "city.yaml:2:9: not readable as YAML"),
    ("routing.yaml", "- id", "- &a id", "anchors"),
    ("routing.yaml", "routes:", "\x00", "not readable as YAML"),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), WRONG, ids=[f"{w[0]}-{n}" for n, w in enumerate(WRONG)])
def test_each_mistake_is_named(file: str, old: str, new: str, expected: str) -> None:
    found = errors(broken(file, old, new))
    assert any(expected in error for error in found), found
    assert all(error.startswith(tuple(FILES)) for error in found)


def test_one_mistake_gives_one_error() -> None:
    assert errors(broken("fusion.yaml", "300", "451")) == [
        "fusion.yaml:5:15: 451 is out of range; allowed are 1 to 450"
    ]


def test_all_mistakes_of_all_files_come_at_once() -> None:
    folder = {
        **FOLDER,
        "fusion.yaml": FOLDER["fusion.yaml"].replace("300", "451").replace("0.6", "high"),
        "deadlines.yaml": FOLDER["deadlines.yaml"].replace("work_day", "workday"),
    }
    assert [error.split(": ")[0] for error in errors(folder)] == [
        "deadlines.yaml:2:53",
        "fusion.yaml:5:15",
        "fusion.yaml:7:14",
    ]


def test_a_file_that_is_no_yaml_hides_no_error_of_another_and_adds_none() -> None:
    for unreadable in FILES:
        folder = {**FOLDER, unreadable: "a: [1"}
        other = "fusion.yaml" if unreadable != "fusion.yaml" else "routing.yaml"
        folder[other] += "extra: 1\n"
        found = errors(folder)
        assert len(found) == 2, found
        assert any("not readable as YAML" in error for error in found)
        assert any("unknown key `extra`" in error for error in found)


def test_missing_and_unknown_files_are_errors() -> None:
    folder = {file: text for file, text in FOLDER.items() if file != "fusion.yaml"} | {"fusoin.yaml": ""}
    assert errors(folder) == [
        "fusion.yaml:1:1: the file is missing from the city folder",
        "fusoin.yaml:1:1: no such rule file; did you mean `fusion.yaml`?",
    ]


@settings(deadline=None, max_examples=50)
@given(file=st.sampled_from(FILES), text=st.text(max_size=200))
def test_no_text_raises(file: str, text: str) -> None:
    assert read_rulebook({**FOLDER, file: text}, {})


@settings(deadline=None, max_examples=50)
@given(file=st.sampled_from(FILES), data=st.data())
def test_no_cut_or_swapped_line_raises(file: str, data: st.DataObject) -> None:
    lines = FOLDER[file].splitlines()
    shuffled = data.draw(st.permutations(lines))[: data.draw(st.integers(0, len(lines)))]
    assert read_rulebook({**FOLDER, file: "\n".join(shuffled)}, {})


def test_deep_nesting_is_an_error_and_not_a_crash() -> None:
    assert "nested too deep" in errors({**FOLDER, "routing.yaml": "[" * 20_000})[0]
