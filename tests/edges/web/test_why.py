"""`GET /v1/incidents/{id}/why`: the rules tried, by the rulebook that decided, in the language of the reader."""

import asyncio
import uuid
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.edges.web.languages import preferred
from hub.rulebook.read import version_of
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import Web
from tests.rulebook.city_folder import FOLDER


async def incident_of(web: Web, source_id: str) -> str:
    report = (await web.client.get(f"/v1/reports/hotline:{source_id}")).json()
    incident: str = report["incident_id"]
    return incident


async def test_every_rule_tried_and_the_text_to_paste(seeded: Web) -> None:
    incident = await incident_of(seeded, "W-1")
    answer = await seeded.client.get(f"/v1/incidents/{incident}/why")
    told = answer.json()
    assert told["rulebook_version"] == "test"
    assert told["text"].startswith("上报 hotline:W-1，运城市规则版本 test\n【类别】")
    assert "按派遣规则“water”由 water 牵头" in told["text"]
    assert len(told["text"].splitlines()) < 30
    stages = [step["stage"] for step in told["steps"]]
    assert stages == ["classify", "severity", "locate", "fuse", "route", "deadlines", "deadlines"]
    route = told["steps"][4]
    assert route["tried"] == [{"rule": "water", "failed": [], "ground": ""}]
    assert route["why"][0]["en"] == "By route “water”, water leads, assisted by traffic."
    assert "张三" not in answer.text
    assert "13812345678" not in answer.text


@pytest.mark.parametrize(
    ("query", "header", "start"),
    [
        ("", "en-GB,en;q=0.9,zh;q=0.1", "Report hotline:W-1"),
        ("", "zh-CN,en;q=0.9", "上报"),
        ("?language=en", "zh-CN", "Report"),
        ("?language=zh", "en", "上报"),
    ],
)
async def test_the_language_of_the_reader(seeded: Web, query: str, header: str, start: str) -> None:
    incident = await incident_of(seeded, "W-1")
    path = f"/v1/incidents/{incident}/why{query}"
    told = (await seeded.client.get(path, headers={"Accept-Language": header})).json()
    assert told["text"].startswith(start)


def test_an_odd_header_means_chinese() -> None:
    odd = ["", "*", "fr", "en;q=0", "en;q=x", ";;;,,", "en;level=1;q=0.2, zh"]
    assert [preferred(header) for header in odd] == ["zh"] * 7
    assert preferred("fr, en;q=0.1") == "en"


async def test_an_old_decision_is_explained_by_its_own_rulebook(seeded: Web) -> None:
    incident = await incident_of(seeded, "W-1")
    await keep_version(seeded, incident, "old-version", FOLDER)
    told = (await seeded.client.get(f"/v1/incidents/{incident}/why")).json()
    assert told["rulebook_version"] == "old-version"
    assert [step["stage"] for step in told["steps"]][4] == "route"
    # The rules of that folder, not those of the running one.
    assert "severe" not in str(
        (await seeded.client.get(f"/v1/incidents/{await incident_of(seeded, 'W-3')}/why")).json()
    )
    assert "trapped" in str(told["steps"][1])


