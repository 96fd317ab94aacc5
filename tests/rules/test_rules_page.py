"""The rule author's page names every key, and its examples are keys that exist."""

import re
from pathlib import Path

from hub.rulebook import read_calendar, read_categories, read_city, read_rules
from hub.rulebook.read import FILES
from hub.settings import shipped

PAGE = (shipped("rules").parent / "docs" / "rules.md").read_text(encoding="utf-8")
WORD = re.compile(r"[a-z][a-z_]+")


def keys_in_code() -> set[str]:
    """Every word written as a field name in the readers."""
    readers = (read_city, read_categories, read_rules, read_calendar)
    texts = [Path(str(reader.__file__)).read_text(encoding="utf-8") for reader in readers]
    return {key for text in texts for key in re.findall(r'(?:fields|duty)(?:\.get\(|\[)"([a-z_]+)"', text)}


def test_every_file_and_key_is_on_the_page() -> None:
    missing = [file for file in FILES if f"`{file}`" not in PAGE]
    assert not missing
    keys = {key for key in keys_in_code() if WORD.fullmatch(key)}
    assert len(keys) > 35
    assert not sorted(key for key in keys if not re.search(rf"\b{key}\b", PAGE))
