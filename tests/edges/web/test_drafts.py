"""`/v1/rules/drafts`: written by several hands, checked, tested, exported, and never overwritten unseen."""

import io
import uuid
import zipfile
from pathlib import Path

import httpx
import msgspec
import pytest

from hub.edges.authoring.testing import case_texts
from hub.edges.authoring.workshop import rules_of
from hub.edges.rules import city_texts
from hub.rulebook.read import version_of
from hub.settings import Settings
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import MakeWeb, Web
from tests.edges.web.rule_authors import build_authors

_FOLDER = Settings(city="yuncheng").city_dir()
_NOWHERE = f"/v1/rules/drafts/{uuid.UUID(int=1)}"


async def opened(web: Web, title: str = "燃气改由消防牵头") -> str:
    """A new draft; its path."""
    answer = await web.client.post("/v1/rules/drafts", json={"title": title, "by": "李科长"})
    assert answer.status_code == 201, answer.text
    return f"/v1/rules/drafts/{answer.json()['id']}"


async def text_of(web: Web, draft: str, file: str) -> str:
    """A file of a draft."""
    answer = await web.client.get("/v1/rules/file", params={"file": file, "draft": draft.rsplit("/", 1)[1]})
    text: str = answer.json()["text"]
    return text


async def save(
    web: Web,
    draft: str,
    file: str,
    text: str | None,
    revision: int = 0,
    by: str = "李科长",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Save a file of a draft."""
    body = {"text": text, "revision": revision, "by": by}
    return await web.client.put(f"{draft}/file", params={"file": file}, json=body, headers=headers)


async def test_a_draft_begins_as_the_active_rulebook_with_its_cases(authors: Web) -> None:
    draft = await opened(authors)
    told = (await authors.client.get(draft)).json()
    assert {file["file"] for file in told["files"]} == {*city_texts(_FOLDER), *case_texts(_FOLDER)[0]}
    assert told["base_version"] == told["active_version"] == version_of(city_texts(_FOLDER))
    assert (told["opened_by"], told["changed_files"], told["changed_by"]) == ("李科长", 0, None)
    listed = (await authors.client.get("/v1/rules/drafts")).json()["items"]
    assert [item["id"] for item in listed] == [told["id"]]


async def test_what_is_saved_is_kept_with_who_and_when(authors: Web) -> None:
    draft = await opened(authors)
    before = await text_of(authors, draft, "routing.yaml")
    saved = await save(authors, draft, "routing.yaml", before + "\n# 说明\n")
    assert saved.json() == {"file": "routing.yaml", "revision": 1}
    # Another server on the same database, as after a crash.
    again = await build_authors(authors.pool)
    assert (await text_of(again, draft, "routing.yaml")).endswith("# 说明\n")
    told = (await again.client.get(draft)).json()
    changed = [file for file in told["files"] if file["changed"]]
    assert [(file["file"], file["revision"], file["changed_by"]) for file in changed] == [("routing.yaml", 1, "李科长")]
    assert (told["changed_files"], told["changed_by"]) == (1, "李科长")
    await again.client.aclose()


async def test_nobody_overwrites_what_they_have_not_seen(authors: Web) -> None:
    draft = await opened(authors)
    assert (await save(authors, draft, "fusion.yaml", "a: 1\n", 0, "甲")).status_code == 200
    refused = await save(authors, draft, "fusion.yaml", "b: 2\n", 0, "乙")
    assert "甲" in problem_of(refused, "changed-meanwhile")["detail"]
    assert await text_of(authors, draft, "fusion.yaml") == "a: 1\n"
    # The same text again is no conflict: an answer was lost and the page tries again.
    assert (await save(authors, draft, "fusion.yaml", "a: 1\n", 0, "甲")).json()["revision"] == 1
    # Another file is nobody's conflict, and who has seen the text may replace it.
    assert (await save(authors, draft, "severity.yaml", "c: 3\n", 0, "乙")).status_code == 200
    assert (await save(authors, draft, "fusion.yaml", "b: 2\n", 1, "乙")).json()["revision"] == 2


async def test_files_are_added_and_taken_away(authors: Web) -> None:
    draft = await opened(authors)
    assert (await save(authors, draft, "cases/mine.yaml", "cases: []\n")).json()["revision"] == 1
    problem_of(await save(authors, draft, "cases/mine.yaml", "cases: [x]\n"), "changed-meanwhile")
    assert (await save(authors, draft, "cases/mine.yaml", None, 1)).json()["revision"] == 2
    exported = await authors.client.get(f"{draft}/export")
    assert "cases/mine.yaml" not in zipfile.ZipFile(io.BytesIO(exported.content)).namelist()
    for name in ("../city.yaml", "/etc/x.yaml", "cases/a/b.yaml", "routing.txt", "duties/source.json", "", "x" * 400):
        problem_of(await save(authors, draft, name, ""), "bad-parameter")


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_what_is_no_text_is_refused(authors: Web, text: str) -> None:
    draft = await opened(authors)
    body = msgspec.json.encode({"revision": 0, "by": "", "text": "X"}).replace(b"X", repr(text)[1:-1].encode())
    body = body.replace(rb"\x00", rb"\u0000")
    headers = {"content-type": "application/json"}
    answer = await authors.client.put(f"{draft}/file?file=city.yaml", content=body, headers=headers)
    assert answer.status_code == 400, answer.text


async def test_a_check_finds_what_the_command_finds_at_its_place(authors: Web) -> None:
    draft = await opened(authors)
    clean = (await authors.client.post(f"{draft}/check")).json()
    assert (clean["findings"], clean["version"]) == ([], version_of(city_texts(_FOLDER)))
    text = await text_of(authors, draft, "routing.yaml")
    await save(authors, draft, "routing.yaml", text.replace("lead: heat-gas-centre", "lead: heat-gas-center", 1))
    (finding,) = (await authors.client.post(f"{draft}/check")).json()["findings"]
    line = text[: text.index("heat-gas-centre")].count("\n") + 1
    assert (finding["file"], finding["line"]) == ("routing.yaml", line)
    assert "did you mean `heat-gas-centre`?" in finding["message"]
    assert "^~~~" in finding["told"]
    problem = problem_of(await authors.client.post(f"{draft}/cases"), "rules-have-errors")
    assert problem["errors"][0]["field"] == f"routing.yaml:{line}:{finding['column']}"
    tried = {"feed": "hotline", "title": "燃气泄漏", "draft": draft.rsplit("/", 1)[1]}
    problem_of(await authors.client.post("/v1/rules/try", json=tried), "rules-have-errors")
    # The tree shows what can be read of it all the same.
    rules = (await authors.client.get("/v1/rules", params={"draft": tried["draft"], "q": "gas-danger"})).json()
    assert rules["total"] >= 1


async def test_cases_tell_what_differs_and_what_no_case_touches(authors: Web) -> None:
    draft = await opened(authors)
    tested = (await authors.client.post(f"{draft}/cases")).json()
    assert tested["failed"] == 0
    assert len(tested["cases"]) > 20
    assert tested["untouched"]
    text = await text_of(authors, draft, "routing.yaml")
    await save(authors, draft, "routing.yaml", text.replace("lead: heat-gas-centre", "lead: police", 1))
    tested = (await authors.client.post(f"{draft}/cases")).json()
    differences = [difference for case in tested["cases"] for difference in case["differences"]]
    assert tested["failed"] >= 1
    assert {"heat-gas-centre", "police"} in [{d["expected"], d["got"]} for d in differences]
    # The draft is tried by its own rules.
    tried = {"feed": "hotline", "title": "燃气泄漏", "district": "140802", "draft": draft.rsplit("/", 1)[1]}
    incident = (await authors.client.post("/v1/rules/try", json=tried)).json()["incident"]
    assert incident["tasks"][0]["bureau"] == "police"


async def test_changes_are_told_and_the_folder_is_exported(authors: Web, tmp_path: Path) -> None:
    draft = await opened(authors)
    text = await text_of(authors, draft, "routing.yaml")
    await save(authors, draft, "routing.yaml", text.replace("lead: heat-gas-centre", "lead: police", 1))
    (change,) = (await authors.client.get(f"{draft}/changes")).json()["files"]
    assert (change["file"], change["added"], change["removed"]) == ("routing.yaml", 1, 1)
    assert "-    lead: heat-gas-centre\n+    lead: police" in change["diff"]
    exported = await authors.client.get(f"{draft}/export")
    assert exported.headers["content-type"] == "application/zip"
    zipfile.ZipFile(io.BytesIO(exported.content)).extractall(tmp_path)
    checked = (await authors.client.post(f"{draft}/check")).json()
    assert version_of(rules_of(city_texts(tmp_path))) == checked["version"] != version_of(city_texts(_FOLDER))


async def test_a_draft_that_was_thrown_away_is_gone(authors: Web) -> None:
    draft = await opened(authors)
    assert (await authors.client.delete(draft)).status_code == 204
    for path in (draft, f"{draft}/changes", f"{draft}/export"):
        problem_of(await authors.client.get(path), "not-found")
    problem_of(await save(authors, draft, "city.yaml", ""), "not-found")
    problem_of(await authors.client.delete(draft), "not-found")
    problem_of(await authors.client.post(f"{_NOWHERE}/check"), "not-found")


async def test_there_is_an_end_to_drafts(authors: Web) -> None:
    for _ in range(50):
        await opened(authors)
    problem_of(await authors.client.post("/v1/rules/drafts", json={"title": "one more"}), "too-many-drafts")
    problem_of(await authors.client.post("/v1/rules/drafts", json={"title": "  "}), "bad-parameter")


async def test_a_draft_becomes_active_as_it_was_looked_at(authors: Web) -> None:
    draft = await opened(authors)
    before = version_of(city_texts(_FOLDER))
    text = await text_of(authors, draft, "routing.yaml")
    await save(authors, draft, "routing.yaml", text + "# 一\n")
    await save(authors, draft, "cases/mine.yaml", "cases: []\n")
    looked_at = (await authors.client.post(f"{draft}/check")).json()["version"]
    asked = {"why": "按三号文", "by": "李科长", "version": looked_at, "instead_of": before}

    await save(authors, draft, "routing.yaml", text + "# 二\n", 1)
    problem_of(await authors.client.post(f"{draft}/activate", json=asked), "changed-meanwhile")
    await save(authors, draft, "routing.yaml", text + "# 一\n", 2)
    problem_of(
        await authors.client.post(f"{draft}/activate", json=asked | {"instead_of": "other"}), "changed-meanwhile"
    )
    problem_of(await authors.client.post(f"{draft}/activate", json=asked | {"why": " "}), "bad-parameter")
    assert (await authors.client.get("/v1/rules")).json()["version"] == before

    done = (await authors.client.post(f"{draft}/activate", json=asked)).json()
    assert (done["changed"], done["activation"]["version"], done["activation"]["why"]) == (True, looked_at, "按三号文")
    assert (await authors.client.get("/v1/rules")).json()["version"] == looked_at
    tried = await authors.client.post("/v1/rules/try", json={"feed": "hotline", "title": "水管爆裂"})
    assert tried.json()["rulebook_version"] == looked_at
    told = (await authors.client.get(draft)).json()
    assert (told["base_version"], told["active_version"], told["changed_files"]) == (looked_at, looked_at, 0)
    assert told["activated_at"] is not None
    # Asked again, as after an answer that was lost, it changes nothing.
    assert (await authors.client.post(f"{draft}/activate", json=asked)).json()["changed"] is False
    assert await authors.pool.fetchval("select count(*) from activations") == 2
    # The next draft goes on from there, with the cases that were written along.
    following = (await authors.client.get(await opened(authors, "下一份"))).json()
    assert following["base_version"] == looked_at
    assert "cases/mine.yaml" in {file["file"] for file in following["files"]}


async def test_a_draft_whose_cases_fail_does_not_become_active(authors: Web) -> None:
    draft = await opened(authors)
    before = version_of(city_texts(_FOLDER))
    text = await text_of(authors, draft, "routing.yaml")
    await save(authors, draft, "routing.yaml", text.replace("lead: heat-gas-centre", "lead: police", 1))
    version = (await authors.client.post(f"{draft}/check")).json()["version"]
    changes = (await authors.client.get(f"{draft}/changes", params={"against": "active"})).json()["files"]
    assert [change["file"] for change in changes] == ["routing.yaml"]
    asked = {"why": "试", "version": version, "instead_of": before}
    refused = problem_of(await authors.client.post(f"{draft}/activate", json=asked), "rules-have-errors")
    assert any(finding["file"].startswith("cases/") for finding in refused["findings"])
    assert (await authors.client.get("/v1/rules")).json()["version"] == before


async def test_keys_say_who_may_read_and_who_may_write(make_web: MakeWeb, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("read:wall:read-key-0123456789abc\nrules:li:rules-key-0123456789ab\n", "utf-8")
    web = make_web(api_keys_file=str(keys))
    reader, author = {"x-api-key": "read-key-0123456789abc"}, {"x-api-key": "rules-key-0123456789ab"}
    for headers in (reader, author):
        assert (await web.client.get("/v1/rules/drafts", headers=headers)).status_code == 200
    problem_of(await web.client.get("/v1/rules/drafts"), "key-missing")
    asked = {"why": "x", "version": "x", "instead_of": "x"}
    for headers, name in ((reader, "key-not-allowed"), (author, "not-found")):
        problem_of(await web.client.delete(_NOWHERE, headers=headers), name)
        problem_of(await save(web, _NOWHERE, "city.yaml", "", headers=headers), name)
        problem_of(await web.client.post(f"{_NOWHERE}/activate", json=asked, headers=headers), name)
