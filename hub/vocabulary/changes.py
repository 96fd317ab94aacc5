"""What leaves the hub when an incident changes: the change on Kafka, the frames of a screen. Never personal data."""

from datetime import datetime
from typing import Literal

import msgspec

from hub.vocabulary.terms import Feed, IncidentStatus, Raise, Severity


class CardMute(msgspec.Struct, frozen=True, kw_only=True):
    """That nobody was sent for an incident yet (静默): by which rule, who answers for it, until when."""

    rule: str
    #: Id of a bureau or a role, or a name.
    owner: str
    until: datetime


class Card(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An incident as the wall shows it. Titles and addresses are masked already."""

    id: str
    version: int
    status: IncidentStatus
    category: str
    severity: Severity
    title: str
    address: str
    district: str | None
    lon: float | None
    lat: float | None
    opened_at: datetime
    updated_at: datetime
    report_count: int
    feeds: tuple[Feed, ...]
    lead_bureau: str | None
    due_at: datetime | None
    overdue: bool
    muted: CardMute | None = None
    #: The gravest that supervision (督办) has raised.
    raised: Raise | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="change"):
    """One record of the Kafka topic `changes`, keyed by incident id; the card is the whole new state."""

    card: Card
    #: What happened, in the words of the timeline.
    kinds: tuple[str, ...]
    at: datetime
    rulebook_version: str


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is doing: when its last message came and how many came in all."""

    feed: Feed
    last_received_at: datetime | None
    received: int
    rejected: int
    #: No message for longer than the source's `silent_after` in city.yaml.
    silent: bool
    #: Since when a part of it is no longer taken although broker and database are up; what comes waits.
    stalled_since: datetime | None = None


class Tiles(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over every live incident, also those too many to draw."""

    live: int
    overdue: int
    by_status: dict[str, int]
    by_severity: dict[str, int]
    by_district: dict[str, int]
    by_feed: dict[str, int]
    #: Incidents opened and closed since local midnight.
    opened_today: int
    closed_today: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the board can be trusted: each part is `up` or the time since when it is not."""

    broker_down_since: datetime | None
    store_down_since: datetime | None
    #: When the board last agreed with the database.
    reconciled_at: datetime | None
    #: Since when no worker takes messages: what comes in waits.
    worker_down_since: datetime | None = None
    #: Since when a feed's messages are not taken; `FeedHealth.stalled_since` says of which feeds.
    feed_stalled_since: datetime | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot"):
    """The whole board, for a screen that has nothing or too little."""

    epoch: str
    seq: int
    at: datetime
    cards: tuple[Card, ...]
    tiles: Tiles
    feeds: tuple[FeedHealth, ...]
    health: Health


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag="frame"):
    """What changed since the frame before; at most five a second, and one every five seconds when nothing does."""

    epoch: str
    seq: int
    at: datetime
    cards: tuple[Card, ...]
    #: Ids that are no longer live or no longer among the cards kept.
    gone: tuple[str, ...]
    tiles: Tiles
    feeds: tuple[FeedHealth, ...]
    health: Health


ScreenMessage = Snapshot | Frame
ScreenMessageTag = Literal["snapshot", "frame"]
