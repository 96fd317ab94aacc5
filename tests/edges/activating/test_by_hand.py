"""`hub rules activate | history | diff | rollback` as a rule author types them, one after another on one database."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.edges.clock import utc_now
from hub.edges.store.presence import Presence, renew
from hub.rulebook.read import version_of
from hub.settings import Settings, SettingsError
from tests.edges.activating.towns import renamed, town, write
from tests.rulebook.city_folder import FOLDER

EDITED = renamed("市指挥中心")
USER = "wangfang"
V1, V2 = version_of(FOLDER), version_of(EDITED)


class Shell:
    """A shell in which the hub is set up."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.city_dir()
        names = ("city", "rules_dir", "database_url")
        self._environ = {f"HUB_{name.upper()}": str(getattr(settings, name)) for name in names} | {"LOGNAME": USER}

    async def types(self, *arguments: str, code: int = 0) -> str:
        """All that a command prints."""
        result = await asyncio.to_thread(CliRunner().invoke, app, ("rules", *arguments), env=self._environ)
        if isinstance(result.exception, SettingsError):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    async def history(self) -> list[tuple[int, str, str, str]]:
        """What `history --json` lists, newest first."""
        items = json.loads(await self.types("history", "--json"))["items"]
        return [(item["number"], item["version"], item["how"], item["who"]) for item in items]


@pytest.fixture
def shell(postgres_url: str, tmp_path: Path) -> Shell:
    return Shell(town(tmp_path, postgres_url))


async def test_a_rulebook_is_activated_compared_and_rolled_back_by_hand(
    shell: Shell, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    assert "no rulebook of town was ever active here" in await shell.types("history")
    with pytest.raises(SettingsError, match="--why"):
        await shell.types("activate")
    said = await shell.types("activate", "--why", "第一版", "--by", "王芳")
    assert f"rulebook {V1} is active now (number 1)" in said
    assert "no worker runs" in said
    said = await shell.types("activate", "--why", "再来一次")
    assert f"rulebook {V1} was active already; nothing changed (number 1)" in said
    assert await shell.history() == [(1, V1, "folder", "王芳")]
    with pytest.raises(SettingsError, match="nothing to go back to"):
        await shell.types("rollback", "--why", "回退")

    write(shell.folder, EDITED)
    told = await shell.types("history")
    assert f"the folder {shell.folder} is another, {V2}" in told
    await _compares(shell)
    await _refuses_what_is_broken(shell, tmp_path)

    # A worker that has read it already, as workers do within a second.
    await renew(pool, _worker(V2))
    said = await shell.types("activate", "--why", "改名", "--by", "李强")
    assert "1 of 1 workers decide by it" in said
    await pool.execute("delete from workers")
    await _rolls_back(shell, tmp_path)


async def _compares(shell: Shell) -> None:
    """From what is active to the folder, when nothing is named."""
    said = await shell.types("diff")
    assert "~ bureaus centre  city.yaml:7" in said
    assert "指挥中心 → 市指挥中心" in said
    assert f"from active ({V1})" in said
    assert f"({V2}): 1 changed" in said
    lines = (await shell.types("diff", V1[:6], str(shell.folder), "--text")).splitlines()
    assert any(line.startswith("+") and "市指挥中心" in line for line in lines), lines
    told = json.loads(await shell.types("diff", "--json", str(shell.folder), "active"))
    assert (told["from"], told["to"]) == (V2, V1)
    assert [rule["keys"][0]["after"] for rule in told["rules"]] == ["指挥中心"]
    assert "no rule differs" in await shell.types("diff", "active", V1)
    with pytest.raises(SettingsError, match="nosuch: no folder and no kept rulebook"):
        await shell.types("diff", "nosuch")


async def _refuses_what_is_broken(shell: Shell, tmp_path: Path) -> None:
    """With everything that is wrong, and nothing changes."""
    fusion = {"fusion.yaml": FOLDER["fusion.yaml"].replace("radius_m", "radius_mm")}
    routing = {"routing.yaml": FOLDER["routing.yaml"].replace("lead: centre", "lead: nobody")}
    draft = tmp_path / "broken"
    write(draft, {**EDITED, **fusion, **routing})
    said = await shell.types("activate", str(draft), "--why", "坏的", code=1)
    assert "broken/fusion.yaml:5:" in said
    assert "did you mean `radius_m`?" in said
    assert "broken/routing.yaml:6:" in said
    assert "nothing was activated" in said
    told = json.loads(await shell.types("activate", str(draft), "--why", "坏的", "--json", code=1))
    assert {error["file"] for error in told["errors"]} == {"fusion.yaml", "routing.yaml"}
    assert await shell.history() == [(1, V1, "folder", "王芳")]


async def _rolls_back(shell: Shell, tmp_path: Path) -> None:
    write(tmp_path / "draft", renamed("草稿中心"))
    third = version_of(renamed("草稿中心"))
    await shell.types("activate", str(tmp_path / "draft"), "--why", "试用")
    said = await shell.types("rollback", "--why", "误报太多", "--by", "王芳")
    assert f"rulebook {V2} is active now (number 4)" in said
    await shell.types("rollback", "--why", "回退错了", "--by", "王芳")  # the same again returns to where it was
    await shell.types("rollback", V1[:8], "--why", "回到第一版", "--by", "王芳")
    with pytest.raises(SettingsError, match="no kept rulebook"):
        await shell.types("rollback", "nosuch", "--why", "回退")
    with pytest.raises(SettingsError, match="--why"):
        await shell.types("rollback", V2, "--why", "两\n行")
    assert await shell.history() == [
        (6, V1, "rollback", "王芳"),
        (5, third, "rollback", "王芳"),
        (4, V2, "rollback", "王芳"),
        (3, third, "draft", USER),
        (2, V2, "folder", "李强"),
        (1, V1, "folder", "王芳"),
    ]
    lines = (await shell.types("history", "--limit", "2")).splitlines()
    assert lines[0].startswith(f"*    6  {V1}")
    assert lines[1].strip() == "回到第一版"
    assert lines[2].startswith(f"     5  {third}")


def _worker(version: str) -> Presence:
    """Alive for as long as the test lasts."""
    later = utc_now() + timedelta(hours=1)
    return Presence(id="w1", rulebook_version=version, partitions=3, started_at=later, seen_at=later)
