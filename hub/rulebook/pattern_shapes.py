"""The JSON Schema of patterns.yaml, a shape for each kind of pattern. It must never refuse what the reader takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.rulebook.condition_shapes import when_shape
from hub.rulebook.condition_subjects import LOCATED_VARIABLES
from hub.rulebook.patterns import Counted, PatternKind
from hub.rulebook.read_patterns import AT_LEAST, CONDITIONS, PATTERN_KEYS, PATTERN_NUMBERS
from hub.vocabulary.terms import Feed, Severity

Shape = dict[str, Any]

_TEXT: Shape = {"type": ["string", "number", "boolean"]}
_TEXTS: Shape = {"type": "array", "items": _TEXT, "minItems": 1}
_SEVERITY: Shape = {"enum": [level.name for level in Severity]}
_FEEDS: Shape = {"type": "array", "items": {"enum": [feed.value for feed in Feed]}}
_OF_CONDITION: Mapping[str, Shape] = {
    "categories": {**_TEXTS, "description": "类别 keys of categories.yaml"},
    "families": {**_TEXTS, "description": "族 families of categories.yaml"},
    "districts": {**_TEXTS, "description": "区县 codes of city.yaml; without it, all"},
    "feeds": {**_FEEDS, "description": "来源渠道; without it, all"},
    "severity_at_least": {**_SEVERITY, "description": "等级 this severe or worse"},
    "when": when_shape(LOCATED_VARIABLES),
}


def pattern_shape() -> Shape:
    """The schema of the whole file."""
    return {
        "type": "object",
        "description": "感知规则",
        "properties": {
            "patterns": {
                "type": "array",
                "description": "感知规则",
                "items": {
                    "type": "object",
                    "properties": {"kind": {"enum": [kind.value for kind in PatternKind], "description": _KINDS}},
                    "required": ["kind"],
                    "anyOf": [_of_kind(kind, *keys) for kind, keys in PATTERN_KEYS.items()],
                },
            }
        },
        "required": ["patterns"],
        "additionalProperties": False,
    }


_KINDS = "count 多发, sequence 先后, silence 静默, warning 预警覆盖"


def _of_kind(kind: PatternKind, must: Iterable[str], may: Iterable[str]) -> Shape:
    return {
        "description": f"{kind.value} {_KINDS.split(f'{kind.value} ')[1].split(',')[0]}",
        "properties": {
            "id": {**_TEXT, "description": "编号 stored with each decision; letters, digits, - _ ."},
            "why": {**_TEXT, "description": "依据 why this rule is as it is; shown with each decision"},
            "kind": {"const": kind.value},
            **{key: _KEYS[key] for key in (*must, *may)},
        },
        "required": ["id", "why", "kind", *must],
        "additionalProperties": False,
    }


def _seen(about: str) -> Shape:
    return {
        "type": "object",
        "description": about,
        "properties": {key: _OF_CONDITION[key] for key in CONDITIONS},
        "additionalProperties": False,
        "anyOf": [{"required": ["categories"]}, {"required": ["families"]}],
    }


def _number(about: str, name: str) -> Shape:
    low, high = PATTERN_NUMBERS[name]
    return {"type": "number", "description": about, "minimum": low, "maximum": high}


_KEYS: Mapping[str, Shape] = {
    "of": _seen("what is counted"),
    "first": _seen("先"),
    "then": _seen("后"),
    "warning": _seen("预警"),
    "inside": _seen("what a warning raises inside its area"),
    "at_least": {"type": "integer", "minimum": AT_LEAST[0], "maximum": AT_LEAST[1], "description": "至少几件"},
    "counts": {"enum": [word.value for word in Counted], "description": "reports 上报 (when left out), incidents 事件"},
    "radius_m": _number("米 from one to the others", "radius_m"),
    "same_district": {"type": "boolean", "description": "true: in one district, instead of radius_m"},
    "within_minutes": _number("分钟 from the first to the last", "within_minutes"),
    "quiet_minutes": _number("分钟 without another one, after which it may come true anew", "quiet_minutes"),
    "longer_than_minutes": _number("分钟 without a message", "longer_than_minutes"),
    "valid_minutes": _number("分钟 that a warning holds when it does not say", "valid_minutes"),
    "office_hours": {"type": "boolean", "description": "true: only 办公时间 counts"},
    "feeds": {**_FEEDS, "description": "来源渠道, each by itself"},
    "raises_to": {**_SEVERITY, "description": "提级 what is concerned to at least this severity"},
    "opens": {**_TEXT, "description": "另立事件 of this category"},
}
