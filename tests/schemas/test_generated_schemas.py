"""The generated schemas are those of the code, accept what the code sends, and the AsyncAPI page names what exists."""

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from hub.edges.outbox.topics import TOPICS
from hub.edges.schemas import generated_schemas, write_schemas
from hub.edges.wall.gate import LIVE_PATH
from hub.settings import shipped
from hub.vocabulary.terms import IncidentStatus
from tests.edges.wall.cards import NOW, board, card, change

SCHEMAS = shipped("schemas")


def schema(name: str) -> Draft202012Validator:
    document = msgspec.json.decode((SCHEMAS / name).read_bytes())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def asyncapi() -> Any:
    return YAML(typ="safe").load((SCHEMAS / "asyncapi.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(generated_schemas()))
def test_the_written_schema_is_the_one_of_the_code(name: str) -> None:
    message = "run hub.edges.schemas.write_schemas on the folder schemas/"
    assert (SCHEMAS / name).read_text("utf-8") == generated_schemas()[name], message


def test_writing_writes_them_all(tmp_path: Path) -> None:
    names = {str(path.relative_to(tmp_path)) for path in write_schemas(tmp_path)}
    assert {"change.json", "frame.json", "report.json", "rules/routing.json", "rules/cases.json"} <= names
    assert (tmp_path / "frame.json").read_text("utf-8") == generated_schemas()["frame.json"]


def test_they_accept_what_is_sent_and_nothing_else() -> None:
    b = board()
    b.take(card("A", district=None))
    b.take(card("B", status=IncidentStatus.CLOSED))
    snapshot, frame = b.snapshot(NOW), b.frame(NOW)
    for name, message in (
        ("change.json", change(card())),
        ("frame.json", snapshot),
        ("frame.json", frame),
    ):
        sent = msgspec.json.decode(msgspec.json.encode(message))
        schema(name).validate(sent)
        for key in sent:
            broken = copy.deepcopy(sent)
            del broken[key]
            assert not schema(name).is_valid(broken), key


def test_times_are_marked() -> None:
    text = (SCHEMAS / "frame.json").read_text("utf-8")
    defs = msgspec.json.decode(text)["$defs"]
    assert defs["Card"]["properties"]["opened_at"]["format"] == "date-time"
    assert defs["Card"]["properties"]["due_at"]["anyOf"][0]["format"] == "date-time"
    assert defs["Health"]["properties"]["broker_down_since"]["anyOf"][0]["format"] == "date-time"
    assert "format" not in defs["Card"]["properties"]["title"]


def test_asyncapi_has_every_topic_and_the_live_channel() -> None:
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {*TOPICS, LIVE_PATH}
    told = {operation["channel"]["$ref"] for operation in document["operations"].values()}
    assert told == {f"#/channels/{name}" for name in document["channels"]}
    sent = {o["channel"]["$ref"] for o in document["operations"].values() if o["action"] == "send"}
    assert sent == {"#/channels/changes", "#/channels/live"}


def test_asyncapi_refers_to_nothing_that_is_not_there() -> None:
    document = asyncapi()
    seen = 0
    for reference in _references(document):
        seen += 1
        if reference.startswith("./"):
            assert (SCHEMAS / reference).is_file(), reference
            continue
        node = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]
    assert seen > 30
    assert "discriminator" not in msgspec.json.decode((SCHEMAS / "frame.json").read_bytes()), (
        "AsyncAPI means another thing"
    )


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        here = [node["$ref"]] if "$ref" in node else []
        return here + [reference for child in node.values() for reference in _references(child)]
    if isinstance(node, list):
        return [reference for child in node for reference in _references(child)]
    return []
