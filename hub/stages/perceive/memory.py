"""What patterns remember, growing as a batch is decided. It must never forget what was read for it."""

from collections.abc import Iterable

from hub.vocabulary.perceptions import Firing, Perceived, Sighting, WarnedArea


class Memory:
    """What was read for a batch, with what the batch itself adds; `kept` is what it added."""

    def __init__(self, read: Perceived) -> None:
        self._sightings: dict[str, dict[tuple[str, str], Sighting]] = {}
        self._firings: dict[str, dict[str, Firing]] = {}
        self._areas: dict[str, dict[str, WarnedArea]] = {}
        self._changed: dict[tuple[str, ...], Sighting | Firing | WarnedArea] = {}
        self._withdrawn: dict[str, None] = {}
        everything: list[Sighting | Firing | WarnedArea] = [*read.sightings, *read.firings, *read.areas]
        for item in everything:
            self._place(item)

    def sightings(self, pattern: str) -> Iterable[Sighting]:
        """What was seen for a pattern and is used up by no firing."""
        return [seen for seen in self._sightings.get(pattern, {}).values() if seen.firing is None]

    def firings(self, pattern: str) -> Iterable[Firing]:
        """Where a pattern came true, in the order of their names."""
        return [firing for _, firing in sorted(self._firings.get(pattern, {}).items())]

    def areas(self, pattern: str) -> Iterable[WarnedArea]:
        """The warnings known for a pattern."""
        return [area for _, area in sorted(self._areas.get(pattern, {}).items())]

    def area(self, pattern: str, report_id: str) -> WarnedArea | None:
        """What one warning covers."""
        return self._areas.get(pattern, {}).get(report_id)

    def has(self, pattern: str, report_id: str, role: str) -> bool:
        """Whether a report counts already."""
        return (report_id, role) in self._sightings.get(pattern, {})

    def put(self, item: Sighting | Firing | WarnedArea) -> None:
        """Remember something, or its new state."""
        self._changed[self._place(item)] = item

    def withdraw(self, report_id: str) -> None:
        """Forget a report that was taken back."""
        self._withdrawn[report_id] = None
        for pattern, seen in self._sightings.items():
            for key in [key for key in seen if key[0] == report_id]:
                del seen[key]
                self._changed.pop(("sighting", pattern, *key), None)

    def kept(self) -> Perceived | None:
        """What the batch added; None when that is nothing."""
        if not self._changed and not self._withdrawn:
            return None
        changed = self._changed.values()
        return Perceived(
            sightings=tuple(item for item in changed if isinstance(item, Sighting)),
            firings=tuple(item for item in changed if isinstance(item, Firing)),
            areas=tuple(item for item in changed if isinstance(item, WarnedArea)),
            withdrawn=tuple(self._withdrawn),
        )

    def _place(self, item: Sighting | Firing | WarnedArea) -> tuple[str, ...]:
        match item:
            case Sighting():
                self._sightings.setdefault(item.pattern, {})[item.report_id, item.role] = item
                return "sighting", item.pattern, item.report_id, item.role
            case Firing():
                self._firings.setdefault(item.pattern, {})[item.id] = item
                return "firing", item.id
            case WarnedArea():
                self._areas.setdefault(item.pattern, {})[item.report_id] = item
                return "area", item.pattern, item.report_id
