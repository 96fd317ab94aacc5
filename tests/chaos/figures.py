"""How long the work took to go on after each fault, told at the end of the run."""

import statistics
from collections.abc import Iterator

from tests.chaos.faults import FAULTS


class Figures:
    """Seconds by broker and fault."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], list[float]] = {}

    def of(self, broker: str, fault: str) -> list[float]:
        """The seconds of one fault on one broker, to add to."""
        return self._seconds.setdefault((broker, fault), [])

    def table(self) -> Iterator[str]:
        """As Markdown, a fault a line; empty when nothing was measured."""
        if not self._seconds:
            return
        yield "| broker | fault | times | goes on after, median s | longest s | aim s |"
        yield "|---|---|---|---|---|---|"
        for (broker, fault), seconds in sorted(self._seconds.items()):
            if seconds:
                middle, longest = statistics.median(seconds), max(seconds)
                aim = FAULTS[fault].aim_seconds
                missed = " missed" if longest > aim else ""
                yield f"| {broker} | {fault} | {len(seconds)} | {middle:.1f} | {longest:.1f} | {aim:.0f}{missed} |"