async def test_who_joins_later_is_told_by_two_rulebooks(
    seeded: Web, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await incident_of(seeded, "W-2")
    await keep_version(seeded, incident, "dispatched-by", FOLDER)
    await keep_version(
        seeded, incident, "joined-by", FOLDER, "update reports set rulebook_version = $1 where incident_id = $2"
    )
    # The folder on disk may be half edited.
    for file, text in (FOLDER | {"severity.yaml": "severity: ["}).items():
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.setenv("HUB_DATABASE_URL", postgres_url)
    arguments = ["rules", "explain", "hotline:W-2", "--city", f"{tmp_path}/"]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert result.exit_code == 0, result
    first, second, *_ = result.stdout.splitlines()
    assert first.endswith("规则版本 joined-by")
    assert second == "所在事件早于此上报，派遣和时限依据规则版本 dispatched-by"


async def test_without_its_rulebook_only_the_reasons_are_told(seeded: Web) -> None:
    incident = await incident_of(seeded, "W-1")
    for texts in (None, {"city.yaml": "code: ["}):
        await keep_version(seeded, incident, f"lost-{texts is None}", texts)
        told = (await seeded.client.get(f"/v1/incidents/{incident}/why")).json()
        assert (told["steps"], told["border"]) == ([], None)
        assert told["text"] == "\n".join(why["zh"] for why in told["why"])


async def test_a_wrong_language_is_named(seeded: Web) -> None:
    incident = await incident_of(seeded, "W-1")
    document = problem_of(await seeded.client.get(f"/v1/incidents/{incident}/why?language=fr"), "bad-parameter")
    assert [error["field"] for error in document["errors"]] == ["language"]


async def test_the_command_explains_a_stored_report(
    seeded: Web, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await incident_of(seeded, "W-2")
    await keep_version(seeded, incident, version_of(FOLDER), FOLDER)
    for file, text in FOLDER.items():
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.setenv("HUB_DATABASE_URL", postgres_url)
    arguments = ["rules", "explain", "hotline:W-2", "--city", f"{tmp_path}/"]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert result.exit_code == 0, result
    assert result.stdout.startswith(f"上报 hotline:W-2，运城市规则版本 {version_of(FOLDER)}\n")
    assert "并入事件" in result.stdout
    result = await asyncio.to_thread(CliRunner().invoke, app, [*arguments[:2], "hotline:none", *arguments[3:]])
    assert (result.exit_code, result.stdout) == (1, "没有编号为 hotline:none 的上报或退回件\n\n")


async def test_the_command_tells_of_a_reject_and_how_to_send_it_round_again(
    seeded: Web, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", postgres_url)
    raw_id = uuid.uuid4()
    await seeded.pool.execute(
        "insert into rejects (raw_id, part, feed, reason, field, message, source_id, rejected_at)"
        " values ($1, 0, 'hotline', 'coordinates_swapped', '$.longitude', 'in the other order', 'W-lost', now())",
        raw_id,
    )

    async def explained(*arguments: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["rules", "explain", *arguments])
        return result.exit_code, result.stdout

    code, said = await explained("hotline:W-lost")
    assert code == 1
    assert said.startswith("hotline:W-lost 是退回件，不是上报（")
    assert "  原因：coordinates_swapped\n  字段：$.longitude\n  说明：in the other order\n" in said
    assert f"POST /v1/rejects/{raw_id}/replay" in said
    code, said = await explained(str(raw_id), "--language", "en")
    assert (code, "  reason: coordinates_swapped\n" in said) == (1, True)
    code, said = await explained("hotline:W-lost", "--json")
    told = msgspec.json.decode(said)
    assert (code, told["report"], told["rejects"][0]["raw_id"]) == (1, None, str(raw_id))


async def test_the_command_and_the_address_say_it_in_the_same_words(
    seeded: Web, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await incident_of(seeded, "W-1")
    await keep_version(seeded, incident, version_of(FOLDER), FOLDER)
    for file, text in FOLDER.items():
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.setenv("HUB_DATABASE_URL", postgres_url)
    arguments = ["rules", "explain", "hotline:W-1", "--city", f"{tmp_path}/", "--json"]
    mine = msgspec.json.decode((await asyncio.to_thread(CliRunner().invoke, app, arguments)).stdout)
    told = (await seeded.client.get(f"/v1/incidents/{incident}/why")).json()
    assert [step.keys() for step in mine["steps"]] == [step.keys() for step in told["steps"]]
    assert [step["tried"] for step in mine["steps"]] == [step["tried"] for step in told["steps"]]


ALL_OF_IT = (
    "with i as (update incidents set rulebook_version = $1 where id = $2),"
    " r as (update reports set rulebook_version = $1 where incident_id = $2)"
    " update timeline set rulebook_version = $1 where incident_id = $2"
)


async def keep_version(
    web: Web, incident: str, version: str, texts: dict[str, str] | None, what: str = ALL_OF_IT
) -> None:
    """As if a rulebook of that version had decided; its texts kept, unless there are none."""
    await web.pool.execute(what, version, incident)
    if texts is not None:
        await web.pool.execute(
            "insert into rulebooks (version, city, files, loaded_at) values ($1, 'yuncheng', $2, now())",
            version,
            msgspec.json.encode(texts),
        )
