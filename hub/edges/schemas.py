"""JSON Schemas of what the hub sends, made from the vocabulary. It must never say more or less than the code does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from hub.rulebook.shapes import rule_schemas
from hub.settings import shipped
from hub.vocabulary.changes import Change, ScreenMessage
from hub.vocabulary.messages import Report

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLES = {
    "change": "变更 a record of the Kafka topic `changes`",
    "report": "上报 what a feed's record becomes; tests/samples hold many",
    "frame": "一屏消息 a message of the live channel: a snapshot or a frame",
}
_TYPES: Mapping[str, Any] = {"report": Report, "change": Change, "frame": ScreenMessage}


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write them; run `python -m hub.edges.schemas` after a change of the vocabulary."""
    written = []
    for file, text in generated_schemas().items():
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return tuple(written)


def generated_schemas() -> dict[str, str]:
    """The text of each generated schema by file name."""
    rules = {f"rules/{name}.json": _pretty(schema) for name, schema in rule_schemas().items()}
    return {f"{name}.json": _text(name, type) for name, type in _TYPES.items()} | rules


def _text(name: str, type: Any) -> str:
    schema = msgspec.json.schema(type, ref_template="#/$defs/{name}")
    # OpenAPI's word, unknown to JSON Schema and something else in AsyncAPI; `type` is an enum of one in each branch.
    schema.pop("discriminator", None)
    head = {"$schema": _DIALECT, "$id": f"urn:tongguan:schema:{name}", "title": _TITLES[name]}
    return _pretty(_with_times(head | schema))


def _pretty(document: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _with_times(node: Any, name: str = "") -> Any:
    """The same schema with its times marked as such: msgspec leaves that out where a time may lack its zone."""
    if isinstance(node, dict):
        if node.get("type") == "string" and (name == "at" or name.endswith(("_at", "_since"))):
            return {**node, "format": "date-time"}
        inherited = name if "anyOf" in node else ""
        return {
            key: {field: _with_times(value, field) for field, value in child.items()}
            if key == "properties"
            else _with_times(child, inherited)
            for key, child in node.items()
        }
    if isinstance(node, list):
        return [_with_times(item, name) for item in node]
    return node


if __name__ == "__main__":
    write_schemas(shipped("schemas"))
