"""`hub`: the command line. It must never do more than list the commands and say an error in one line."""

import sys
from typing import Annotated

import typer

from hub import __version__
from hub.commands import backtest, duties, live_rules, messages, parts, rules, tasks
from hub.commands.running import console
from hub.settings import SettingsError

app = typer.Typer(
    name="hub",
    help="Tongguan (统管), a city operations hub (一网统管). Start with `hub up --simulate`. "
    "Settings are environment variables HUB_…; docs/administrator.md lists them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (parts.up, parts.worker, parts.serve, messages.simulate, messages.replay, parts.migrate):
    app.command()(command)
app.add_typer(messages.evaluate, name="evaluate")
rules.rules.command("import-duties")(duties.import_duties)
for of_rules in (live_rules.activate, live_rules.history, live_rules.diff, live_rules.rollback, backtest.backtest):
    rules.rules.command()(of_rules)
app.add_typer(rules.rules, name="rules")
app.add_typer(tasks.task, name="task")


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False) -> None:
    """Tongguan (统管), a city operations hub."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Entry point of the `hub` command. A wrong setting or rulebook ends with exit code 2 and one message."""
    try:
        app()
    except OSError as error:
        console.print(
            f"hub: {error.filename or ''}: {error.strerror or error}", style="red", markup=False, soft_wrap=True
        )
        sys.exit(2)
    except SettingsError as error:
        console.print(f"hub: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
