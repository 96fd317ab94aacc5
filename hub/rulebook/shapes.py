"""JSON Schemas of the rule files, for completion and a first look in an editor. They must never refuse what the reader
takes; the reader says more, such as whether a bureau exists. A test holds the two together."""

from collections.abc import Mapping

from hub.rulebook.cases import Becomes
from hub.rulebook.condition_shapes import when_shape
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES, LOCATED_VARIABLES, REPORT_VARIABLES
from hub.rulebook.pattern_shapes import pattern_shape
from hub.rulebook.read_rules import FUSION_LIMITS, FUSION_NUMBERS
from hub.rulebook.route_shapes import routing_shape
from hub.rulebook.shape import ASSIST as _ASSIST
from hub.rulebook.shape import AT_LEAST as _AT_LEAST
from hub.rulebook.shape import BUREAU as _BUREAU
from hub.rulebook.shape import CATEGORIES as _CATEGORIES
from hub.rulebook.shape import DISTRICTS as _DISTRICTS
from hub.rulebook.shape import FAMILIES as _FAMILIES
from hub.rulebook.shape import FEED as _FEED
from hub.rulebook.shape import FEEDS as _FEEDS
from hub.rulebook.shape import ID as _ID
from hub.rulebook.shape import KIND as _KIND
from hub.rulebook.shape import NAME as _NAME
from hub.rulebook.shape import POINT as _POINT
from hub.rulebook.shape import SEVERITY as _SEVERITY
from hub.rulebook.shape import TIME as _TIME
from hub.rulebook.shape import WHY as _WHY
from hub.rulebook.shape import WORDS as _WORDS
from hub.rulebook.shape import ZONE as _ZONE
from hub.rulebook.shape import Shape
from hub.rulebook.shape import list_shape as _list
from hub.rulebook.shape import map_shape as _map
from hub.rulebook.shape import number_shape as _number
from hub.rulebook.shape import object_shape as _object
from hub.rulebook.shape import rules_shape as _rules
from hub.rulebook.shape import text_shape as _text
from hub.rulebook.shape import words_shape as _words
from hub.rulebook.shapes_of_clocks import CLOCK_FILES, EXPECTED_STEP
from hub.rulebook.shapes_of_tasks import TASK_FILES
from hub.vocabulary.terms import (
    CoordinateSystem,
    DeadlineBasis,
    DeadlineKind,
    Feed,
    ReportStatus,
)

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rule_schemas() -> dict[str, Shape]:
    """A schema for each kind of rule file, by the name of the file; `cases` is that of every file of cases/."""
    return {name: _document(name, shape) for name, shape in _FILES.items()}


def _document(name: str, shape: Shape) -> Shape:
    return {"$schema": _DIALECT, "$id": f"urn:tongguan:schema:rules:{name}", **shape}


