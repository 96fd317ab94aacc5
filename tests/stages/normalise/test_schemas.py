"""The schemas say what the readers read: the same names, and nothing undescribed."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hub.stages.normalise import codes, fields, grid

ROOT = Path(__file__).parents[3]
FEEDS = ("hotline", "grid", "medical", "city", "video")
#: What the readers of a feed take from the modules they share.
SHARED: dict[str, tuple[Any, ...]] = {
    "hotline": (fields.LONGITUDE, fields.LATITUDE, fields.SYSTEM, ("severity",)),
    "grid": (fields.LONGITUDE, fields.LATITUDE, fields.SYSTEM, ("severity", "等级", "级别"), codes),
    "city": (fields.LONGITUDE, fields.LATITUDE, fields.SYSTEM, ("severity", "等级", "级别"), codes, grid.GRID_CODE),
    "medical": (fields.SYSTEM,),
    "video": (fields.LONGITUDE, fields.LATITUDE, fields.SYSTEM, ("severity", "等级", "级别")),
}
NOT_NAMES = {"EVENTS", "CLASSES", "_CSV_HEADERS"}


def schema(feed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"schemas/feed.{feed}.json").read_text("utf-8"))
    return found


def names_in(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    return {name for part in value for name in names_in(part)} if isinstance(value, tuple) else set()


def names_of(module: object) -> set[str]:
    constants = {key: value for key, value in vars(module).items() if key.isupper() and key not in NOT_NAMES}
    return {name for value in constants.values() if isinstance(value, tuple) for name in names_in(value)}


@pytest.mark.parametrize("feed", FEEDS)
def test_schema_names_what_the_reader_reads(feed: str) -> None:
    read = names_of(importlib.import_module(f"hub.stages.normalise.{feed}"))
    for shared in SHARED[feed]:
        read |= names_in(shared) if isinstance(shared, tuple) else names_of(shared)
    assert set(schema(feed)["$defs"]["record"]["properties"]) == read


@pytest.mark.parametrize("feed", FEEDS)
def test_schema_is_one_and_speaks_both_languages(feed: str) -> None:
    found = schema(feed)
    jsonschema.Draft202012Validator.check_schema(found)
    for name, part in found["$defs"].items():
        for key in ("title", "description"):
            assert re.search("[一-鿿]", part[key]), (feed, name, key)
            assert re.search("[A-Za-z]{3}", part[key]), (feed, name, key)


@pytest.mark.parametrize("feed", FEEDS)
def test_the_page_of_a_feed_tells_of_every_field(feed: str) -> None:
    page = (ROOT / f"docs/feeds/{feed}.md").read_text("utf-8")
    described = set(re.findall(r"^\| `([a-z_]+)` ", page, re.MULTILINE))
    assert described == set(schema(feed)["$defs"]) - {"record"}
    for name in schema(feed)["$defs"]["record"]["properties"]:
        assert f"`{name}`" in page, name
