"""What commands say of a city that is not there: the option is named when it came from the option."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.commands.running import city_folder, settings_of
from hub.settings import SettingsError


def said(*arguments: str, **environ: str) -> str:
    """What a command that fails says in its one message."""
    result = CliRunner().invoke(app, arguments, env={"HUB_RULES_DIR": None, "HUB_CITY": None, **environ})
    assert isinstance(result.exception, SettingsError), result
    return str(result.exception)


@pytest.mark.parametrize(
    "command",
    [
        ("rules", "check"),
        ("rules", "test"),
        ("rules", "explain", "hotline:1"),
        ("rules", "import-duties", "list.xlsx"),
        ("replay", "/dev/null"),
        ("evaluate", "fusion"),
    ],
)
def test_a_wrong_city_is_blamed_on_the_option_that_named_it(command: tuple[str, ...], tmp_path: Path) -> None:
    told = said(*command, "--city", "atlantis")
    assert told.startswith("--city: there is no city `atlantis` in ")
    assert "there are boston, yuncheng" in told
    assert said(*command, "--city", f"{tmp_path}/here") == f"--city: there is no folder {tmp_path}/here"


def test_a_wrong_setting_is_blamed_on_the_setting(tmp_path: Path) -> None:
    assert said("rules", "check", HUB_CITY="atlantis").startswith("HUB_CITY, HUB_RULES_DIR: there is no city folder")
    assert said("rules", "check", HUB_RULES_DIR=str(tmp_path)).startswith("HUB_CITY, HUB_RULES_DIR: ")


def test_a_path_is_the_same_folder_for_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_RULES_DIR", "/elsewhere")
    assert city_folder("./mine") == Path("mine")
    assert settings_of("./mine").city_dir() == tmp_path / "mine"
    assert settings_of("./mine").city == "mine"
    assert city_folder("mine") == Path("/elsewhere/mine")


@pytest.mark.parametrize("url", ["foo", "ftp://127.0.0.1/"])
def test_simulate_says_what_is_no_address(url: str) -> None:
    assert said("simulate", "--url", url, "--duration", "1").endswith(
        "no web address; expected such as http://127.0.0.1:8080"
    )


def test_truth_says_nothing_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    told = said("evaluate", "fusion", "--export", f"{tmp_path}/a.csv", "--truth", f"{tmp_path}/a.csv")
    assert told.startswith("--truth: says nothing of an --export")
