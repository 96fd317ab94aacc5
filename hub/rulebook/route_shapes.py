"""The JSON Schema of routing.yaml, whose routes hold routes. It must never refuse what the reader takes."""

from collections.abc import Mapping
from typing import Any

from hub.rulebook.read_routes import ROUTE_SAYS

_Shape = dict[str, Any]


def routing_shape(named: Mapping[str, _Shape], fields: Mapping[str, _Shape], bureau: _Shape) -> _Shape:
    """The file; `named` is what every route must say, `fields` what it may say besides what makes the tree."""
    inside = {"$ref": "#/$defs/route"}
    route = {
        "type": "object",
        "description": "派遣规则",
        "properties": {
            **named,
            **fields,
            "assist": _list("协办单位; []: nobody, where the route around this one names somebody", bureau),
            "continue": {"type": "boolean", "description": "续配 true: routes behind it may add assisting units"},
            "routes": _list("下级规则 inherit what this one says", inside),
        },
        "required": list(named),
        "additionalProperties": False,
    }
    # A route inside another has its lead from there; one at the top says what it is for.
    top = {"allOf": [inside, {"anyOf": [{"required": [key]} for key in ROUTE_SAYS]}]}
    return {
        "type": "object",
        "description": "派遣规则",
        "properties": {"routes": _list("派遣规则", top)},
        "required": ["routes"],
        "additionalProperties": False,
        "$defs": {"route": route},
    }


def _list(about: str, item: _Shape) -> _Shape:
    return {"type": "array", "description": about, "items": item}
