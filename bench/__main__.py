"""`make bench`: every figure, as a table. Runs take turns, so that a ratio compares like with like."""

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Sequence

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from bench import screens, throughput
from bench.throughput import Load, Run
from bench.whole_hub import BROKERS
from hub.edges.clock import utc_now

_PARTS = ("worker", "postgres", "relay", "broker")
#: Messages of each run of a ratio, and how often the runs take turns.
_RATIO_MESSAGES, _TURNS = 30_000, 3


def main() -> None:
    """Measure and print: the figures of the screens by name, of the road otherwise."""
    if sys.argv[1:2] and sys.argv[1] in screens.COMMANDS:
        screens.main(sys.argv[1:])
        return
    given = _arguments(sys.argv[1:])
    load = Load(
        messages=given.messages, broker=given.broker, workers=given.workers, open_incidents=given.open, with_noop=True
    )
    if given.ratios:
        _print(f"ratios, {given.broker} broker", _ratios(replace(load, messages=_RATIO_MESSAGES, with_noop=False)))
    elif given.minutes:
        run, rates = asyncio.run(throughput.steady(load, given.minutes))
        span = f"{min(rates):,.0f} to {max(rates):,.0f} messages/s"
        _print(f"{given.minutes:g} minutes, {_told(load)}", [*_rows(run), ("minute by minute", span)])
    elif given.burst:
        run, taken_in = asyncio.run(throughput.burst(replace(load, messages=given.burst)))
        row = ("the broker had them all after", f"{taken_in:.1f} s")
        _print(f"a burst of {given.burst:,}, {_told(load)}", [row, *_rows(run)])
    else:
        _print(_told(load), _rows(asyncio.run(throughput.measure(load))))


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, epilog=f"Also: {', '.join(screens.COMMANDS)}.")
    parser.add_argument("--messages", type=int, default=40_000, help="messages of the plain run")
    parser.add_argument("--broker", choices=BROKERS, default="embedded")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--open", type=int, default=0, help="open incidents that the store is filled with first")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--minutes", type=float, default=0.0, help="a steady run, fed while it works")
    kinds.add_argument("--burst", type=int, default=0, help="so many messages at once, while the workers run")
    kinds.add_argument("--ratios", action="store_true", help="many open incidents, many rules, one hot street")
    return parser.parse_args(arguments)


def _ratios(load: Load) -> list[tuple[str, str]]:
    few, many = replace(load, open_incidents=2_000), replace(load, open_incidents=200_000)
    pairs = (
        ("200,000 open incidents against 2,000", many, few),
        ("10,000 rules more against 100", replace(few, rules=10_000), replace(few, rules=100)),
        ("every message in one street against all over", replace(few, hot=True), few),
    )
    rows = []
    for name, more, less in pairs:
        runs = [(asyncio.run(throughput.measure(more)), asyncio.run(throughput.measure(less))) for _ in range(_TURNS)]
        turns = sorted(runs, key=lambda run: run[0].cost_micros / run[1].cost_micros)
        high, low = turns[len(turns) // 2]
        ratio = f"{high.cost_micros / low.cost_micros:.2f}"
        rows.append((name, f"{ratio} ({high.cost_micros:.0f} µs against {low.cost_micros:.0f} µs)"))
    return rows


def _rows(run: Run) -> list[tuple[str, str]]:
    rows = [
        ("feed topic → committed incident", f"{run.per_second:,.0f} messages/s"),
        ("feed topic → published change", f"{run.published_per_second:,.0f} messages/s"),
        *((f"processor time of {part}", f"{run.micros(part):.0f} µs a message") for part in _PARTS),
        *((f"  of the workers: {place}", f"{share:.0%}") for place, share in run.shares.items()),
        ("incidents opened, reports joined", f"{run.incidents:,}, {run.joined:,}"),
        ("memory of the workers", f"{run.worker_memory_mib:.0f} MiB"),
        ("workers that started afresh", f"{run.restarts}"),
    ]
    if run.noop_per_second:
        rows += [
            ("the same worker, no-op agent", f"{run.noop_per_second:,.0f} messages/s"),
            ("share of the ceiling", f"{run.per_second / run.noop_per_second:.0%}"),
        ]
    return rows


def _told(load: Load) -> str:
    return (
        f"{load.workers} worker{'s' * (load.workers > 1)}, {load.broker} broker, {load.open_incidents:,} open incidents"
    )


def _print(about: str, rows: Sequence[tuple[str, str]]) -> None:
    title = f"Tongguan, {utc_now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}\n{about}"
    table = Table(title=title, show_header=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
