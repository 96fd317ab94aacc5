"""The Protocols that the edges satisfy. It must never hold an implementation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from hub.vocabulary.activations import InForce
from hub.vocabulary.incidents import Deadline, Decision, Incident, Nearby
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.perceptions import Look
from hub.vocabulary.terms import Feed


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a batch starts and ends in one partition of one broker's life: `[start, next)`."""

    #: Cluster id of the broker; a broker that lost its memory comes back under another.
    cluster: str
    topic: str
    partition: int
    start: int
    next: int


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one write settles: the raw messages taken, what they became, and how far the partitions were read."""

    raw: tuple[RawMessage, ...]
    located: tuple[LocatedReport, ...]
    rejects: tuple[Reject, ...]
    positions: tuple[Position, ...]
    #: How far a report of a family looks for incidents, in metres; a family that is not named looks nowhere.
    reach_m: Mapping[str, float]
    #: Where and when its reports may meet what patterns remember; empty where there are none.
    looks: tuple[Look, ...] = ()
    #: By which rulebook it was understood and is decided; None: whatever is active, which only tests may say.
    in_force: InForce | None = None


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a write did, for counting."""

    decision: Decision
    reports: int
    rejects: int
    #: Raw messages of the batch that an earlier write had settled.
    repeated: int


Decide = Callable[[Sequence[LocatedReport], Nearby], Decision]
DecideSilences = Callable[[Mapping[Feed, datetime], Nearby], Decision]
DecideDue = Callable[[Sequence[tuple[Deadline, Incident]]], Decision]


class IncidentStore(Protocol):
    """Where the truth is kept. One call is one transaction: locks, one read, the pure decision, one write."""

    async def settle(self, batch: Batch, decide: Decide, now: datetime) -> Settled:
        """Store what a batch became. Safe to call again with the same batch; raises `StalePosition` when another
        worker has read past it, and `RulebookReplaced` when it was decided by a rulebook that no longer holds."""
        ...

    async def positions(self, cluster: str) -> dict[tuple[str, int], int]:
        """The next offset to read, by (topic, partition)."""
        ...


class StalePosition(Exception):
    """Another worker owns this partition now: drop the batch and read again from the stored position."""


class Overloaded(Exception):
    """More waits to be stored than is taken on: nothing of this was kept, send it again later."""


class RulebookReplaced(Exception):
    """The rulebook of this decision was replaced a while ago: understand and decide again by the one that holds."""


class RawStore(Protocol):
    """Where raw messages land before anything else happens."""

    async def land(self, messages: Sequence[RawMessage]) -> None:
        """Commit them; returns only when they are durable."""
        ...


class Publish(Protocol):
    """Send records to a topic; returns when the broker has them all."""

    def __call__(
        self, topic: str, records: Sequence[tuple[bytes | None, bytes, Sequence[tuple[str, bytes]]]]
    ) -> Awaitable[None]: ...


class RawLookup(Protocol):
    """Reads a raw message back."""

    async def raw(self, raw_id: UUID) -> RawMessage | None: ...
