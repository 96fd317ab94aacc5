"""Incidents and timeline as a decision changes them. It must never decide; it counts versions and keeps entries."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from hub.vocabulary.incidents import Incident, TimelineEntry
from hub.vocabulary.terms import TimelineKind
from hub.vocabulary.why import Why


class Changes:
    """Incidents and timeline entries as they change. An incident's version counts up once, its entries within it."""

    def __init__(self, now: datetime, rulebook_version: str) -> None:
        self.now = now
        self.rulebook_version = rulebook_version
        self.incidents: dict[str, Incident] = {}
        self.timeline: list[TimelineEntry] = []
        self.marked: dict[str, None] = {}
        self._noted: dict[str, int] = {}

    def alter(self, incident: Incident, **fields: Any) -> Incident:
        """A new state of an incident."""
        version = incident.version if incident.id in self.incidents else incident.version + 1
        altered = replace(
            incident, version=version, updated_at=self.now, rulebook_version=self.rulebook_version, **fields
        )
        self.incidents[incident.id] = altered
        if altered.mute != incident.mute or altered.raised is not incident.raised:
            self.marked[incident.id] = None
        return altered

    def note(
        self,
        incident: Incident,
        kind: TimelineKind,
        *,
        why: tuple[Why, ...],
        report_id: str | None = None,
        task_id: str | None = None,
    ) -> None:
        """An entry in an incident's timeline."""
        n = self._noted.get(incident.id, 0)
        self._noted[incident.id] = n + 1
        self.timeline.append(
            TimelineEntry(
                incident_id=incident.id,
                version=incident.version,
                n=n,
                at=self.now,
                kind=kind,
                report_id=report_id,
                task_id=task_id,
                why=why,
            )
        )
