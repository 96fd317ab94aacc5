"""The schemas of the traffic, emergency and open311 feeds: valid, bilingual, and true to what the room reads."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hub.stages.normalise.decode import Item, decode_items
from tests.stages.normalise.messages import raw_of, read, source_of

ROOT = Path(__file__).parents[3]
FEEDS = ("traffic", "emergency", "open311")
CHINESE, ENGLISH = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")


def schema_of(feed: str) -> dict[str, Any]:
    return json.loads((ROOT / "schemas" / f"feed.{feed}.json").read_text("utf-8"))


def validator_of(feed: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema_of(feed))


@pytest.mark.parametrize("feed", FEEDS)
def test_a_schema_is_valid_and_speaks_both_languages(feed: str) -> None:
    schema = schema_of(feed)
    jsonschema.Draft202012Validator.check_schema(schema)
    for part in (schema, *schema["$defs"].values()):
        assert CHINESE.search(part["title"]), part["title"]
        assert ENGLISH.search(part["title"]), part["title"]


@pytest.mark.parametrize("feed", FEEDS)
def test_the_examples_of_a_schema_keep_to_it(feed: str) -> None:
    schema = schema_of(feed)
    for name, part in schema["$defs"].items():
        for example in part.get("examples", ()):
            jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}).validate(example)


PAYLOADS = [path for feed in FEEDS for path in sorted((ROOT / "tests/samples" / feed).glob("*.payload.[jc]s*"))]


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_what_is_understood_keeps_to_its_schema(path: Path) -> None:
    feed = path.parent.name
    content_type = "text/csv" if path.suffix == ".csv" else "application/json"
    items = decode_items(raw_of(feed, path.read_bytes(), content_type), source_of(feed))
    understood = 0
    for item in items:
        if isinstance(item, Item) and all(hasattr(record, "title") for record in read(feed, item.value)):
            validator_of(feed).validate(item.value)
            understood += 1
    # A collection with one wrong feature is not understood whole; every other sample has records that are.
    assert understood or len(items) == 1


@pytest.mark.parametrize(
    ("feed", "record"),
    [
        ("traffic", {"kind": "accident"}),
        ("traffic", {"id": "1"}),
        ("traffic", {"id": "1", "kind": "jam"}),
        ("traffic", {"id": "1", "kind": "accident", "occurred_at": []}),
        ("emergency", {"id": "1"}),
        ("emergency", {"title": "大风"}),
        ("emergency", {"id": "1", "title": "大风", "outline": [[1]]}),
        ("open311", {"service_request_id": "1", "service_name": "x"}),
        ("open311", {"case_enquiry_id": "1", "open_dt": "2026-01-01"}),
        ("open311", {"requested_datetime": "2026-01-01", "service_name": "x"}),
    ],
)
def test_what_a_schema_refuses_the_room_refuses(feed: str, record: dict[str, Any]) -> None:
    assert not validator_of(feed).is_valid(record)
    assert all(hasattr(found, "reason") for found in read(feed, record))


BLOCKS = [
    (feed, kind, text)
    for feed in FEEDS
    for kind, text in re.findall(
        r"^```(json|xml|csv)\n(.*?)^```$", (ROOT / f"docs/feeds/{feed}.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
]


@pytest.mark.parametrize(("feed", "kind", "text"), BLOCKS)
def test_the_examples_of_a_page_become_reports(feed: str, kind: str, text: str) -> None:
    content_type = {"json": "application/json", "xml": "application/xml", "csv": "text/csv"}[kind]
    found = read(feed, text.encode(), content_type)
    assert all(hasattr(record, "title") for record in found), found


@pytest.mark.parametrize("feed", FEEDS)
def test_a_page_names_every_field_of_its_schema(feed: str) -> None:
    page = (ROOT / f"docs/feeds/{feed}.md").read_text("utf-8")
    defs = schema_of(feed)["$defs"]
    first_names = {
        reference["$ref"].rpartition("/")[2] for reference in defs.get("event", {}).get("properties", {}).values()
    }
    names = (
        first_names
        | set(defs.get("request", {}).get("properties", ()))
        | set(defs.get("row", {}).get("properties", ()))
    )
    assert not [name for name in names if f"`{name}`" not in page]
