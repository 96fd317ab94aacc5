"""Mutes (静默) of a rulebook, as values. It must never read a file or a clock."""

from datetime import datetime

import msgspec

from hub.rulebook.conditions import Condition
from hub.vocabulary.places import Point
from hub.vocabulary.terms import Feed, Severity


class MuteRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored and joined, but sent to nobody, while the rule runs: from `since` up to but not at `until`."""

    id: str
    why: str
    #: Id of a bureau or of a role, or a person's name.
    owner: str
    until: datetime
    since: datetime | None = None
    categories: frozenset[str] | None = None
    families: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    #: Every feed that told of the incident must be among them.
    feeds: frozenset[Feed] | None = None
    #: The middle of the circle that it holds in, and its radius; without a middle it holds everywhere.
    near: Point | None = None
    within_m: float = 0.0
    #: The worst severity that it covers.
    severity_at_most: Severity = Severity.III
    #: Looked at last; one that cannot be decided mutes nothing.
    when: Condition | None = None