_CODE = {
    "anyOf": [
        _text("大类 + 小类 without a dash"),
        _object(
            "a code of another kind or table",
            {"code": _text("digits")},
            {"kind": _KIND, "standard_ref": _text('code table; "": all tables')},
        ),
    ]
}
_CATEGORY = _object(
    "类别",
    {
        "kind": _KIND,
        "name": _NAME,
        "family": _text("族 only reports of one family can be one incident"),
        "severity": _SEVERITY,
    },
    {
        "codes": _list("代码", _CODE),
        "words": {
            "type": "object",
            "description": "词语 in title or text, each with its weight",
            "additionalProperties": _number("weight", 0.1, 100),
        },
        "names": {**_WORDS, "description": "名称 by which sources call it, compared whole"},
        "rough_names": {**_WORDS, "description": "宽泛名称 by which sources call this and much else"},
    },
)
_SOURCE = _object(
    "来源 a system that sends",
    {
        "feed": _FEED,
        "name": _NAME,
        "system": _words("坐标系 of its coordinates", CoordinateSystem),
        "timezone": _ZONE,
    },
    {
        "encodings": {**_WORDS, "description": "编码 tried in order"},
        "silent_after_seconds": {"type": "integer", "minimum": 1, "maximum": 30 * 86_400, "description": "静默秒数"},
        "default_points": _list("默认坐标 that mean no location", _POINT),
    },
)
_BUREAUS = _map(
    "承办单位",
    _object(
        "",
        {"zh": _text("中文"), "en": _text("English")},
        {"district": _text("区县代码"), "words": {**_WORDS, "description": "其他写法 in duty lists"}},
    ),
)
_LOCAL = _map(
    "属地单位 which bureau a local unit is here",
    {
        "anyOf": [
            _text("承办单位"),
            {"type": "object", "description": "by a word of the address", "additionalProperties": _text("承办单位")},
        ]
    },
)
_CITY = _object(
    "城市",
    {
        "code": _text("行政区划代码"),
        "name": _NAME,
        "timezone": _ZONE,
        "bounds": {**_list("west, south, east, north", {"type": "number"}, 4), "maxItems": 4},
        "fallback_bureau": _text("兜底单位 id of a bureau"),
        "bureaus": _BUREAUS,
        "districts": _map(
            "区县", _object("", {"name": _NAME, "bureau": _text("属地单位"), "words": _WORDS}, {"local": _LOCAL})
        ),
        "sources": _map("来源", _SOURCE),
    },
    {
        "local_units": _map(
            "属地单位 what the duty list calls units without saying which",
            _object(
                "",
                {"zh": _text("中文"), "en": _text("English")},
                {"words": _WORDS, "assigned": {"type": "boolean", "description": "false: receives no task"}},
            ),
        ),
        "margin_m": _number("米 how far beyond the borders a point is still ours", 0, 20_000),
        "places": _list(
            "地点",
            _object("", {"name": _text(""), "words": _WORDS, "point": _POINT, "district": _text("区县代码")}),
        ),
        "devices": _map("设备", _object("", {"name": _text(""), "point": _POINT, "district": _text("区县代码")})),
    },
)
_GIVEN = _object(
    "上报 in the hub's words, or the source's own message",
    {"feed": _FEED, "at": _TIME},
    {
        "source": _text("来源 id; the first of the feed when left out"),
        "message": {"description": "原始消息 the source's own, instead of the fields below"},
        "title": _text("标题"),
        "text": _text("内容"),
        "code": _CODE,
        "names": {**_WORDS, "description": "来源类别名称, widest first"},
        "severity": _SEVERITY,
        "point": _POINT,
        "address": _text("地址"),
        "district": _text("区县代码"),
        "grid": _text("网格编码"),
        "device": _text("设备编码"),
        "area_codes": {**_WORDS, "description": "区域代码"},
        "status": _words("来源状态", ReportStatus),
    },
)
_UNWANTED = _object(
    "不得出现",
    {},
    {
        "category": _list("类别", _text(""), 1),
        "severity": _list("等级", _SEVERITY),
        "bureaus": _list("单位 neither leading nor assisting", _text(""), 1),
        "rules": _list("规则", _text(""), 1),
    },
)
_EXPECTED = _object(
    "预期",
    {"of": _list("these reports and no others are one incident", _text(""))},
    {
        "becomes": _words("结果", Becomes),
        "category": _text("类别"),
        "severity": _SEVERITY,
        "district": _text("区县"),
        "lead": _text("牵头单位"),
        "assist": _list("协办单位, exactly these", _text("")),
        "accept": _text("签收时限 a time of the city, or none"),
        "resolve": _text("处置时限 a time of the city, or none"),
        "overdue": {"type": "boolean", "description": "超时 at `until`"},
        "muted": _text("静默 id of the mute that holds it back, or false"),
        "escalations": _list("督办 exactly these of the leading bureau, in order", EXPECTED_STEP),
        "suggested_with": _text("疑似重复 a report whose incident it may belong to"),
        "rules": _list("规则 that must have had a part", _text(""), 1),
        "patterns": _list("感知规则, exactly these had a part", _text("")),
        "opened_by": _text("感知规则 that opened the incident; `of` are then the reports it was seen in"),
        "not": _UNWANTED,
    },
)
_FUSION_FIELDS = {
    "radius_m": "米 within which reports are one incident",
    "window_minutes": "分钟 since the latest report",
    "join_at": "相似度 from which a report joins",
    "suggest_at": "相似度 from which it is only suggested",
    "other_address_m": "米 between two addresses that differ",
    "longest_minutes": "分钟 from the first report to the last",
}
_FUSION_RULE = {
    **_object(
        "融合规则",
        {"id": _ID, "why": _WHY},
        {
            "families": _FAMILIES,
            "fuses": {"type": "boolean", "description": "false: each report is a matter of its own 一人一事"},
            "when": when_shape(LOCATED_VARIABLES),
            **{
                field: _number(_FUSION_FIELDS[field], *limits)
                for field, limits in {**FUSION_NUMBERS, **FUSION_LIMITS}.items()
            },
        },
    ),
    "if": {"properties": {"fuses": {"const": False}}, "required": ["fuses"]},
    "then": {"not": {"anyOf": [{"required": [field]} for field in _FUSION_FIELDS]}},
    "else": {"required": list(FUSION_NUMBERS)},
}
_FEED_NAMES = {
    "type": "object",
    "description": "来源名称 to a key of categories.yaml",
    "additionalProperties": _text("类别"),
}
_SUBCLASS = _object(
    "小类",
    {
        "name": _text("小类名称"),
        "category": _text("类别 key of categories.yaml"),
        "units": _list("处置单位 in the order of the list", _text(""), 1),
        "clauses": _list(
            "立案条件和时限",
            _object(
                "",
                {
                    "said": {**_WORDS, "description": "立案条件 in short words"},
                    "basis": _words("紧急工作时, 工作时, 工作日, 自然日", DeadlineBasis),
                    "amount": _number("how many of them", 0.1, 1000),
                },
                {"usual": {"type": "boolean", "description": "通常情形 when a report says none"}},
            ),
            1,
        ),
    },
    {"supervisors": _list("主管部门", _text(""), 1)},
)
_DUTY = _object("职责", {"lead": _BUREAU, "why": _WHY}, {"assist": _ASSIST, "when": when_shape(INCIDENT_VARIABLES)})
_ROUTE_FIELDS = {
    "categories": _CATEGORIES,
    "families": _FAMILIES,
    "districts": _DISTRICTS,
    "severity_at_least": _AT_LEAST,
    "feeds": _FEEDS,
    "when": when_shape(INCIDENT_VARIABLES),
    "lead": _BUREAU,
}

