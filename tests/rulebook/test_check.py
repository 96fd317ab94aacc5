"""What `hub rules check` says, word for word, of a folder with many mistakes; and what it says of a good one."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.rulebook.book import Rulebook
from hub.rulebook.carets import all_told
from hub.rulebook.check import check_folder
from hub.rulebook.read import read_rulebook
from hub.settings import shipped
from tests.rulebook.city_folder import FOLDER, broken

GOLDEN = Path(__file__).parent / "golden"

TWO_MORE = """\
  leak: {kind: component, name: {zh: 漏水, en: Leak}, family: water, severity: IV}
  noise: {kind: event, name: {zh: 噪音, en: Noise}, family: noise, severity: II}
  unclassified:"""

#: Folders that read well and in which some rules never come true.
NEVER = {
    "routes": {
        **FOLDER,
        "categories.yaml": FOLDER["categories.yaml"].replace("  unclassified:", TWO_MORE),
        "routing.yaml": """\
routes:
  - {id: water, why: 水务统管, families: [water], lead: water}
  - {id: by-camera, why: 摄像头发现的归中心, categories: [noise], feeds: [video], lead: centre}
  - {id: mixed, why: 漏水已归水务，噪音由中心牵头, categories: [leak, noise], districts: [140802], lead: centre}
  - {id: mild, why: 一般漏水, categories: [leak], lead: centre}
""",
        "deadlines.yaml": """\
deadlines:
  - id: noise-severe
    why: 噪音至少是II级
    kind: resolve
    basis: urgent_hour
    amount: 8
    categories: [noise]
    severity_at_least: III
  - {id: noise, why: 噪音, kind: resolve, basis: work_day, amount: 2, categories: [noise]}
  - {id: all, why: 其余, kind: resolve, basis: work_day, amount: 5}
  - {id: late, why: 漏水来晚了, kind: resolve, basis: urgent_hour, amount: 4, categories: [leak]}
""",
        "fusion.yaml": FOLDER["fusion.yaml"]
        + "  - {id: again, why: 又一条, families: [water, noise], fuses: false}\n"
        + "  - {id: last, why: 再一条, families: [noise], fuses: false}\n",
        "severity.yaml": FOLDER["severity.yaml"]
        + "  - {id: loud, why: 噪音已是II级, severity: III, categories: [noise], words: [很吵]}\n",
    },
    "tree": {
        **FOLDER,
        "categories.yaml": FOLDER["categories.yaml"].replace("  unclassified:", TWO_MORE),
        "routing.yaml": """\
routes:
  - id: water
    why: 水务统管，夜间由中心牵头
    families: [water]
    lead: water
    routes:
      - {id: water-night, why: 夜间, when: hour >= 22 || hour < 6, lead: centre}
      - {id: water-severe, why: 严重的, severity_at_least: II, assist: [centre]}
      - {id: water-worst, why: 特别严重的也严重, severity_at_least: I, assist: [district]}
  - {id: late, why: 已归水务, when: severity == I, categories: [leak], lead: centre}
  - {id: noise-night, why: 夜间噪音先到中心, categories: [noise], when: hour >= 22, lead: centre}
  - {id: noise, why: 噪音, categories: [noise], lead: centre, continue: true}
  - {id: noise-more, why: 属地协办, categories: [noise], assist: [district]}
  - {id: noise-last, why: 还能加派, categories: [noise], lead: water}
""",
        "deadlines.yaml": """\
deadlines:
  - {id: night, why: 夜间, kind: resolve, basis: urgent_hour, amount: 8, when: hour >= 22}
  - {id: all, why: 其余, kind: resolve, basis: work_day, amount: 5}
  - {id: weekend, why: 来晚了, kind: resolve, basis: urgent_hour, amount: 4, when: "!workday"}
""",
        "fusion.yaml": FOLDER["fusion.yaml"].replace("families: [water]", "families: [water]\n    when: hour < 22")
        + "  - {id: at-night, why: 夜间, families: [water, noise], fuses: false}\n"
        + "  - {id: last, why: 再一条, families: [noise], when: hour < 6, fuses: false}\n",
    },
    "unowned": {
        **FOLDER,
        "categories.yaml": FOLDER["categories.yaml"].replace("  unclassified:", TWO_MORE),
        "duties.yaml": "districts: [140802]\nduties:\n  burst: {lead: water, why: 清单 05-01}\n",
    },
}
#: Folders that cannot be read, with several mistakes each.
UNREADABLE = {
    "words": {
        **broken("fusion.yaml", "radius_m", "radius"),
        "routing.yaml": FOLDER["routing.yaml"].replace("[burst]", "[brust]").replace("lead: centre", "lead: center"),
        "deadlines.yaml": FOLDER["deadlines.yaml"].replace("work_day", "workday").replace("amount: 5", "amount: five"),
        "severity.yaml": FOLDER["severity.yaml"].replace("feeds: [hotline]", "feeds: [hot-line], 词语: []"),
        "city.yaml": FOLDER["city.yaml"].replace("system: gcj02", "system: gcj"),
        "calendar.yaml": FOLDER["calendar.yaml"].replace("08:00-12:00", "12:00-08:00"),
    },
    "when": {
        **FOLDER,
        "severity.yaml": FOLDER["severity.yaml"]
        + '  - {id: night, why: 夜间, severity: II, when: "severity <= II && hour > 22"}\n'
        + "  - {id: brust, why: 错字, severity: II, when: category == 'brust'}\n",
        "routing.yaml": """\
