"""A city folder on disk with cases beside its rules."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from tests.rulebook.city_folder import FOLDER


class Author:
    """A rule author at a shell: a folder, and commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    def rules(self, *arguments: str) -> tuple[int, str]:
        """Exit code and standard output of `hub rules …` on the folder."""
        result = CliRunner().invoke(app, ["rules", *arguments, "--city", f"{self.folder}/"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout


@pytest.fixture
def author(tmp_path: Path) -> Author:
    """The small folder, without cases yet."""
    author = Author(tmp_path / "city")
    author.folder.mkdir()
    for file, text in FOLDER.items():
        author.write(file, text)
    return author
