"""The figures of what people look at, by name. Each prints a table with its circumstances."""

import argparse
import asyncio
import os
import platform
from collections.abc import Sequence

import psutil
from rich.console import Console
from rich.table import Table

from bench import day, fps, latency, sockets
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


def _fps(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--incidents", type=int, default=5_000, help="open incidents")
    parser.add_argument("--changes", type=float, default=200.0, help="changes a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the map is dragged about")
    given = parser.parse_args(arguments)
    found = asyncio.run(fps.measure(given.incidents, given.changes, given.seconds))
    table = _table(f"{given.incidents:,} open incidents, {given.changes:g} changes/s, no GPU")
    for title in ("wall", "still", "panning", "worst second", "p99 gap", "worst gap", "gaps > 50 ms", "thread busy"):
        table.add_column(title, justify="left" if title == "wall" else "right")
    for each in found:
        table.add_row(
            f"{each.width} × {each.height}",
            *(f"{rate:g} fps" for rate in (each.fps_still, each.fps_panning, each.fps_worst_second)),
            *(f"{gap:g} ms" for gap in (each.gap_p99_ms, each.gap_worst_ms)),
            str(each.long_frames),
            f"{each.busy_share:.0%}",
        )
    _CONSOLE.print(table)


def _sockets(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--screens", type=int, default=1_000, help="connected at once")
    parser.add_argument("--slow", type=float, default=0.1, help="share of them that does not keep up")
    parser.add_argument("--changes", type=float, default=100.0, help="changes a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the run; a screen is given up after 30")
    given = parser.parse_args(arguments)
    plan = sockets.Plan(
        screens=given.screens, slow_share=given.slow, changes_a_second=given.changes, seconds=given.seconds
    )
    found = asyncio.run(sockets.measure(plan))
    rss = found.rss_mib
    table = _table(f"{found.screens:,} screens, {found.slow:,} of them slow, {given.changes:g} changes/s")
    table.show_header = False
    table.add_row("frames a second, missed", f"{found.frames_a_second:g}, {found.gaps}")
    table.add_row("change → fast screen", f"p50 {found.delay_p50_ms:g} ms, p99 {found.delay_p99_ms:g} ms")
    table.add_row("the server's share of a core", f"{found.cpu_share:.0%}")
    table.add_row("its memory: first, most, last", f"{rss[0]:g}, {max(rss):g}, {rss[-1]:g} MiB")
    table.add_row("slow ones dropped, given a new snapshot", f"{found.dropped}, {found.resynchronised}")
    table.add_row("boards wrong in the end", f"{found.wrong}")
    table.add_row("all connected with a first board in", f"{found.first_board_seconds:g} s")
    _CONSOLE.print(table)
    _CONSOLE.print("memory every 5 s:", " ".join(f"{each:.0f}" for each in rss[::5]), soft_wrap=True)


def _day(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--broker", choices=BROKERS, default="embedded")
    parser.add_argument("--hours", type=float, default=24.0, help="simulated; fewer than 24 begin at seven")
    parser.add_argument("--speed", type=float, default=50.0, help="times real time")
    parser.add_argument("--scale", type=float, default=1.0, help="times the messages of the simulated city")
    parser.add_argument("--seed", type=int, default=1, help="of the day and of the faults")
    parser.add_argument("--fault-every", type=float, default=60.0, help="seconds between two kills; 0: none")
    given = parser.parse_args(arguments)
    plan = day.Plan(
        broker=given.broker,
        hours=given.hours,
        speed=given.speed,
        scale=given.scale,
        seed=given.seed,
        fault_every_seconds=given.fault_every,
    )
    _tell_day(plan, asyncio.run(day.measure(plan)))


def _tell_day(plan: day.Plan, found: day.Day) -> None:
    of = found.accounts
    table = _table(f"{plan.hours:g} hours at {plan.speed:g} × real time, {plan.broker} broker, seed {plan.seed}")
    table.show_header = False
    table.add_row("played in", f"{found.seconds / 60:.1f} min")
    table.add_row("posted, refused, posted again", f"{found.posted:,}, {found.refused:,}, {found.retries:,}")
    parts = f"{of.reports:,} + {of.revisions:,} + {of.rejects:,} + {of.repeated:,}"
    table.add_row("raw = reports + revisions + rejects + repeated", f"{of.raw:,} = {parts}")
    table.add_row("reports missing, too many", f"{of.missing}, {of.too_many}")
    table.add_row("killed", f"{len(found.killed)}: {', '.join(found.killed)}")
    table.add_row("drift: API, socket, browser", f"{found.drift_api}, {found.drift_socket}, {found.drift_browser}")
    table.add_row("live incidents", f"{found.live:,}")
    for each in found.memory:
        thirds = " → ".join(f"{mib:g}" for mib in each.thirds)
        flat = "flat" if each.is_flat else "GROWS"
        table.add_row(f"memory of {each.part}, thirds", f"{thirds} MiB, {flat}, {each.slope_mib_an_hour:+g} MiB/h")
    _CONSOLE.print(table)


COMMANDS = {"latency": _latency, "sockets": _sockets, "fps": _fps, "day": _day}
