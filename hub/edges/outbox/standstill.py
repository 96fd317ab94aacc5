"""Which partitions stand still: a canary waits and nothing moved for too long. It must never read a clock or do IO."""

from collections.abc import Callable, Iterable
from typing import Any

from hub.edges.store.canaries import Partition, Standing

#: Seconds without progress after which a partition stands still. With the canaries' pace and the looks' it is noticed
#: within 15 s.
PATIENCE_SECONDS = 10.0


class Standstill:
    """Follows the partitions from look to look, on the looker's own clock.

    A backlog is no standstill: as long as the position moves, however far behind the canary, its time begins anew.
    """

    def __init__(self) -> None:
        self._since: dict[Partition, tuple[Any, float]] = {}

    def excuse(self) -> None:
        """Whatever happened was nobody's fault here (broker, database, a rebalance): every time begins anew."""
        self._since.clear()

    def look(
        self,
        standings: Iterable[Standing],
        now: float,
        *,
        patience: Callable[[Standing], float],
        owner: Callable[[Standing], str] = lambda _: "",
    ) -> list[Standing]:
        """The partitions that have stood still for longer than `patience`, under the same `owner` all the time."""
        before, self._since = self._since, {}
        still = []
        for row in standings:
            if not row.waits:
                continue
            mark = (row.canary, row.read_to, owner(row))
            seen, since = before.get(row.key, (mark, now))
            self._since[row.key] = (mark, since if seen == mark else now)
            if now - self._since[row.key][1] >= patience(row):
                still.append(row)
        return still
