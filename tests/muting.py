"""Mutes for tests: two hours of silence about water, for which the duty bureau answers."""

from datetime import timedelta
from typing import Any

from hub.rulebook.mute_rules import MuteRule
from tests.builders import AT

ENDS = AT + timedelta(hours=2)


def a_mute(rule_id: str = "drill", **fields: Any) -> MuteRule:
    """A mute of everything about water; what is not named here is as usual."""
    given = {"why": "", "owner": "duty", "until": ENDS, "families": frozenset({"water"})}
    return MuteRule(id=rule_id, **{**given, **fields})
