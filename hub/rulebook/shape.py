"""The pieces that the JSON Schemas of the rule files are made of. They must never refuse what the reader takes."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any

from hub.rulebook.read_city import KEY
from hub.vocabulary.terms import CategoryKind, Feed, Severity

Shape = dict[str, Any]


def object_shape(about: str, required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """A mapping with these keys and no others."""
    return {
        "type": "object",
        "description": about,
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def map_shape(about: str, value: Shape) -> Shape:
    """A mapping whose keys the author chooses."""
    key = {"pattern": f"^{KEY.pattern}$"}
    return {"type": "object", "description": about, "propertyNames": key, "additionalProperties": value}


def list_shape(about: str, item: Shape, least: int = 0) -> Shape:
    """A list of so many at least."""
    return {"type": "array", "description": about, "items": item, **({"minItems": least} if least else {})}


def number_shape(about: str, low: float, high: float) -> Shape:
    """A number between two limits, both allowed."""
    return {"type": "number", "description": about, "minimum": low, "maximum": high}


def words_shape(about: str, words: type[StrEnum] | type[IntEnum]) -> Shape:
    """One of the words of an enum."""
    values = [word.name for word in words] if issubclass(words, IntEnum) else [word.value for word in words]
    return {"description": about, "enum": values}


def text_shape(about: str) -> Shape:
    """Editors read 0501 or 140802 as a number, where the hub reads the text as it is written."""
    return {"type": ["string", "number", "boolean"], "description": about}


def refers_shape(about: str) -> Shape:
    """A list of keys of things defined elsewhere."""
    return list_shape(f"{about}; without it, all", text_shape(""), 1)


ID = text_shape("编号 stored with each decision; letters, digits, - _ .")
WHY = text_shape("依据 why this rule is as it is; shown with each decision")
NAME = object_shape("名称 in both languages", {"zh": text_shape("中文"), "en": text_shape("English")})
SEVERITY = words_shape("等级 I worst, IV mildest", Severity)
AT_LEAST = words_shape("等级 this severe or worse", Severity)
FEED = words_shape("来源渠道", Feed)
KIND = words_shape("部件 component, 事件 event, 服务 service", CategoryKind)
POINT = {**list_shape("[longitude, latitude] in CGCS2000", {"type": "number"}, 2), "maxItems": 2}
ZONE = text_shape("IANA time zone, such as Asia/Shanghai")
CATEGORIES = refers_shape("类别 keys of categories.yaml")
FAMILIES = refers_shape("族 families of categories.yaml")
DISTRICTS = refers_shape("区县 codes of city.yaml")
FEEDS = list_shape("来源渠道; without it, all", FEED)
BUREAU = text_shape("承办单位 id of city.yaml, or `district` for the bureau of the district")
ASSIST = list_shape("协办单位", BUREAU, 1)
WORDS = list_shape("", text_shape(""))
TIME = text_shape("a time of the city, such as 2026-03-03 10:00")


def rules_shape(about: str, section: str, required: Mapping[str, Shape], optional: Mapping[str, Shape]) -> Shape:
    """A file of rules, each with an id and a why."""
    rule = object_shape(about, {"id": ID, "why": WHY, **required}, optional)
    return object_shape(about, {section: list_shape(about, rule)})
