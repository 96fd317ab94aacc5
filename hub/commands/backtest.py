"""rules backtest: what another rulebook would have made of the past. It must never change anything."""

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.commands.running import AsJson, console, settings_here
from hub.settings import Settings, SettingsError

if TYPE_CHECKING:
    from hub.edges.activating.by_hand import Named
    from hub.edges.authoring.backtesting import AspectChanges, Backtest
    from hub.edges.backtest import Period

_SPAN = re.compile(r"(\d{1,4})\s*([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
#: What each aspect is called, with what is counted.
_WORDS = {
    "category": "category 类别",
    "severity": "severity 等级",
    "grouping": "grouping 归并 (reports that open or join otherwise)",
    "bureau": "bureau 承办单位",
    "deadline": "deadline 时限",
    "refused": "refused 退回 (reports that one of the two does not take)",
}


def backtest(
    against: Annotated[str, typer.Option(help="A city folder, or a kept version, to compare with what is active.")],
    since: Annotated[str, typer.Option(help="How far back: 30d, 12h, or a time with its offset.")] = "30d",
    before: Annotated[str, typer.Option("--from", help="Compare with this instead of what is active.")] = "active",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest so many reports.")] = None,
    examples: Annotated[int, typer.Option(min=0, max=1000, help="Examples of each kind of change.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Replay stored reports through two rulebooks and tell which incidents change, and by which rule.

    Nothing is stored and the hub goes on. Reports are replayed as they were understood; what people did to incidents
    and what came of time alone is not.
    """
    from hub.edges.activating.by_hand import named_texts
    from hub.edges.backtest import Period
    from hub.edges.clock import utc_now

    settings = settings_here()
    now = utc_now()
    period = Period(since=_since(since, now), until=now, limit=limit)
    old, new = named_texts(settings, before), named_texts(settings, against)
    found = asyncio.run(_run(settings, old, new, period, examples))
    typer.echo(msgspec.json.encode(found) if as_json else "\n".join(_lines(found, old.name, new.name)))


async def _run(settings: Settings, old: "Named", new: "Named", period: "Period", examples: int) -> "Backtest":
    from hub.edges.backtest import BacktestError, backtest
    from hub.edges.embedded.services import connected
    from hub.edges.store.patience import BROKEN

    reachable = connected(msgspec.structs.replace(settings, kafka_url="not needed"))
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(records: int, total: int) -> None:
            bar.update(task, completed=records, total=total)

        try:
            return await backtest(
                reachable.database_url, old.files, new.files, period, examples=examples, progress=show
            )
        except BacktestError as error:
            raise SettingsError(str(error)) from None
        except BROKEN as error:
            raise SettingsError(f"the database does not answer: {error}") from None


def _since(text: str, now: datetime) -> datetime:
    if (span := _SPAN.fullmatch(text.strip())) is not None:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise SettingsError(f"--since: {text}: a span such as 30d or 12h, or a time such as 2026-11-01T00:00+08:00")
    return at


def _lines(found: "Backtest", old: str, new: str) -> Iterator[str]:
    begin, end = (f"{at.astimezone():%Y-%m-%d %H:%M}" for at in (found.since, found.until))
    newest = ", the newest" if found.truncated else ""
    yield f"{found.records:,} records of {found.reports:,} reports{newest}, {begin} to {end}, in {found.seconds:.0f} s"
    yield f"before  {found.before}  {found.incidents_before:>8,} incidents  {old}"
    yield f"after   {found.after}  {found.incidents_after:>8,} incidents  {new}"
    yield f"{found.incidents_changed:,} incidents differ"
    for changes in found.changes:
        if changes.count:
            yield ""
            yield from _aspect_lines(changes)


def _aspect_lines(changes: "AspectChanges") -> Iterator[str]:
    yield f"{_WORDS[changes.aspect]}: {changes.count:,}"
    for pair in changes.rules:
        yield f"  {pair.count:>8,}  {pair.before or 'none'} → {pair.after or 'none'}"
    for example in changes.examples:
        report = "" if example.id == example.report else f"  {example.report}"
        yield f"    {example.id}{report}  {example.title}".rstrip()
        yield f"      {example.before} → {example.after}"
        yield f"      by {example.rule_before or 'no rule'} → {example.rule_after or 'no rule'}"
