"""A mute (静默) as an incident carries it: why nobody was sent, and until when. It must never judge what it covers."""

from datetime import datetime

import msgspec


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """What holds the dispatch of an incident back."""

    #: Id of the rule in `mutes.yaml`.
    rule: str
    #: Who answers for it: id of a bureau or a role, or a person's name.
    owner: str
    until: datetime
    #: Clause of the duty list that the opening report falls under; dispatch asks for it when the mute ends.
    clause: str
    #: The rulebook that last confirmed it.
    rulebook_version: str
