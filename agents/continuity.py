"""Which records of a partition may be settled next: each once, in order, none skipped. It must never do IO."""

from enum import Enum

from agents.records import Record

_Partition = tuple[str, int]

#: Records dropped while a gap is read again, after which it is asked for once more: far more than wait in faust and
#: in an inbox, so the wish to go back was lost.
_ASK_AGAIN_AFTER = 10_000


class Verdict(Enum):
    """What to do with a record that arrived."""

    TAKE = "take"
    #: Settled before, or behind a gap that is being read again.
    DROP = "drop"
    #: Records before this one are missing: read again from `expected`.
    REWIND = "rewind"


class Continuity:
    """Follows the offsets of every partition from where the consumer was sent to begin.

    faust may hand records out twice (after a partition came back) or, by its known defects, leave some out. A gap is
    read again once; a gap that stays was never filled, as with the marks of a transaction or a compacted topic.
    """

    def __init__(self) -> None:
        self._expected: dict[_Partition, int] = {}
        #: First offset that was seen behind a gap, while the gap is read again.
        self._behind: dict[_Partition, int] = {}
        self._dropped: dict[_Partition, int] = {}

    def begin(self, topic: str, partition: int, offset: int) -> None:
        """The consumer reads this partition from `offset` on."""
        self._expected[topic, partition] = offset
        self._behind.pop((topic, partition), None)

    def expected(self, topic: str, partition: int) -> int:
        """The offset that has to come next."""
        return self._expected.get((topic, partition), 0)

    def admit(self, record: Record) -> Verdict:
        """What to do with the next record that faust hands out."""
        partition = (record.topic, record.partition)
        expected = self._expected.setdefault(partition, record.offset)
        if record.offset < expected:
            return Verdict.DROP
        if record.offset > expected and (verdict := self._behind_a_gap(partition, record.offset)) is not None:
            return verdict
        self._behind.pop(partition, None)
        self._expected[partition] = record.offset + 1
        return Verdict.TAKE

    def _behind_a_gap(self, partition: _Partition, offset: int) -> Verdict | None:
        """None when the gap was read again and this is what follows it."""
        behind = self._behind.get(partition)
        if behind is None:
            self._behind[partition], self._dropped[partition] = offset, 0
            return Verdict.REWIND
        if offset <= behind:
            return None
        self._dropped[partition] += 1
        if self._dropped[partition] % _ASK_AGAIN_AFTER == 0:
            return Verdict.REWIND
        return Verdict.DROP
