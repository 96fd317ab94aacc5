"""`make bench`: every figure, as a table. Runs take turns, so that a ratio compares like with like."""

import argparse
import asyncio
import os
import platform

from rich.console import Console
from rich.table import Table

from bench import latency, throughput
from hub.edges.clock import utc_now


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=40_000, help="messages of the throughput run")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second of the latency run")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the latency run")
    given = parser.parse_args()
    run = asyncio.run(throughput.measure(given.messages))
    wait = asyncio.run(latency.measure(given.rate, given.seconds))
    table = Table(
        title=f"Tongguan, {utc_now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}", show_header=False
    )
    table.add_row("feed topic → committed incident", f"{run.per_second:,.0f} messages/s")
    table.add_row("the same worker, no-op agent", f"{run.noop_per_second:,.0f} messages/s")
    table.add_row("share of the ceiling", f"{run.share_of_noop:.0%}")
    table.add_row("incidents opened, reports joined", f"{run.incidents:,}, {run.joined:,}")
    table.add_row(
        f"202 → frame at {wait.per_second:g}/s", f"p50 {wait.p50_ms} ms, p99 {wait.p99_ms} ms, worst {wait.worst_ms} ms"
    )
    table.add_row("messages, shown", f"{wait.messages:,}, {wait.shown:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
