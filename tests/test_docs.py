"""What a person has to know is written down: settings with their defaults, topics, commands, and no dead links."""

import re
from pathlib import Path

import pytest

from hub.cli import app
from hub.edges.outbox.topics import TOPICS
from hub.settings import Settings

_ROOT = Path(__file__).parent.parent
_PAGES = sorted([_ROOT / "README.md", _ROOT / "README.zh-CN.md", *(_ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_HOSTS = re.compile(r"(pythonhosted|npmjs|pypi)\.(org|com)|repo1?\.maven|maven\.(org|apache)")


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_every_setting_is_on_the_administrators_page_with_its_default(name: str) -> None:
    page = (_ROOT / "docs/administrator.md").read_text("utf-8")
    row = next((line for line in page.splitlines() if line.startswith(f"| `HUB_{name.upper()}` |")), None)
    assert row is not None
    default = getattr(Settings(), name)
    if default != "":
        assert f"`{default}`" in row


def test_every_topic_is_documented() -> None:
    text = (_ROOT / "schemas/asyncapi.yaml").read_text("utf-8")
    assert [topic for topic in TOPICS if topic not in text] == []


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_every_command_is_in_the_readme(page: str) -> None:
    text = (_ROOT / page).read_text("utf-8")
    names = {command.callback.__name__ for command in app.registered_commands if command.callback is not None}
    assert {name for name in names if f"hub {name}" not in text} == set()


@pytest.mark.parametrize("page", _PAGES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in _LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_no_registry_host_is_named() -> None:
    kinds = {".py", ".md", ".toml", ".json", ".yaml", ".yml", ".sh", ".ts", ".sql", ".npmrc"}
    skipped = {"node_modules", ".venv", ".git", ".hub", "static"}
    named = [
        str(path.relative_to(_ROOT))
        for path in _ROOT.rglob("*")
        if path.suffix in kinds and not skipped & set(path.parts) and path != Path(__file__) and path.is_file()
        if _HOSTS.search(path.read_text("utf-8", "replace"))
    ]
    assert named == []
