"""JSON Schemas of mutes.yaml and escalation.yaml. They must never refuse what the reader takes."""

from collections.abc import Mapping

from hub.rulebook.condition_shapes import when_shape
from hub.rulebook.condition_subjects import STANDING_VARIABLES
from hub.rulebook.read_escalation import LIMIT_HOURS, STEP_AMOUNT
from hub.rulebook.read_mutes import CONDITIONS, MUTE_RADIUS_M
from hub.rulebook.shape import (
    AT_LEAST,
    CATEGORIES,
    DISTRICTS,
    FAMILIES,
    FEEDS,
    ID,
    NAME,
    POINT,
    TIME,
    WHY,
    Shape,
    list_shape,
    map_shape,
    number_shape,
    object_shape,
    text_shape,
    words_shape,
)
from hub.vocabulary.terms import DeadlineBasis, DeadlineKind, Raise

_MUTE = {
    **object_shape(
        "静默 stored and joined, but nobody is sent until it ends",
        {
            "id": ID,
            "why": WHY,
            "owner": text_shape("责任人 id of a bureau or a role, or a person's name"),
            "until": text_shape("截止 a time of the city, such as 2026-03-03 18:00"),
        },
        {
            "from": text_shape("开始 a time of the city; without it, at once"),
            "categories": CATEGORIES,
            "families": FAMILIES,
            "districts": DISTRICTS,
            "feeds": FEEDS,
            "near": POINT,
            "within_m": number_shape("米 around `near`", *MUTE_RADIUS_M),
            "severity_at_most": {"enum": ["II", "III", "IV"], "description": "等级 the worst that it covers; else III"},
            "when": when_shape(STANDING_VARIABLES),
        },
    ),
    "anyOf": [{"required": [condition]} for condition in CONDITIONS],
    "dependentRequired": {"near": ["within_m"], "within_m": ["near"]},
}

_SPAN = object_shape(
    "so long before or after the deadline",
    {
        "amount": number_shape("how many of them", *STEP_AMOUNT),
        "basis": words_shape("紧急工作时, 工作时, 工作日, 自然日", DeadlineBasis),
    },
)
_STEP = {
    **object_shape(
        "督办步骤",
        {
            "raise": words_shape("催办 reminder, 督办 supervision, 黄牌 yellow, 红牌 red, 上报 escalate", Raise),
            "to": text_shape("对象 a bureau, a role, or one of handler, lead, supervisor, district"),
        },
        {"before": _SPAN, "after": _SPAN},
    ),
    "oneOf": [{"required": ["before"]}, {"required": ["after"]}],
}
_ESCALATION = object_shape(
    "督办规则 the first that fits a clock is used",
    {
        "id": ID,
        "why": WHY,
        "clock": words_shape("accept 签收, resolve 处置", DeadlineKind),
        "steps": list_shape("督办步骤", _STEP, 1),
    },
    {
        "categories": CATEGORIES,
        "families": FAMILIES,
        "districts": DISTRICTS,
        "severity_at_least": AT_LEAST,
        "feeds": FEEDS,
        "limit_within_hours": number_shape("only clocks whose limit is so many hours or fewer", *LIMIT_HOURS),
        "when": when_shape(STANDING_VARIABLES),
    },
)

#: What a case expects supervision to raise.
EXPECTED_STEP: Shape = {
    "anyOf": [
        words_shape("催办, 督办, 黄牌, 红牌, 上报", Raise),
        object_shape(
            "督办",
            {"raise": words_shape("催办, 督办, 黄牌, 红牌, 上报", Raise)},
            {"at": TIME, "to": text_shape("对象 a bureau or a role")},
        ),
    ]
}

#: The schemas by the name of the file.
CLOCK_FILES: Mapping[str, Shape] = {
    "mutes": object_shape("静默规则", {"mutes": list_shape("静默规则", _MUTE)}),
    "escalation": object_shape(
        "督办规则",
        {"escalation": list_shape("督办规则", _ESCALATION)},
        {"roles": map_shape("角色 people and posts that steps are raised to", NAME)},
    ),
}
