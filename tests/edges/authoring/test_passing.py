"""A mute that is over is a warning: told, counted, and never a reason to refuse the folder."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.edges.authoring.checking import check_city
from hub.edges.rules import load_city
from tests.rulebook.city_folder import FOLDER

MUTES = """\
mutes:
  - {id: drill, why: 演练, owner: water, until: 2026-03-03 18:00, families: [water]}
  - {id: works, why: 施工, owner: centre, until: 2026-03-20 18:00, families: [water]}
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A city with a mute of one day and one of two weeks."""
    for file, text in {**FOLDER, "mutes.yaml": MUTES}.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("today", "warned"),
    [
        (date(2026, 3, 3), []),
        (date(2026, 3, 4), ["mutes.yaml:2:10: warning: the mute `drill` ended at 2026-03-03 18:00"]),
        (date(2025, 3, 3), ["mutes.yaml:3:10: warning: the mute `works` holds back until 2026-03-20"]),
    ],
)
def test_what_is_over_or_far_too_long_is_warned_of(city: Path, today: date, warned: list[str]) -> None:
    checked, text = check_city(city, today)
    assert checked.errors == ()
    assert len(checked.warnings) == len(warned)
    for warning, told in zip(checked.warnings, warned, strict=True):
        assert str(warning).startswith(told)
        assert told in text
    assert checked.summary.endswith(": no errors, 1 warning" if warned else ": no errors")


def test_a_mute_without_an_end_is_an_error_and_nothing_more(city: Path) -> None:
    (city / "mutes.yaml").write_text(
        "mutes:\n  - {id: drill, why: 演练, owner: water, families: [water]}\n", encoding="utf-8"
    )
    checked, text = check_city(city, date(2026, 3, 3))
    assert "until" in text
    assert "ended" not in text
    assert (len(checked.errors), checked.warnings) == (1, ())


def test_a_folder_with_warnings_is_in_order_and_runs(city: Path) -> None:
    """Both mutes are over: the command says so and ends well, and the hub takes the folder."""
    result = CliRunner().invoke(app, ["rules", "check", "--city", str(city)])
    assert result.exit_code == 0, result.output
    assert "mutes.yaml:2:10: warning: the mute `drill` ended at" in result.output
    assert "2 | " in result.output
    as_json = CliRunner().invoke(app, ["rules", "check", "--city", str(city), "--json"])
    assert len(msgspec.json.decode(as_json.stdout)["warnings"]) == 2
    assert len(load_city(city).mutes) == 2
