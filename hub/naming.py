"""What tells reports and incidents apart: digests and ids. They must never depend on when or where one asks."""

import base64
import hashlib
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from hub.vocabulary.messages import Report

#: Bytes of a digest of content, and of the part of an incident's id that names its opening report.
_DIGEST_BYTES = 16
_ID_BYTES = 10
#: From the letters of RFC 4648 to Crockford's.
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")

_NO_RAW = UUID(int=0)
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_encoder = msgspec.json.Encoder(order="sorted")


def digest(report: Report) -> bytes:
    """A digest of what a report says, the same however often and in whatever message it is sent."""
    # A source that gives no time gets the time of receipt, which a second sending changes without saying anything new.
    occurred_at = _NO_TIME if report.occurred_at == report.received_at else report.occurred_at
    content = replace(report, raw_id=_NO_RAW, part=0, received_at=_NO_TIME, occurred_at=occurred_at)
    return hashlib.blake2b(_encoder.encode(content), digest_size=_DIGEST_BYTES).digest()


def incident_id(city_code: str, report_id: str) -> str:
    """The id of the incident that a report opens: always the same, so that a retry never opens a second one."""
    digits = base64.b32encode(hashlib.blake2b(report_id.encode(), digest_size=_ID_BYTES).digest())
    return f"{city_code}-{digits.translate(_CROCKFORD).decode('ascii')}"