routes:
  - id: night
    why: 夜间由中心牵头
    when: |
      hour >= 22
      or hour < 6
    lead: centre
  - id: water
    why: 水务
    categories: [burst]
    districts: [140802]
    severity_at_least: II
    feeds: [hotline]
    lead: water
    assist: [district]
    continue: yes
    routes:
      - {id: other, why: 不在其内, categories: [unclassified], districts: [140821], feeds: [grid], lead: centre}
      - {id: mild, why: 更轻, severity_at_least: III, assist: [water]}
      - {id: night, why: 重名, when: report_count > "3", assist: []}
      - {id: empty, why: 空的, routes: []}
  - {id: nobody, why: 无人, categories: [burst]}
  - {id: only-adds, why: 只加派, categories: [burst], assist: [centre], rotues: []}
""",
        "duties.yaml": FOLDER["duties.yaml"].replace("burst: {", "burst: {when: feed == 'hotlin', "),
        "deadlines.yaml": FOLDER["deadlines.yaml"].replace("families: [water]", "families: [water], when: weekday"),
        "fusion.yaml": FOLDER["fusion.yaml"] + "    when: report_count > 1\n",
        "escalation.yaml": """\
escalation:
  - {id: e, why: 督办, clock: resolve, when: severity == "II", steps: [{after: {amount: 1, basis: work_day}, raise: red,
     to: lead}]}
""",
        "mutes.yaml": """\
mutes:
  - {id: m, why: 演练, owner: water, until: 2030-01-01 00:00, families: [water], when: "text.contains('演练')"}
""",
    },
    "no-yaml": {
        **broken("city.yaml", "name: {zh", "name: zh: {"),
        "duties.yaml": "duties:\n  burst: [a\n",
        "fusoin.yaml": "",
    },
    "long-line": broken(
        "categories.yaml", "{水管爆: 3}", "{水管爆: 3, " + ", ".join(f"漏水{n}: 3" for n in range(20)) + ", 长的: 999}"
    ),
}


def said(folder: dict[str, str]) -> str:
    _, errors = check_folder(folder, {})
    return all_told(errors, folder, "rules/test/") + "\n"


@pytest.mark.parametrize("name", [*NEVER, *UNREADABLE])
def test_every_message_word_for_word(name: str) -> None:
    """After a wanted change: `python -m tests.rulebook.test_check` writes the golden files anew; read the diff."""
    assert said({**NEVER, **UNREADABLE}[name]) == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", NEVER)
def test_rules_that_never_come_true_do_not_stop_a_running_hub(name: str) -> None:
    assert isinstance(read_rulebook(NEVER[name], {}), Rulebook)


def test_a_good_folder_has_no_findings() -> None:
    assert check_folder(FOLDER, {})[1] == ()


def test_an_error_in_one_file_does_not_blame_the_rules_of_another() -> None:
    folder = {**FOLDER, "routing.yaml": "routes: 5\n", "duties.yaml": "duties: 5\n"}
    _, errors = check_folder(folder, {})
    assert {error.file for error in errors} == {"routing.yaml", "duties.yaml"}


def test_a_broken_file_of_the_duty_list_blames_no_rule_outside_of_it() -> None:
    unowned = {**NEVER["unowned"], "duties/event.yaml": "kind: event\nduties: 5\n"}
    _, errors = check_folder(unowned, {})
    assert {error.file for error in errors} == {"duties/event.yaml"}


@pytest.mark.parametrize("city", ["yuncheng", "boston"])
def test_the_shipped_folders_pass(city: str) -> None:
    result = CliRunner().invoke(app, ["rules", "check", "--city", str(shipped("rules") / city)])
    assert result.exit_code == 0, result.output
    assert "no errors" in result.stderr


def test_the_command_ends_with_one_and_speaks_json(tmp_path: Path) -> None:
    for file, text in broken("fusion.yaml", "300", "451").items():
        (tmp_path / file).write_text(text, "utf-8")
    (tmp_path / "severity.yaml").write_bytes("severity: 中".encode("gb18030"))
    result = CliRunner().invoke(app, ["rules", "check", "--city", f"{tmp_path}/", "--json"])
    assert result.exit_code == 1
    found = msgspec.json.decode(result.stdout)
    assert [(error["file"], error["line"], error["column"]) for error in found["errors"]] == [
        ("fusion.yaml", 5, 15),
        ("severity.yaml", 1, 1),
    ]
    result = CliRunner().invoke(app, ["rules", "check", "--city", f"{tmp_path}/"])
    assert "5 |     radius_m: 451\n    |               ^~~" in result.stdout
    assert "2 errors in 2 files" in result.stderr


LIMITS = """\
deadlines:
  - {id: accept, why: 两个工作日签收, kind: accept, basis: work_day, amount: 2}
  - {id: burst, why: 一小时, kind: resolve, basis: urgent_hour, amount: 1, categories: [burst]}
  - {id: years, why: 太久, kind: resolve, basis: work_day, amount: 1000}
"""


def test_limits_that_no_calendar_can_satisfy(tmp_path: Path) -> None:
    for file, text in {**FOLDER, "deadlines.yaml": LIMITS}.items():
        (tmp_path / file).write_text(text, "utf-8")
    result = CliRunner().invoke(app, ["rules", "check", "--city", f"{tmp_path}/"])
    assert result.exit_code == 1
    assert "deadlines.yaml:3:10: `burst` must be resolved in 1 urgent_hour, before it must be accepted" in result.stdout
    assert "deadlines.yaml:4:10: begun on" in result.stdout
    assert "no calendar knows the holidays of" in result.stdout
    assert result.stdout.count("expected:") == 2


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, folder in {**NEVER, **UNREADABLE}.items():
        (GOLDEN / f"{name}.txt").write_text(said(folder), "utf-8")
