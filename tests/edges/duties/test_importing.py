"""A workbook becomes rule files that load; a second run shows what changes and keeps what a person wrote."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.edges.duties.importing import plan_import, write_files
from hub.edges.duties.workbook import WorkbookError
from hub.edges.rules import load_city
from hub.rulebook.book import UNCLASSIFIED
from hub.vocabulary.terms import CategoryKind, DeadlineBasis
from tests.edges.duties.workbooks import ROWS, a_workbook
from tests.rulebook.city_folder import FOLDER

#: Two sheets; 供水管道破裂 leads to a category of the folder by its code, the clock to none.
BURST = (5, "突发事件", 1, "供水管道破裂", "节约用水中心、所属街办", "指挥中心", "漏水", "止水", "1紧急工作时")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "yuncheng"
    folder.mkdir(parents=True)
    for file, text in FOLDER.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return a_workbook(tmp_path / "list.xlsx", more=[("事件", [BURST])])


def run(city: Path, *arguments: str) -> str:
    result = CliRunner().invoke(
        app, ["rules", "import-duties", *arguments, "--city", city.name], env={"HUB_RULES_DIR": str(city.parent)}
    )
    assert result.exit_code == 0, result.output
    return result.output


def tree(city: Path) -> dict[str, bytes]:
    return {str(path.relative_to(city)): path.read_bytes() for path in sorted(city.rglob("*")) if path.is_file()}


def test_a_first_run_writes_files_that_load(city: Path, workbook: Path) -> None:
    told = run(city, str(workbook), "--district", "140802")
    assert "3 rows, 3 imported, 2 subclasses" in told
    assert "+ 事件05-01供水管道破裂: water, unit-2; 漏水 1紧急工作时" in told
    book = load_city(city)
    clock, burst = book.duties["component-0107"], book.duties["event-0501"]
    assert (burst.category, burst.units, burst.supervisors) == ("burst", ("water", "unit-2"), ("centre",))
    assert (clock.category, clock.class_name, clock.districts) == (UNCLASSIFIED, "设施", {"140802"})
    assert [(clause.said, clause.basis, clause.amount) for clause in clock.clauses] == [
        (("停走", "不准"), DeadlineBasis.WORK_HOUR, 4),
        (("钟面脏",), DeadlineBasis.WORK_DAY, 2),
    ]
    assert {bureau.name.zh for bureau in book.city.bureaus} >= {"各产权单位", "所属街办"}
    text = (city / "duties" / "event.yaml").read_text(encoding="utf-8")
    assert '  "0501":  # 事件!C3\n' in text
    assert "    units: [water, unit-2]  # 事件!E3\n" in text
    assert "{said: [漏水], basis: urgent_hour, amount: 1}  # 事件!G3\n" in text


def test_a_first_run_says_what_is_to_be_written_next(city: Path, workbook: Path) -> None:
    told = run(city, str(workbook))
    assert "to be written next, for 1 of 2 subclasses:\n  1. categories (类别) in categories.yaml" in told
    assert "to be written next" not in run(city, str(workbook))


def test_an_option_that_changes_the_whole_list_is_said_before_anything_is_written(city: Path, workbook: Path) -> None:
    run(city, str(workbook))
    before = tree(city)
    options = ("--district", "140802", "--standard", "another table")
    told = run(city, str(workbook), *options, "--dry-run")
    assert tree(city) == before
    assert "an option changes the list as a whole" in told
    assert "  event: code table of all 1 duties: 清单 → another table\n" in told
    assert "  event: all 1 duties held in the whole city → 140802\n" in told
    assert run(city, str(workbook), *options).index("as a whole") > 0
    assert "as a whole" not in run(city, str(workbook), *options)
    assert "as a whole" not in run(city, str(workbook), "--standard", "another table")


def test_a_dry_run_writes_nothing_and_says_the_same(city: Path, workbook: Path) -> None:
    before = tree(city)
    dry = run(city, str(workbook), "--dry-run")
    assert tree(city) == before
    assert "would write duties/component.yaml, duties/event.yaml, duties/source.json, duties/units.yaml" in dry
    assert run(city, str(workbook)).replace("writes", "would write") == dry


def test_json_accounts_for_every_row(city: Path, tmp_path: Path) -> None:
    broken = (1, "设施", 9, "路牌", "甲", "乙", "倾倒", "扶正", "立即")
    path = a_workbook(tmp_path / "list.xlsx", [*ROWS, broken])
    told = json.loads(run(city, str(path), "--json", "--dry-run"))
    assert (told["rows"], told["imported"], told["subclasses"], told["dry_run"]) == (3, 2, 1, True)
    (skipped,) = told["skipped"]
    assert (skipped["sheet"], skipped["cell"]) == ("部件", "I5")
    assert [change["what"] for change in told["changes"]] == ["added"]
    assert told["without_category"] == ["component-0107"]


def test_the_same_workbook_again_changes_nothing(city: Path, workbook: Path) -> None:
    run(city, str(workbook))
    before = tree(city)
    told = run(city, str(workbook))
    assert "nothing changes in the rules\nno file differs" in told
    assert tree(city) == before


def test_a_changed_workbook_tells_what_changes_and_keeps_what_was_written_by_hand(city: Path, workbook: Path) -> None:
    run(city, str(workbook))
    component = city / "duties" / "component.yaml"
    by_hand = (
        component.read_text(encoding="utf-8")
        .replace("category: unclassified", "category: burst")
        .replace("[钟面脏], basis: work_day, amount: 2", "[钟面, 脏污], basis: work_day, amount: 2, usual: true")
    )
    component.write_text(by_hand, encoding="utf-8")
    assert load_city(city).duties["component-0107"].usual == "component-0107.2"
    rows = [
        ("1", "设施", "07", "路边钟", "节约用水中心", "指挥中心", "停走、不准", "校准", "2小时"),
        (None, None, None, None, None, None, "罩破", "更换", "3天"),
        (None, None, None, None, None, None, "钟 面脏", "擦净", "2天"),  # spaced otherwise: the same condition
        (1, "设施", 8, "路牌", "甲公司", None, "倾倒", "扶正", "1天"),
    ]
    a_workbook(workbook, rows)
    dry = run(city, str(workbook), "--dry-run")
    assert component.read_text(encoding="utf-8") == by_hand
    lines = [line.strip() for line in dry.splitlines() if line.strip()[:1] in "+-~"]
    assert lines == [
        "~ 部件01-07路边钟 units: water, unit-1 → water",
        "~ 部件01-07路边钟 clause 1: 停走、不准 4工作时 → 停走、不准 2工作时",
        "~ 部件01-07路边钟 clause 2: 钟面、脏污 2工作日，通常情形 → 罩破 3工作日",
        "~ 部件01-07路边钟 clause 3: nothing → 钟面、脏污 2工作日，通常情形",
        "+ 部件01-08路牌: unit-3; 倾倒 1工作日",
    ]
    run(city, str(workbook))
    book = load_city(city)
    clock = book.duties["component-0107"]
    assert (clock.category, clock.usual) == ("burst", "component-0107.3")
    assert [clause.said for clause in clock.clauses] == [("停走", "不准"), ("罩破",), ("钟面", "脏污")]
    # The workbook has no events any more: their file is left alone.
    assert "event-0501" in book.duties


def test_a_subclass_that_is_gone_is_told_as_removed(city: Path, workbook: Path) -> None:
    run(city, str(workbook))
    a_workbook(workbook, [(1, "设施", 8, "路牌", "甲公司", None, "倾倒", "扶正", "1天")])
    told = run(city, str(workbook))
    assert "- 部件01-07路边钟: water, unit-1; 停走、不准 4工作时; 钟面脏 2工作日" in told
    assert list(load_city(city).duties) == ["component-0108", "event-0501"]


def test_columns_kept_aside_are_kept(city: Path, tmp_path: Path) -> None:
    headers = ["小类代码", "大类代码", "小类名称", "处置单位", "立案条件", "处置时限", "扣分"]
    path = a_workbook(
        tmp_path / "list.xlsx", [(7, 1, "路边钟", "节约用水中心", "停走", "4小时", "0.5分")], headers=headers
    )
    run(city, str(path))
    source = json.loads((city / "duties" / "source.json").read_text(encoding="utf-8"))
    assert source["aside"] == {"component-0107.1": {"扣分": "0.5分"}}


def test_what_would_not_load_is_not_written(city: Path, workbook: Path) -> None:
    before = tree(city)
    result = CliRunner().invoke(
        app,
        ["rules", "import-duties", str(workbook), "--city", "yuncheng", "--district", "999999"],
        env={"HUB_RULES_DIR": str(city.parent)},
    )
    assert "no district `999999`" in str(result.exception)
    assert tree(city) == before


def test_a_workbook_without_a_duty_is_refused(city: Path, tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "list.xlsx", headers=["甲", "乙"])
    with pytest.raises(WorkbookError, match="no duty could be read"):
        plan_import(path, city)


def test_read_back_it_is_what_was_read(tmp_path: Path, city: Path, workbook: Path) -> None:
    """Every field of every duty comes back through the files, and the files are the same wherever they are written."""
    other = shutil.copytree(city, tmp_path / "other")
    for folder in (city, other):
        write_files(plan_import(workbook, folder), folder)
    assert tree(city) == tree(other)
    plan = plan_import(workbook, city)
    assert (plan.changes, plan.files) == ((), {})
    kinds = {duty.code.kind for duty in load_city(city).duties.values()}
    assert kinds == {CategoryKind.COMPONENT, CategoryKind.EVENT}
