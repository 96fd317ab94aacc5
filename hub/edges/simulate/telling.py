"""What somebody tells of a happening, before any feed's format. It must never hold bytes or read a clock."""

from datetime import datetime
from typing import Literal

import msgspec

from hub.vocabulary.places import Point
from hub.vocabulary.terms import Feed

#: Ways in which a payload can be wrong. `gbk_bytes` is odd but readable: the source's encodings cover it.
Flaw = Literal["", "broken_json", "missing_field", "swapped", "future", "gbk_bytes"]
Expect = Literal["report", "reject"]
Stage = Literal["active", "updated", "closed"]


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the invented city map: the address and the point it stands for."""

    district: str
    district_name: str
    township: str
    #: Nine digits: district and township.
    township_code: str
    #: Road and number, without district and township.
    road: str
    point: Point

    @property
    def address(self) -> str:
        """The whole address, as a petitioner would say it."""
        return f"{self.district_name}{self.township}{self.road}"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An invented petitioner (诉求人)."""

    name: str
    phone: str
    secret: bool = False


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One source record to be: who tells what, where, when it is sent and how long before that it happened."""

    #: Seconds after the start of the day at which it is sent.
    sent_s: float
    #: Seconds between the happening and the sending.
    late_s: float
    feed: Feed
    source_id: str
    #: Key of a `Kind`.
    kind: str
    spot: Spot
    #: Where this source puts it: the spot with the source's own error.
    point: Point
    title: str
    text: str
    #: The happening it belongs to; None when it tells of none that fusion should know.
    truth: str | None
    person: Person | None = None
    stage: Stage = "active"
    #: 0 for the first record under an id, then one more each time the source sends it again.
    revision: int = 0
    flaw: Flaw = ""
    #: Form of the payload where a feed has several: `cap`, `warning`, `json`, `wzdx`.
    form: str = ""
    #: Device of a video alarm.
    device_id: str = ""
    note: str = ""


class Emission(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it goes to the hub, with the truth that only the evaluation may see."""

    at: datetime
    feed: Feed
    source: str
    content_type: str
    body: bytes
    #: Happening id, the answer; None when the message tells of none.
    truth: str | None
    #: The record's id, so that truth can be looked up as `feed:source_id`.
    source_id: str
    #: What the hub should make of it.
    expect: Expect
    note: str
