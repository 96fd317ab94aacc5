"""The reason of a decision, as a value. It must never hold a sentence: phrases are made where they are read."""

import msgspec

from hub.vocabulary.terms import Stage

Fact = str | int | float | bool | None


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a decision: the room, the rule that decided, its verdict and the facts it saw."""

    stage: Stage
    #: Id of the rule as written in the rulebook, or the room's built-in step.
    rule: str
    #: Machine-readable verdict, such as `joined`, `opened`, `by_code`, `fallback`.
    verdict: str
    facts: dict[str, Fact] = {}
