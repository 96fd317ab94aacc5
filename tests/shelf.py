"""A store of decisions in memory for the tests of the pure half, as strict as the real one about versions and keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from hub.edges.authoring.remembering import Remembered
from hub.naming import digest
from hub.perceiving import concerned
from hub.pipeline import decide
from hub.rulebook.book import Rulebook
from hub.stages.perceive import looks
from hub.vocabulary.incidents import Decision, Incident, KnownReport, Nearby, Task, TimelineEntry
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.perceptions import Perceived
from hub.vocabulary.places import neighbours
from hub.vocabulary.terms import LIVE_STATUSES


class Shelf:
    """What a store would hold after each decision."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.known: dict[str, KnownReport] = {}
        self.tasks: dict[str, Task] = {}
        self.timeline: dict[tuple[str, int, int], TimelineEntry] = {}
        self.stale: list[LocatedReport] = []
        self.remembered = Remembered()

    def nearby(self, located: Sequence[LocatedReport], book: Rulebook | None = None) -> Nearby:
        """Reads what a batch needs, and nothing else."""
        known = [self.known[item.report.id] for item in located if item.report.id in self.known]
        spots = {
            (item.classification.family, cell)
            for item in located
            if item.place.cell is not None
            for cell in neighbours(item.place.cell)
        }
        addresses = {(item.classification.family, item.place.address_key) for item in located}
        owners = {each.incident_id for each in known}
        found = [
            incident
            for incident in self.incidents.values()
            if incident.id in owners
            or (
                incident.status in LIVE_STATUSES
                and (
                    (incident.family, incident.cell) in spots
                    or (incident.address_key != "" and (incident.family, incident.address_key) in addresses)
                )
            )
        ]
        perceived = self.remembered.near(looks(located, book), [item.report.id for item in located]) if book else None
        if perceived is not None:
            found += [self.incidents[key] for key in sorted(set(concerned(perceived)) - {each.id for each in found})]
        return Nearby(incidents=tuple(found), known=tuple(known), perceived=perceived or Perceived())

    def put(self, decision: Decision) -> None:
        """Writes a decision; what the real store's keys and versions forbid is an error here."""
        assert len({incident.id for incident in decision.incidents}) == len(decision.incidents)
        for incident in decision.incidents:
            stored = self.incidents.get(incident.id)
            assert incident.version == (stored.version if stored else 0) + 1
            self.incidents[incident.id] = incident
        for filing in decision.filings:
            report = filing.located.report
            if filing.stale:
                self.stale.append(filing.located)
                continue
            before = self.known.get(report.id)
            assert filing.revision == (before.revision if before else 0) + 1
            assert filing.digest == digest(report)
            self.known[report.id] = filing.known
        for task in decision.tasks:
            assert task.id not in self.tasks
            assert task.incident_id in self.incidents
            self.tasks[task.id] = task
        self._put_timeline(decision)
        if decision.perceived is not None:
            self.remembered.keep(decision.perceived)

    def take(self, located: Sequence[LocatedReport], book: Rulebook, now: datetime) -> Decision:
        """One batch: read, decide, write."""
        decision = decide(located, self.nearby(located, book), book, now)
        self.put(decision)
        return decision

    def members(self) -> dict[str, set[str]]:
        """Report ids by incident."""
        found: dict[str, set[str]] = {}
        for known in self.known.values():
            if known.incident_id is not None:
                found.setdefault(known.incident_id, set()).add(known.report_id)
        return found

    def _put_timeline(self, decision: Decision) -> None:
        versions = {incident.id: incident.version for incident in decision.incidents}
        counted: dict[str, int] = {}
        for entry in decision.timeline:
            assert entry.version == versions[entry.incident_id]
            assert entry.n == counted.get(entry.incident_id, 0)
            counted[entry.incident_id] = entry.n + 1
            key = (entry.incident_id, entry.version, entry.n)
            assert key not in self.timeline
            self.timeline[key] = entry
        assert set(counted) == set(versions), "every change of an incident has an entry that tells of it"


def in_batches(items: Sequence[Any], sizes: Iterable[int]) -> Iterable[Sequence[Any]]:
    """The items cut into batches of these sizes, the rest in one."""
    start = 0
    for size in sizes:
        if start >= len(items):
            return
        yield items[start : start + size]
        start += size
    if start < len(items):
        yield items[start:]
