"""JSON Schemas of mutes.yaml and, in time, of what else runs by the clock. They must never refuse what is read."""

from collections.abc import Mapping

from hub.rulebook.read_mutes import CONDITIONS, MUTE_RADIUS_M
from hub.rulebook.shape import (
    CATEGORIES,
    DISTRICTS,
    FAMILIES,
    FEEDS,
    ID,
    POINT,
    WHY,
    Shape,
    list_shape,
    number_shape,
    object_shape,
    text_shape,
)

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
        },
    ),
    "anyOf": [{"required": [condition]} for condition in CONDITIONS],
    "dependentRequired": {"near": ["within_m"], "within_m": ["near"]},
}

#: The schemas by the name of the file.
CLOCK_FILES: Mapping[str, Shape] = {
    "mutes": object_shape("静默规则", {"mutes": list_shape("静默规则", _MUTE)}),
}
