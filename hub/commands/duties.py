"""rules import-duties: a city's duty list from its workbook. It must never write before it has shown what changes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from hub.commands.running import AsJson, City, city_folder

if TYPE_CHECKING:
    from hub.edges.duties.importing import Imported
    from hub.edges.duties.listing import Remark

_SHOWN = 200


def import_duties(
    workbook: Annotated[Path, typer.Argument(help="The duty list (职责清单) as .xlsx.")],
    city: City = "yuncheng",
    standard: Annotated[
        str, typer.Option(help="Name of the list's code table; without it that of categories.yaml.")
    ] = "",
    district: Annotated[
        list[str] | None, typer.Option(help="District in which the list holds; may be given again. Without it, all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read a city's duty list from its workbook into rules/CITY/duties, and say what changes.

    Every row is imported or listed with sheet, cell and reason. A second run keeps the categories and the short words
    that were written by hand. Nothing is written that would not load.
    """
    from hub.edges.duties.importing import plan_import, write_files

    city_dir = city_folder(city)
    plan = plan_import(workbook, city_dir, standard_ref=standard, districts=district or ())
    if as_json:
        told = msgspec.to_builtins(plan) | {"files": sorted(plan.files), "dry_run": dry_run}
        typer.echo(msgspec.json.encode(told))
    else:
        typer.echo("\n".join(_lines(plan, dry_run)))
    if not dry_run:
        write_files(plan, city_dir)


def _lines(plan: "Imported", dry_run: bool) -> Iterator[str]:
    from hub.edges.duties.comparing import line_of

    yield f"{plan.workbook}: {plan.rows} rows, {plan.imported} imported, {plan.subclasses} subclasses (小类)"
    yield from _listed("not imported", plan.skipped)
    yield from _listed("notes", plan.notes)
    if plan.new_units:
        yield f"units that city.yaml does not know, {len(plan.new_units)}:"
        yield from (f"  {unit}  {name}" for unit, name in plan.new_units.items())
    if plan.spellings:
        yield f"spellings brought to one unit, {len(plan.spellings)}:"
        yield from (f"  {spelling} → {unit}" for spelling, unit in plan.spellings.items())
    if plan.without_category:
        yield f"without a category of categories.yaml, {len(plan.without_category)}: {', '.join(plan.without_category)}"
    if plan.for_all:
        yield "an option changes the list as a whole; without it everything stays as it is:"
        yield from (f"  {line}" for line in plan.for_all)
    yield f"changes, {len(plan.changes)}:" if plan.changes else "nothing changes in the rules"
    yield from (f"  {line_of(change)}" for change in plan.changes[:_SHOWN])
    if len(plan.changes) > _SHOWN:
        yield f"  … and {len(plan.changes) - _SHOWN} more; --json names all"
    yield from _next(plan)
    verb = "would write" if dry_run else "writes"
    yield f"{verb} {', '.join(sorted(plan.files))}" if plan.files else "no file differs"


def _next(plan: "Imported") -> Iterator[str]:
    """What a person has to write after a first import, before the list decides anything."""
    if plan.is_first and plan.without_category:
        yield f"to be written next, for {len(plan.without_category)} of {plan.subclasses} subclasses:"
        yield "  1. categories (类别) in categories.yaml, with the words that callers use"
        yield "  2. in duties/*.yaml the `category` of each of these subclasses; later imports keep it"
        yield "  `hub rules check` names what does not fit; until then what is of them is `unclassified` (未归类)"


def _listed(title: str, remarks: "tuple[Remark, ...]") -> Iterator[str]:
    if remarks:
        yield f"{title}, {len(remarks)}:"
        yield from (f"  {remark.sheet}!{remark.cell}: {remark.reason}" for remark in remarks[:_SHOWN])
