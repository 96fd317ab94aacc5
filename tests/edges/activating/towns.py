"""A small city folder on disk, for tests that edit it."""

from pathlib import Path

from hub.rulebook.read import version_of
from hub.settings import Settings
from tests.rulebook.city_folder import FOLDER


def town(base: Path, database_url: str = "") -> Settings:
    """Settings of a hub whose city folder is the small one, on disk under `base`."""
    settings = Settings(city="town", rules_dir=str(base / "rules"), database_url=database_url)
    write(settings.city_dir(), FOLDER)
    return settings


def renamed(name: str) -> dict[str, str]:
    """The folder with another name for its command centre: a rulebook of another version."""
    return {**FOLDER, "city.yaml": FOLDER["city.yaml"].replace("zh: 指挥中心", f"zh: {name}")}


def write(folder: Path, files: dict[str, str]) -> str:
    """Write a city folder; returns the version it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text, "utf-8")
    return version_of(files)
