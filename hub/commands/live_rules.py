"""rules activate, history, diff, rollback: which rulebook decides. Nothing half-way is ever active."""

import asyncio
import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from hub.commands.running import AsJson, city_folder, console, settings_here
from hub.settings import Settings, SettingsError

if TYPE_CHECKING:
    from hub.edges.activating.by_hand import Done, History

Why = Annotated[str, typer.Option("--why", help="Why, on one line; it is kept in the history.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="Who does it; the user of this shell when left out.")]
Version = Annotated[str | None, typer.Argument(help="A version of `hub rules history`; its beginning is enough.")]
One = Annotated[str | None, typer.Argument(help="A version, the beginning of one, `active`, or a folder.")]


def activate(
    folder: Annotated[str | None, typer.Argument(help="A city folder; that of HUB_CITY when left out.")] = None,
    why: Why = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Check a city folder, run its cases, and let it decide from now on in every worker, without a restart.

    With any error nothing changes, and the command ends with code 1.
    """
    from hub.edges.activating.by_hand import activate_folder, folder_texts, how_of
    from hub.edges.clock import utc_now
    from hub.edges.rules import RulebookError
    from hub.rulebook.carets import all_told

    settings = settings_here()
    path = _folder(settings, folder)
    texts: dict[str, str] = {}
    try:
        texts = folder_texts(path)
        how, today = how_of(path, settings), utc_now().date()
        work = activate_folder(settings, texts, how, who=_who(by), why=_reason(why), today=today)
        done = asyncio.run(work)
    except RulebookError as error:
        if as_json:
            typer.echo(msgspec.json.encode({"errors": error.errors}))
        else:
            typer.echo(f"{all_told(error.errors, texts, f'{path}/')}\n")
            count = len(error.errors)
            console.print(
                f"{path}: {count} error{'' if count == 1 else 's'}; nothing was activated", style="red", soft_wrap=True
            )
        raise typer.Exit(1) from None
    _tell_done(done, as_json=as_json)


def rollback(version: Version = None, why: Why = "", by: By = "", as_json: AsJson = False) -> None:
    """Let an earlier rulebook decide again; without a version the one that was active before.

    Rolled back by mistake? The same command again returns to where it was.
    """
    from hub.edges.activating.by_hand import roll_back

    _tell_done(asyncio.run(roll_back(settings_here(), version, who=_who(by), why=_reason(why))), as_json=as_json)


def history(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most activations shown.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What is active and was, newest first: when, by whom and why; and whether the folder on disk is another."""
    from hub.edges.activating.by_hand import history_of

    told = asyncio.run(history_of(settings_here(), limit))
    typer.echo(msgspec.json.encode(told) if as_json else "\n".join(_history_lines(told)))


def diff(
    a: One = None,
    b: One = None,
    text: Annotated[bool, typer.Option("--text", help="Line by line instead of rule by rule.")] = False,
    as_json: AsJson = False,
) -> None:
    """What changes from one rulebook to another, rule by rule and key by key.

    Without arguments from what is active to the folder on disk; with one, from what is active to that.
    """
    from hub.edges.activating.by_hand import ACTIVE, named_texts
    from hub.edges.authoring.telling_changes import change_lines, counted, text_lines
    from hub.rulebook.differing import rule_changes

    settings = settings_here()
    names = (a or ACTIVE, b) if b is not None else (ACTIVE, a or str(settings.city_dir()))
    before, after = (named_texts(settings, name) for name in names)
    changes = rule_changes(before.files, after.files)
    if as_json:
        typer.echo(msgspec.json.encode({"from": before.version, "to": after.version, "rules": changes}))
        return
    lines = text_lines(before.files, after.files) if text else change_lines(changes)
    typer.echo("".join(f"{line}\n" for line in lines), nl=False)
    console.print(
        f"from {before.name} ({before.version}) to {after.name} ({after.version}): {counted(changes)}",
        markup=False,
        soft_wrap=True,
    )


def _folder(settings: Settings, folder: str | None) -> Path:
    if folder is None:
        return settings.city_dir()
    return Path(folder) if Path(folder).is_dir() else city_folder(folder)


def _who(by: str) -> str:
    try:
        return by.strip() or getpass.getuser()
    except (KeyError, OSError):
        raise SettingsError("--by: who does this? This shell's user has no name") from None


def _reason(why: str) -> str:
    if not why.strip() or not why.strip().isprintable():
        raise SettingsError(
            "--why: say on one line why, such as --why '水管爆裂改由供水公司牵头'; it is kept in the history"
        )
    return why.strip()


def _tell_done(done: "Done", *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(done))
        return
    active = done.activation
    said = "is active now" if done.changed else "was active already; nothing changed"
    console.print(f"rulebook {active.version} {said} (number {active.number})", style="green", markup=False)
    style: Literal["yellow", "green"] = "green" if done.decide_by_it == done.workers else "yellow"
    console.print(
        f"{done.decide_by_it} of {done.workers} workers decide by it" if done.workers else "no worker runs",
        style=style,
        markup=False,
    )


def _history_lines(told: "History") -> Iterator[str]:
    for number, item in enumerate(told.items):
        mark = "*" if number == 0 else " "
        at = f"{item.at.astimezone():%Y-%m-%d %H:%M:%S}"
        yield f"{mark} {item.number:>4}  {item.version}  {at}  {item.how:<8}  {item.who}"
        yield f"        {item.why}"
    if not told.items:
        yield f"no rulebook of {told.city} was ever active here"
    elif told.folder.version is None:
        yield f"\nthe folder {told.folder.folder} cannot be read; `hub rules check` says why"
    elif told.folder.differs:
        yield f"\nthe folder {told.folder.folder} is another, {told.folder.version}: `hub rules diff` compares,"
        yield "`hub rules activate --why …` makes it active"
