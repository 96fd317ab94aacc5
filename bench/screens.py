"""The figures of what people look at, by name. Each prints a table with its circumstances."""

import argparse
import asyncio
import os
import platform
from collections.abc import Sequence

import psutil
from rich.console import Console
from rich.table import Table

from bench import latency
from bench.whole_hub import BROKERS
from hub.edges.clock import utc_now

_CONSOLE = Console()


def main(arguments: Sequence[str]) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog=f"bench {arguments[0]}")
    COMMANDS[arguments[0]](parser, arguments[1:])


def _latency(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--broker", choices=BROKERS, default="embedded")
    parser.add_argument("--rates", default="200,1000", help="messages a second, one phase each")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each of these phases")
    parser.add_argument("--burst", type=int, default=5_000, help="messages posted as fast as they go; 0: none")
    parser.add_argument("--silence-minutes", type=float, default=0.0, help="how long nothing is posted; 0: skip")
    given = parser.parse_args(arguments)
    plan = latency.Plan(
        broker=given.broker,
        rates=tuple(float(rate) for rate in given.rates.split(",") if rate),
        seconds=given.seconds,
        burst=given.burst,
        silence_minutes=given.silence_minutes,
    )
    phases = asyncio.run(latency.measure(plan))
    table = _table(f"202 → painted by the browser, {given.broker} broker")
    for title in ("phase", "messages/s", "shown", "first", "p50", "p99", "worst"):
        table.add_column(title, justify="left" if title == "phase" else "right")
    for phase in phases:
        figures = (phase.first_ms, phase.p50_ms, phase.p99_ms, phase.worst_ms)
        table.add_row(
            phase.name,
            f"{phase.per_second:g}",
            f"{phase.shown:,} of {phase.messages:,}",
            *(f"{f:g} ms" for f in figures),
        )
    _CONSOLE.print(table)
    for phase in phases:
        _CONSOLE.print(phase.name, ", ".join(f"{step} {ms:g}" for step, ms in phase.stretches.items()), soft_wrap=True)


def _table(title: str) -> Table:
    load = psutil.getloadavg()[0]
    where = f"{utc_now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, load {load:.1f} afterwards"
    return Table(title=f"{title}\n{where}")


COMMANDS = {"latency": _latency}
