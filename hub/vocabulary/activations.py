"""Which rulebook decides, and by whose hand. It must never hold a rule."""

from datetime import datetime
from enum import StrEnum

import msgspec


class How(StrEnum):
    """How a rulebook came to decide."""

    FIRST = "first"  # the folder on disk, when the database had none
    FOLDER = "folder"  # the city folder on disk, HUB_CITY
    DRAFT = "draft"  # another folder, or texts sent to the API
    ROLLBACK = "rollback"  # a version that is kept


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook was made the one that decides (启用)."""

    #: Name of the city folder.
    city: str
    #: Counts the activations of a city; the highest is active.
    number: int
    version: str
    #: By the database's clock.
    at: datetime
    who: str
    why: str
    how: How


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """By which activation a decision was made."""

    city: str
    number: int
    version: str
