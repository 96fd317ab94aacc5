"""docs/metrics.md names every metric with its labels and kind, and no other."""

import re
from pathlib import Path

from hub.edges.metrics import Metrics

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\| (\w+) \|", re.MULTILINE)


def test_every_metric_is_documented_and_nothing_else() -> None:
    registered = {}
    for name, collector in Metrics().registry._names_to_collectors.items():
        kind = type(collector).__name__.lower()
        if (kind == "counter") == name.endswith("_total") and not re.search(r"_(bucket|sum|count|created)$", name):
            registered[name] = (tuple(collector._labelnames), kind)
    written = {
        name: (tuple(re.findall(r"`(\w+)`", labels)), kind)
        for name, labels, kind in ROW.findall(PAGE.read_text("utf-8"))
    }
    assert written == registered


def test_two_processes_worth_of_metrics_can_live_in_one() -> None:
    first, second = Metrics(), Metrics()
    first.relay_errors.inc()
    assert b"hub_relay_errors_total 1.0" in first.text()
    assert b"hub_relay_errors_total 0.0" in second.text()
