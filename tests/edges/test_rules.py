"""A city folder is read from disk whole, or refused with everything that is wrong."""

from pathlib import Path

import pytest

from hub.edges.rules import RulebookError, load_city, outlines_of
from hub.settings import SettingsError
from tests.rulebook.city_folder import FOLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file, text in FOLDER.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_with_the_borders_of_its_counties(folder: Path) -> None:
    (folder / "cases").mkdir()
    (folder / "notes.txt").write_text("not a rule", encoding="utf-8")
    book = load_city(folder)
    yanhu = book.city.districts[0]
    assert len(yanhu.outline[0][0]) > 50
    assert all(110 < lon < 112 and 34 < lat < 36 for lon, lat in yanhu.outline[0][0])


def test_every_error_is_raised_at_once(folder: Path) -> None:
    (folder / "fusion.yaml").write_text(FOLDER["fusion.yaml"].replace("300", "900"), encoding="utf-8")
    (folder / "routing.yml").write_text("routes: []", encoding="utf-8")
    (folder / "calendar.yaml").write_bytes("base: 中国".encode("gb18030"))
    with pytest.raises(RulebookError) as raised:
        load_city(folder)
    assert [(error.file, error.message.partition(";")[0]) for error in raised.value.errors] == [
        ("calendar.yaml", "not UTF-8: byte 6 cannot be read"),
        ("fusion.yaml", "900 is out of range"),
        ("routing.yml", "no such rule file"),
    ]
    assert "calendar.yaml:1:1: not UTF-8" in str(raised.value)


def test_no_folder_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no city folder"):
        load_city(tmp_path / "nowhere")


def test_borders_are_found_by_code_and_unknown_codes_have_none() -> None:
    assert set(outlines_of({"140802", "999999", "roxbury"})) == {"140802"}
    assert outlines_of(set()) == {}
