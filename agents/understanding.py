"""What a record says, understood once; a defect in understanding is a reject. It must never touch the store."""

import msgspec
import structlog

from agents.records import Record
from hub.edges.activating.edition import Edition
from hub.pipeline import understand
from hub.stages.fuse import words_of
from hub.vocabulary.messages import LocatedReport, Reject
from hub.vocabulary.terms import RejectReason

_log = structlog.get_logger(__name__)


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """A record and everything its message holds."""

    record: Record
    #: The rulebook it was understood by; it is decided by the same.
    edition: Edition
    located: tuple[LocatedReport, ...] = ()
    rejects: tuple[Reject, ...] = ()

    @property
    def parts(self) -> int:
        """How much there is to write."""
        return len(self.located) + len(self.rejects)


def understood(record: Record, edition: Edition) -> Understood:
    """The record's reports and rejects; no exception leaves, or one message would cost its batch."""
    if record.canary:
        return Understood(record=record, edition=edition)
    try:
        items = understand(record.message, edition.book, edition.atlas)
        located = tuple(item for item in items if not isinstance(item, Reject))
        for item in located:
            # Cut into words here, where nobody waits: the decision finds them remembered, and holds its locks for less.
            words_of(item.report)
    except Exception as error:
        _log.exception("a message could not be understood", raw_id=str(record.message.id), error=repr(error))
        return failed(record, edition)
    rejects = tuple(item for item in items if isinstance(item, Reject))
    return Understood(record=record, edition=edition, located=located, rejects=rejects)


def failed(record: Record, edition: Edition) -> Understood:
    """A message on which the hub itself failed: set aside whole, and kept."""
    if record.canary:
        return Understood(record=record, edition=edition)
    reject = Reject(
        feed=record.message.feed,
        raw_id=record.message.id,
        part=0,
        reason=RejectReason.FAILED,
        field="",
        message="The hub failed on this message; it is kept and can be replayed after a mend.",
    )
    return Understood(record=record, edition=edition, rejects=(reject,))
