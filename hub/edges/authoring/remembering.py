"""What perception patterns remember, in memory: for cases, evaluations and backtests. It must never be a hub's own."""

from collections.abc import Iterable, Sequence

from hub.vocabulary.perceptions import Firing, Look, Perceived, Sighting, WarnedArea

#: Pattern, report and role.
_Key = tuple[str, str, str]


class Remembered:
    """The store's part: reads as `hub.edges.store.perceived` does, by pattern, spot and time."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], dict[_Key, Sighting]] = {}
        self._of_report: dict[str, dict[_Key, Sighting]] = {}
        self._at: dict[tuple[str, str], dict[str, Firing]] = {}
        self._areas: dict[tuple[str, str], WarnedArea] = {}

    @property
    def firings(self) -> tuple[Firing, ...]:
        """Every time a pattern came true."""
        return tuple(firing for there in self._at.values() for firing in there.values())

    def reports_of(self, firing: str) -> list[str]:
        """The reports in which a firing was seen, in their order."""
        used = [seen for there in self._seen.values() for seen in there.values() if seen.firing == firing]
        return [seen.report_id for seen in sorted(used, key=lambda seen: (seen.at, seen.report_id))]

    def all(self) -> Perceived:
        """Every firing, for those who listen."""
        return Perceived(firings=self.firings)

    def near(self, looks: Sequence[Look], report_ids: Iterable[str] = ()) -> Perceived:
        """What a batch that looks there and then meets."""
        if not looks:
            return Perceived()
        seen: dict[_Key, Sighting] = {}
        firings: dict[str, Firing] = {}
        for look in looks:
            for spot in look.spots:
                seen |= {
                    key: sighting
                    for key, sighting in self._seen.get((look.pattern, spot), {}).items()
                    if sighting.firing is None and look.since <= sighting.at <= look.until
                }
                for firing in self._at.get((look.pattern, spot), {}).values():
                    if firing.last_at >= look.since and firing.began_at <= look.until:
                        firings[firing.id] = firing
        for report_id in report_ids:
            seen |= self._of_report.get(report_id, {})
        areas = [area for area in self._areas.values() if any(_in_force(area, look) for look in looks)]
        return Perceived(sightings=tuple(seen.values()), firings=tuple(firings.values()), areas=tuple(areas))

    def keep(self, perceived: Perceived) -> None:
        """Keep what a decision adds."""
        for report_id in perceived.withdrawn:
            for key, sighting in self._of_report.pop(report_id, {}).items():
                del self._seen[sighting.pattern, sighting.spot][key]
        for sighting in perceived.sightings:
            key = (sighting.pattern, sighting.report_id, sighting.role)
            self._of_report.setdefault(sighting.report_id, {})[key] = sighting
            self._seen.setdefault((sighting.pattern, sighting.spot), {})[key] = sighting
        for firing in perceived.firings:
            self._at.setdefault((firing.pattern, firing.spot), {})[firing.id] = firing
        self._areas |= {(area.pattern, area.report_id): area for area in perceived.areas}


def _in_force(area: WarnedArea, look: Look) -> bool:
    return area.pattern == look.pattern and area.from_at <= look.until and area.until_at >= look.since
