"""What an editor tells of a condition: its language and the variables it may ask for. It must never judge one."""

from collections.abc import Mapping
from typing import Any

from hub.rulebook.condition_tokens import MAX_CHARS
from hub.rulebook.conditions import Variable


def when_shape(variables: Mapping[str, Variable[Any]]) -> dict[str, Any]:
    """The schema of a `when:` over these variables."""
    told = "; ".join(f"{name}: {variable.about}" for name, variable in variables.items())
    return {
        "type": "string",
        "maxLength": MAX_CHARS,
        "description": f"条件 a CEL expression that is true or false, such as hour >= 22 || hour < 6. {told}",
    }
