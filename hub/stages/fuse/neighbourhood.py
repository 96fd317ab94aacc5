"""Incidents by family and place, so that a report looks at its neighbours only. It must never score them."""

from collections.abc import Iterable, Iterator

from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.places import neighbours


class Neighbourhood:
    """The incidents of one batch: those read for it, growing as it opens and changes some.

    Thousands are laid out for every batch, so only the addresses that its reports may ask for are kept.
    """

    def __init__(self, incidents: Iterable[Incident], reports: Iterable[LocatedReport]) -> None:
        self._incidents: dict[str, Incident] = {}
        self._at_cell: dict[str, dict[int, list[str]]] = {}
        self._at_address: dict[str, list[str]] = {
            located.place.address_key: [] for located in reports if located.place.address_key
        }
        for incident in incidents:
            self.put(incident)

    def get(self, incident_id: str) -> Incident | None:
        """The latest state of an incident, live or not."""
        return self._incidents.get(incident_id)

    def put(self, incident: Incident) -> None:
        """Take in an incident or its new state. Family never changes; cell and address only once, from nothing."""
        incident_id, cell, address_key = incident.id, incident.cell, incident.address_key
        before = self._incidents.get(incident_id)
        self._incidents[incident_id] = incident
        if cell is not None and (before is None or before.cell is None):
            cells = self._at_cell.get(incident.family)
            if cells is None:
                cells = self._at_cell[incident.family] = {}
            ids = cells.get(cell)
            if ids is None:
                cells[cell] = [incident_id]
            else:
                ids.append(incident_id)
        if address_key in self._at_address and (before is None or not before.address_key):
            self._at_address[address_key].append(incident_id)

    def candidates(self, family: str, cell: int | None, address_key: str) -> Iterator[Incident]:
        """Incidents of a family in the nine cells or at the same address, each once, live or not."""
        incidents = self._incidents
        cells = self._at_cell.get(family)
        near: tuple[int, ...] = () if cell is None or cells is None else neighbours(cell)
        for each in near:
            for incident_id in cells.get(each, ()) if cells else ():
                yield incidents[incident_id]
        for incident_id in self._at_address.get(address_key, ()):
            incident = incidents[incident_id]
            # Those of the nine cells were given already.
            if incident.family == family and (incident.cell is None or incident.cell not in near):
                yield incident
