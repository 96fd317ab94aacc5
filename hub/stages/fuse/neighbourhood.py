"""Incidents by family and place, so that a report looks at its neighbours only. It must never score them."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from hub.vocabulary.incidents import Incident
from hub.vocabulary.places import neighbours

_Key = TypeVar("_Key", int, str)
_Index = dict[str, dict[_Key, list[str]]]


class Neighbourhood:
    """The incidents of one batch: those read for it, growing as it opens and changes some."""

    def __init__(self, incidents: Iterable[Incident]) -> None:
        self._incidents: dict[str, Incident] = {}
        #: Ids by family, then by cell or address; nested, since thousands are laid out for every batch.
        self._at_cell: _Index[int] = {}
        self._at_address: _Index[str] = {}
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
            _add(self._at_cell, incident.family, cell, incident_id)
        if address_key and (before is None or not before.address_key):
            _add(self._at_address, incident.family, address_key, incident_id)

    def candidates(self, family: str, cell: int | None, address_key: str) -> Iterator[Incident]:
        """Incidents of a family in the nine cells or at the same address, each once, live or not."""
        incidents = self._incidents
        cells = self._at_cell.get(family)
        near: tuple[int, ...] = () if cell is None or cells is None else neighbours(cell)
        for each in near:
            for incident_id in cells.get(each, ()) if cells else ():
                yield incidents[incident_id]
        for incident_id in self._at_address.get(family, {}).get(address_key, ()) if address_key else ():
            incident = incidents[incident_id]
            if incident.cell is None or incident.cell not in near:
                yield incident


def _add(index: _Index[_Key], family: str, key: _Key, incident_id: str) -> None:
    places = index.get(family)
    if places is None:
        places = index[family] = {}
    ids = places.get(key)
    if ids is None:
        places[key] = [incident_id]
    else:
        ids.append(incident_id)
