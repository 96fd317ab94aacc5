"""What `hub up` does with an edited city folder: it takes it when the folder decided so far, and otherwise says so."""

import shutil
from pathlib import Path

import asyncpg
import pytest

from hub.edges.activating.by_hand import activate_folder, folder_texts, roll_back
from hub.edges.activating.starting import ready_rules
from hub.edges.clock import utc_now
from hub.edges.rules import RulebookError
from hub.edges.store.activations import Activations
from hub.settings import Settings, SettingsError
from hub.vocabulary.activations import Activation, How
from tests.edges.activating.towns import renamed, town, write
from tests.rulebook.city_folder import FOLDER, broken


class Starts:
    """A hub that is started again and again on one database."""

    def __init__(self, pool: asyncpg.Pool, settings: Settings) -> None:
        self.pool, self.settings, self.folder = pool, settings, settings.city_dir()

    async def start(self) -> str:
        """What a start says of its rulebook."""
        said: list[str] = []
        await ready_rules(self.pool, self.settings, said.append)
        return "\n".join(said)

    async def active(self) -> Activation:
        found = await Activations(self.pool).active(self.settings.city)
        assert found is not None
        return found


@pytest.fixture
def hub(pool: asyncpg.Pool, postgres_url: str, tmp_path: Path) -> Starts:
    return Starts(pool, town(tmp_path, postgres_url))


async def test_the_first_start_activates_and_an_edit_is_taken_at_the_next(hub: Starts) -> None:
    first = write(hub.folder, FOLDER)
    assert await hub.start() == f"rulebook {first} of {hub.folder} is active"
    began = await hub.active()
    assert (began.number, began.version, began.how) == (1, first, How.FIRST)
    assert await hub.start() == f"rulebook {first} of {hub.folder} is active"
    assert await hub.active() == began
    for number, name in ((2, "市指挥中心"), (3, "总指挥中心")):
        before, edited = await hub.active(), write(hub.folder, renamed(name))
        said = await hub.start()
        assert f"was edited: rulebook {edited} is active now, instead of {before.version}" in said
        assert "hub rules rollback" in said
        now = await hub.active()
        assert (now.number, now.version, now.how) == (number, edited, How.FOLDER)


async def test_a_broken_or_lost_folder_stops_no_restart_but_a_first_start(hub: Starts) -> None:
    wrong = broken("fusion.yaml", "radius_m", "radius_mm")
    write(hub.folder, wrong)
    with pytest.raises(RulebookError, match=r"fusion\.yaml:5"):
        await hub.start()
    assert await hub.pool.fetchval("select count(*) from activations") == 0
    write(hub.folder, FOLDER)
    await hub.start()
    began = await hub.active()
    write(hub.folder, wrong)
    said = await hub.start()
    assert f"rulebook {began.version} stays active: {hub.folder} has 2 errors" in said
    assert "fusion.yaml:5" in said
    shutil.rmtree(hub.folder)
    assert f"rulebook {began.version} stays active" in await hub.start()
    assert await hub.active() == began


async def test_half_an_edit_that_can_be_read_is_not_taken_by_a_restart(hub: Starts) -> None:
    write(hub.folder, FOLDER)
    await hub.start()
    began = await hub.active()
    # It hides every route behind it, which `hub rules check` refuses.
    write(hub.folder, broken("routing.yaml", "routes:", "routes:\n  - {id: everything, why: 未写完, lead: water}"))
    said = await hub.start()
    assert f"rulebook {began.version} stays active: {hub.folder} was edited and has" in said
    assert "routing.yaml:" in said
    assert await hub.active() == began


async def test_a_restart_takes_no_other_city_and_no_cases_that_are_no_text(hub: Starts) -> None:
    write(hub.folder, FOLDER)
    await hub.start()
    began = await hub.active()
    write(hub.folder, broken("city.yaml", "code: 140800", "code: 149900"))
    said = await hub.start()
    assert f"rulebook {began.version} stays active" in said
    assert "149900" in said
    write(hub.folder, renamed("市指挥中心"))
    (hub.folder / "cases").mkdir(exist_ok=True)
    (hub.folder / "cases" / "a.yaml").write_bytes(b"\xff\xfe\x00")
    assert f"rulebook {began.version} stays active" in await hub.start()
    assert await hub.active() == began


async def test_after_a_draft_or_a_rollback_what_is_active_stays(hub: Starts, tmp_path: Path) -> None:
    await hub.start()
    write(tmp_path / "draft", renamed("草稿中心"))
    texts = folder_texts(tmp_path / "draft")
    draft = await activate_folder(hub.settings, texts, How.DRAFT, who="王芳", why="试用", today=utc_now().date())
    for _ in range(2):  # the untouched folder, and an edited one
        said = await hub.start()
        assert f"rulebook {draft.activation.version} stays active, by 王芳: 试用" in said
        assert "hub rules diff" in said
        assert await hub.active() == draft.activation
        edited = write(hub.folder, renamed("市指挥中心"))
    back = await roll_back(hub.settings, None, who="李强", why="误报太多")
    said = await hub.start()
    assert f"rulebook {back.activation.version} stays active, by 李强: 误报太多" in said
    assert f"{hub.folder} is another, {edited}" in said
    assert await hub.active() == back.activation


async def test_what_this_hub_cannot_read_gives_way_to_the_folder_if_that_can_be_read(hub: Starts) -> None:
    await hub.start()
    files = broken("routing.yaml", "routes:", "routes_of_a_later_hub:")
    unreadable = write(hub.folder.parent / "later", files)
    activations = Activations(hub.pool)
    await activations.keep(unreadable, "140800", files)
    await activations.activate("town", unreadable, who="later", why="a later hub", how=How.DRAFT)
    write(hub.folder, broken("fusion.yaml", "radius_m", "radius_mm"))
    with pytest.raises(SettingsError, match=r"cannot be read by this version(.|\n)*fusion\.yaml:5"):
        await hub.start()
    version = write(hub.folder, FOLDER)
    await hub.start()
    now = await hub.active()
    assert (now.number, now.version, now.how) == (3, version, How.FOLDER)
