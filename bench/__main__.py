"""`make bench`: every figure, as a table. Runs take turns, so that a ratio compares like with like."""

import argparse
import asyncio
import os
import platform
import sys

from rich.console import Console
from rich.table import Table

from bench import screens, throughput
from hub.edges.clock import utc_now


def main() -> None:
    """Measure and print: the figures of the screens by name, of the road otherwise."""
    if sys.argv[1:2] and sys.argv[1] in screens.COMMANDS:
        screens.main(sys.argv[1:])
        return
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, epilog=f"Also: {', '.join(screens.COMMANDS)}.")
    parser.add_argument("--messages", type=int, default=40_000, help="messages of the throughput run")
    given = parser.parse_args()
    run = asyncio.run(throughput.measure(given.messages))
    table = Table(
        title=f"Tongguan, {utc_now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}", show_header=False
    )
    table.add_row("feed topic → committed incident", f"{run.per_second:,.0f} messages/s")
    table.add_row("the same worker, no-op agent", f"{run.noop_per_second:,.0f} messages/s")
    table.add_row("share of the ceiling", f"{run.share_of_noop:.0%}")
    table.add_row("incidents opened, reports joined", f"{run.incidents:,}, {run.joined:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
