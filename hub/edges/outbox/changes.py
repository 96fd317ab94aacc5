"""Makes the change that leaves the hub for an incident. Personal data in titles and addresses is masked here."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from hub.vocabulary.changes import Card, CardMute, Change
from hub.vocabulary.incidents import Incident, TimelineEntry
from hub.vocabulary.masking import mask
from hub.vocabulary.mutes import Mute

_encode = msgspec.json.Encoder().encode


def card_of(incident: Incident) -> Card:
    """An incident as a screen may see it."""
    return Card(
        id=incident.id,
        version=incident.version,
        status=incident.status,
        category=incident.category,
        severity=incident.severity,
        title=mask(incident.title),
        address=mask(incident.address),
        district=incident.district,
        lon=incident.point.lon if incident.point else None,
        lat=incident.point.lat if incident.point else None,
        opened_at=incident.opened_at,
        updated_at=incident.updated_at,
        report_count=incident.report_count,
        feeds=incident.feeds,
        lead_bureau=incident.lead_bureau,
        due_at=incident.due_at,
        overdue=incident.overdue,
        muted=muted(incident.mute),
        raised=incident.raised,
    )


def muted(mute: Mute | None) -> CardMute | None:
    """A mute as a screen may see it."""
    return None if mute is None else CardMute(rule=mute.rule, owner=mask(mute.owner), until=mute.until)


def changes_of(
    incidents: Sequence[Incident], entries: Iterable[TimelineEntry], now: datetime
) -> list[tuple[str, bytes]]:
    """Key and payload of the topic `changes` for every incident of a decision."""
    kinds: dict[str, dict[str, None]] = {}
    for entry in entries:
        kinds.setdefault(entry.incident_id, {})[entry.kind.value] = None
    return [
        (
            incident.id,
            _encode(
                Change(
                    card=card_of(incident),
                    kinds=tuple(kinds.get(incident.id, ())),
                    at=now,
                    rulebook_version=incident.rulebook_version,
                )
            ),
        )
        for incident in incidents
    ]
