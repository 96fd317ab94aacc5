"""Which records of a partition may be settled next: each once, in order, none skipped. It must never do IO."""

from enum import Enum

from agents.records import Record

_Partition = tuple[str, int]


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
        if record.offset > expected:
            behind = self._behind.get(partition)
            if behind is None:
                self._behind[partition] = record.offset
                return Verdict.REWIND
            if record.offset != behind:
                return Verdict.DROP
        self._behind.pop(partition, None)
        self._expected[partition] = record.offset + 1
        return Verdict.TAKE
