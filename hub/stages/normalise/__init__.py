"""The normalise room: a source's bytes become reports. It must never do IO, guess silently, or let an error out.

Enters a RawMessage (原始消息) and the Source that sent it; leaves one Report (上报) or Reject (退回件) for every record
in it, at least one in all, with `part` counting both from 0. One file a feed; what several feeds share is in `decode`
(bytes to records), `xml`, `fields` and `values` (a record's values), and `records` (one reader over them all).

A feed's reader raises `decode.BadInput` where a value is wrong; the loop over the records turns it into a Reject with a
reason, the path of the field and a sentence for the integrator, and goes on with the next record.
"""

from collections.abc import Callable, Mapping
from typing import Final

from hub.rulebook.book import Source
from hub.stages.normalise.city import normalise_city
from hub.stages.normalise.decode import inner_message
from hub.stages.normalise.emergency import normalise_emergency
from hub.stages.normalise.grid import normalise_grid
from hub.stages.normalise.hotline import normalise_hotline
from hub.stages.normalise.medical import normalise_medical
from hub.stages.normalise.open311 import normalise_open311
from hub.stages.normalise.traffic import normalise_traffic
from hub.stages.normalise.video import normalise_video
from hub.vocabulary.messages import RawMessage, Reject, Report
from hub.vocabulary.terms import Feed

__all__ = ["normalise"]

_READERS: Final[Mapping[Feed, Callable[[RawMessage, Source], tuple[Report | Reject, ...]]]] = {
    Feed.HOTLINE: normalise_hotline,
    Feed.GRID: normalise_grid,
    Feed.TRAFFIC: normalise_traffic,
    Feed.EMERGENCY: normalise_emergency,
    Feed.MEDICAL: normalise_medical,
    Feed.CITY: normalise_city,
    Feed.VIDEO: normalise_video,
    Feed.OPEN311: normalise_open311,
}


def normalise(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """The reports and rejects of one raw message, never none, in the order in which they stand in it."""
    return _READERS[raw.feed](inner_message(raw), source)