_FILES: Mapping[str, Shape] = {
    "city": _CITY,
    "categories": _object(
        "类别",
        {"categories": _map("类别", _CATEGORY)},
        {"standard_ref": _text("默认代码表"), "least_score": _number("least weight of words that counts", 0, 100)},
    ),
    "severity": _rules(
        "等级规则",
        "severity",
        {"severity": _SEVERITY},
        {
            "categories": _CATEGORIES,
            "feeds": _FEEDS,
            "words": _WORDS,
            "source_at_least": _AT_LEAST,
            "when": when_shape(REPORT_VARIABLES),
        },
    ),
    "fusion": _object("融合规则", {"fusion": _list("融合规则", _FUSION_RULE)}),
    "routing": routing_shape({"id": _ID, "why": _WHY}, _ROUTE_FIELDS, _BUREAU),
    "duties": _object("职责清单", {"duties": _map("职责 by category", _DUTY)}, {"districts": _DISTRICTS}),
    "deadlines": _rules(
        "时限规则",
        "deadlines",
        {
            "kind": _words("accept 签收, resolve 处置", DeadlineKind),
            "basis": _words("紧急工作时, 工作时, 工作日, 自然日", DeadlineBasis),
            "amount": _number("how many of them", 0.1, 1000),
        },
        {
            "categories": _CATEGORIES,
            "families": _FAMILIES,
            "severity_at_least": _AT_LEAST,
            "resolve_within_hours": _number("only where the limit to resolve is at most so many hours", 0.1, 1000),
            "when": when_shape(INCIDENT_VARIABLES),
        },
    ),
    "feeds": _object("来源类别映射", {}, {feed.value: _FEED_NAMES for feed in Feed}),
    **CLOCK_FILES,
    **TASK_FILES,
    "duty-list": _object(
        "职责清单",
        {
            "kind": _KIND,
            "duties": {
                "type": "object",
                "description": "小类 by class and subclass code",
                "propertyNames": {"pattern": "^[0-9A-Za-z]{3,16}$"},
                "additionalProperties": _SUBCLASS,
            },
        },
        {
            "standard_ref": _text("代码表"),
            "districts": _DISTRICTS,
            "classes": {"type": "object", "description": "大类名称", "additionalProperties": _text("")},
        },
    ),
    "duty-units": _object("清单单位", {"bureaus": _BUREAUS}),
    "calendar": _object(
        "工作日历",
        {
            "timezone": _ZONE,
            "base": {"enum": ["china", "weekdays"], "description": "china: with national holidays and 调休"},
            "hours": _list("办公时间, such as 08:00-12:00", _text(""), 1),
        },
        {"holidays": _list("休息日", _text("")), "workdays": _list("上班日", _text(""))},
    ),
    "patterns": pattern_shape(),
    "cases": _object(
        "用例",
        {
            "cases": _list(
                "用例",
                _object(
                    "用例",
                    {
                        "id": _ID,
                        "why": _WHY,
                        "reports": {
                            "type": "object",
                            "description": "上报 by a name of your own",
                            "additionalProperties": _GIVEN,
                        },
                        "expect": _list("预期", _EXPECTED),
                    },
                    {"until": _TIME},
                ),
            )
        },
    ),
}
