"""Incidents by family and place, so that a report looks at its neighbours only. It must never score them."""

from collections.abc import Iterable

from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.places import neighbours


class Neighbourhood:
    """The incidents of one batch: those read for it, growing as it opens and changes some.

    Thousands are laid out for every batch, so only the addresses that its reports may ask for are kept.
    """

    def __init__(self, incidents: Iterable[Incident], reports: Iterable[LocatedReport]) -> None:
        self._incidents: dict[str, Incident] = {}
        self._at_cell: dict[str, dict[int, list[Incident]]] = {}
        self._at_address: dict[str, list[Incident]] = {
            located.place.address_key: [] for located in reports if located.place.address_key
        }
        asked, at_cell = self._at_address, self._at_cell
        # The same as `put` for incidents not seen before: this loop is most of what a large neighbourhood costs.
        for incident in incidents:
            self._incidents[incident.id] = incident
            if (cell := incident.cell) is not None:
                if (cells := at_cell.get(incident.family)) is None:
                    cells = at_cell[incident.family] = {}
                if (there := cells.get(cell)) is None:
                    cells[cell] = [incident]
                else:
                    there.append(incident)
            if incident.address_key in asked:
                asked[incident.address_key].append(incident)

    def get(self, incident_id: str) -> Incident | None:
        """The latest state of an incident, live or not."""
        return self._incidents.get(incident_id)

    def put(self, incident: Incident) -> None:
        """Take in an incident or its new state. Family never changes; cell and address only from nothing."""
        cell, address_key = incident.cell, incident.address_key
        before = self._incidents.get(incident.id)
        self._incidents[incident.id] = incident
        if cell is not None:
            _place(self._at_cell.setdefault(incident.family, {}).setdefault(cell, []), before, incident)
        if address_key in self._at_address:
            _place(self._at_address[address_key], before, incident)

    def candidates(self, family: str, cell: int | None, address_key: str) -> list[Incident]:
        """Incidents of a family in the nine cells or at the same address, each once, live or not."""
        found: list[Incident] = []
        cells = self._at_cell.get(family)
        near = () if cell is None or cells is None else neighbours(cell)
        for each in near:
            if cells and (there := cells.get(each)):
                found += there
        # Those of the nine cells are there already.
        found += (
            incident
            for incident in self._at_address.get(address_key, ())
            if incident.family == family and (incident.cell is None or incident.cell not in near)
        )
        return found


def _place(there: list[Incident], before: Incident | None, incident: Incident) -> None:
    """Put an incident's new state where its old one was."""
    if before is not None:
        for n, other in enumerate(there):
            if other is before:
                there[n] = incident
                return
    there.append(incident)
