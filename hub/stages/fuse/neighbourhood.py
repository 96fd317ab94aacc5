"""Incidents by family and place, so that a report looks at its neighbours only. It must never score them."""

from collections.abc import Iterable, Iterator

from hub.vocabulary.incidents import Incident
from hub.vocabulary.places import neighbours
from hub.vocabulary.terms import LIVE_STATUSES


class Neighbourhood:
    """The incidents of one batch: those read for it, growing as it opens and changes some."""

    def __init__(self, incidents: Iterable[Incident]) -> None:
        self._incidents: dict[str, Incident] = {}
        self._at_cell: dict[tuple[str, int], list[str]] = {}
        self._at_address: dict[tuple[str, str], list[str]] = {}
        for incident in incidents:
            self.put(incident)

    def get(self, incident_id: str) -> Incident | None:
        """The latest state of an incident, live or not."""
        return self._incidents.get(incident_id)

    def put(self, incident: Incident) -> None:
        """Take in an incident or its new state. Family never changes; cell and address only once, from nothing."""
        before = self._incidents.get(incident.id)
        self._incidents[incident.id] = incident
        if incident.cell is not None and (before is None or before.cell is None):
            self._at_cell.setdefault((incident.family, incident.cell), []).append(incident.id)
        if incident.address_key and (before is None or not before.address_key):
            self._at_address.setdefault((incident.family, incident.address_key), []).append(incident.id)

    def candidates(self, family: str, cell: int | None, address_key: str) -> Iterator[Incident]:
        """Live incidents of a family in the nine cells or at the same address, each once."""
        nearby = [] if cell is None else [self._at_cell.get((family, near), ()) for near in neighbours(cell)]
        if address_key:
            nearby.append(self._at_address.get((family, address_key), ()))
        for incident_id in dict.fromkeys(found for ids in nearby for found in ids):
            incident = self._incidents[incident_id]
            if incident.status in LIVE_STATUSES:
                yield incident
