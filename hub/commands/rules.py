"""rules check, test, explain: what a rule author asks before rules are live. They must never change a rule."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from hub.commands.running import AsJson, City, city_folder, console, settings_here
from hub.settings import SettingsError
from hub.vocabulary.terms import Feed

rules = typer.Typer(help="Check, test and explain the rules of a city.", no_args_is_help=True)


@rules.command()
def check(city: City = "yuncheng", as_json: AsJson = False) -> None:
    """Name everything that is wrong with a city folder: file, line and column, with the line itself.

    Ends with code 1 when anything is wrong; a warning, such as a mute that is over, is told only. Stricter than the hub
    itself, which also runs rules that never decide.
    """
    from hub.edges.authoring.checking import check_city
    from hub.edges.clock import utc_now

    checked, text = check_city(city_folder(city), utc_now().date())
    if as_json:
        typer.echo(msgspec.json.encode(checked))
    else:
        typer.echo(f"{text}\n\n" if text else "", nl=False)
        style = "red" if checked.errors else "yellow" if checked.warnings else "green"
        console.print(checked.summary, style=style, markup=False, soft_wrap=True)
    raise typer.Exit(1 if checked.errors else 0)


@rules.command("test")
def run_cases(
    city: City = "yuncheng",
    coverage: Annotated[bool, typer.Option("--coverage", help="Also name the rules that no case touches.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Also write the results to this file, as JUnit XML.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the cases beside the rules: given these reports, that must come of them. Needs no database.

    Ends with code 1 when a case does not hold.
    """
    from hub.edges.authoring import testing
    from hub.edges.rules import city_texts, load_city

    folder = city_folder(city)
    tested = testing.run_cases(folder, load_city(folder))
    if not tested.cases:
        raise SettingsError(f"{folder}/{testing.CASES}: there are no cases")
    if junit is not None:
        junit.write_bytes(testing.junit(tested))
    if as_json:
        typer.echo(msgspec.json.encode(tested))
    else:
        lines = [*testing.lines_of(tested)]
        if coverage:
            lines += testing.coverage_lines(tested, city_texts(folder))
        typer.echo("\n".join(lines))
    raise typer.Exit(1 if tested.failed else 0)


@rules.command()
def explain(
    report: Annotated[
        str, typer.Argument(help="A file with a source's message, or the id of a stored report or raw message.")
    ],
    city: City = "yuncheng",
    feed: Annotated[Feed | None, typer.Option(help="Feed of the message in the file.")] = None,
    source: Annotated[str, typer.Option(help="Source id in city.yaml; the first of the feed when left out.")] = "",
    language: Annotated[Literal["zh", "en"], typer.Option(help="zh or en.")] = "zh",
    as_json: AsJson = False,
) -> None:
    """Tell why a report is what it is: every rule tried in order, what failed, the clause and the border that held.

    A file is decided alone, by the rules as they stand. A stored report is explained by the rulebook that decided it.
    Ends with code 1 when there is no report to explain: a reject (退回件), which is told with its reason, or nothing.
    """
    from hub.edges.authoring import asking

    path = Path(report)
    if path.is_file():
        if feed is None:
            raise SettingsError("--feed: which feed is this message of? " + ", ".join(Feed))
        answers = asking.explain_file(path, city_folder(city), feed, source, language, as_json=as_json)
    elif asking.is_stored_id(report):
        answers = [asking.explain_stored(report, settings_here(), city_folder(city), language, as_json=as_json)]
    else:
        raise SettingsError(
            f"{report}: neither a file nor the id of a report, which is `feed:source_id`, nor that of a raw message"
        )
    typer.echo("\n".join(answer.text for answer in answers))
    raise typer.Exit(0 if all(answer.understood for answer in answers) else 1)
