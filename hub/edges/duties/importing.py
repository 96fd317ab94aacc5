"""Brings a workbook's duty list (职责清单) into a city folder. It must never write what would not load, nor half of it.

The workbook decides names, units, supervisors and limits; what a person added in the files (category, short words, the
usual clause) stays for every condition that the workbook has not changed. `source.json` beside the files holds a digest
of each condition, so that a change is seen without keeping the list's own sentences.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from hub.edges.duties.comparing import Change, changes_between
from hub.edges.duties.listing import ListedDuty, Listing, Remark, read_listing
from hub.edges.duties.units import Units
from hub.edges.duties.workbook import WorkbookError, read_workbook
from hub.edges.duties.writing import Kept, duty_file, units_file
from hub.edges.rules import RulebookError, city_texts, load_city, outlines_of
from hub.rulebook.book import UNCLASSIFIED, Duty, Rulebook
from hub.rulebook.read import DUTY_FOLDER, UNITS_FILE, read_rulebook
from hub.vocabulary.folding import fold
from hub.vocabulary.terms import CategoryKind

_SOURCE_FILE = "source.json"


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import found, and what it changes."""

    workbook: str
    sheets: tuple[str, ...]
    rows: int
    imported: int
    subclasses: int
    skipped: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    #: Spellings that are not a unit's own name → unit id.
    spellings: dict[str, str]
    #: Units that the city did not know: id → name.
    new_units: dict[str, str]
    #: Subclasses that lead to no category of the rulebook yet.
    without_category: tuple[str, ...]
    changes: tuple[Change, ...]
    #: What an option changes for the whole list at once, such as its code table.
    for_all: tuple[str, ...]
    #: Nothing of a duty list was there before.
    is_first: bool
    #: Files that differ from those in the folder, as text.
    files: dict[str, str]


class _Source(msgspec.Struct, kw_only=True):
    """`source.json`: digests of the conditions by clause, and the columns that the importer does not use."""

    digests: dict[str, list[str]] = {}
    aside: dict[str, dict[str, str]] = {}


def plan_import(workbook: Path, city_dir: Path, *, standard_ref: str = "", districts: Sequence[str] = ()) -> Imported:
    """What an import would do; nothing is written. Raises WorkbookError or RulebookError."""
    book = load_city(city_dir)
    sheets = read_workbook(workbook)
    table = standard_ref or _table_of(book) or book.standard_ref
    units = Units(book.city)
    listing = read_listing(sheets, units.read, digits=3 if "47678" in table else 2)
    if not listing.duties:
        reasons = "\n".join(f"  {remark.sheet} {remark.cell} {remark.reason}" for remark in listing.skipped[:20])
        raise WorkbookError(f"{workbook.name}: no duty could be read\n{reasons}")
    source = _read_source(city_dir)
    kept = {key: _kept(duty, book, source) for key, duty in listing.duties.items()}
    texts = city_texts(city_dir)
    planned = _planned(listing, kept, units, book, source, table, districts)
    after = {**texts, **{name: text for name, text in planned.items() if name.endswith(".yaml")}}
    loaded = read_rulebook(after, outlines_of([district.code for district in book.city.districts]))
    if not isinstance(loaded, Rulebook):
        raise RulebookError(loaded)
    return Imported(
        workbook=workbook.name,
        sheets=tuple(sheet.name for sheet in sheets),
        rows=listing.rows,
        imported=listing.imported,
        subclasses=len(listing.duties),
        skipped=tuple(listing.skipped),
        notes=tuple(listing.notes),
        spellings=dict(sorted(units.variants.items())),
        new_units={unit.id: unit.name.zh for unit in units.new.values()},
        without_category=tuple(key for key in sorted(kept) if kept[key].category == UNCLASSIFIED),
        changes=tuple(changes_between(book.duties, loaded.duties)),
        for_all=tuple(_for_all(book, listing, table, districts)),
        is_first=not book.duties,
        files={name: text for name, text in planned.items() if text != _on_disk(city_dir / name)},
    )


def write_files(plan: Imported, city_dir: Path) -> None:
    """Write what a plan says, each file whole or not at all."""
    (city_dir / DUTY_FOLDER).mkdir(exist_ok=True)
    for name, text in sorted(plan.files.items()):
        path = city_dir / name
        half = path.with_name(path.name + ".half")
        half.write_text(text, encoding="utf-8")
        os.replace(half, path)


def _planned(
    listing: Listing,
    kept: Mapping[str, Kept],
    units: Units,
    book: Rulebook,
    source: _Source,
    table: str,
    districts: Sequence[str],
) -> dict[str, str]:
    """The texts of all files of the list, of the kinds that the workbook holds."""
    planned = {}
    for kind in CategoryKind:
        if any(duty.kind is kind for duty in listing.duties.values()):
            holds_in = districts or _districts_of(book, kind)
            planned[f"{DUTY_FOLDER}{kind}.yaml"] = duty_file(
                kind, listing, kept, standard_ref=table, districts=holds_in
            )
    known = {bureau.id: bureau for bureau in book.city.bureaus if bureau.id in book.list_bureaus}
    if known or units.new:
        planned[UNITS_FILE] = units_file({**known, **units.new})
    planned[DUTY_FOLDER + _SOURCE_FILE] = _source_text(listing, source)
    return planned


def _for_all(book: Rulebook, listing: Listing, table: str, districts: Sequence[str]) -> Iterator[str]:
    """What `--standard` and `--district` change of a list that is there, each for every duty of a kind."""
    for kind in CategoryKind:
        held = [duty for duty in book.duties.values() if duty.code.kind is kind]
        if not held or not any(duty.kind is kind for duty in listing.duties.values()):
            continue
        before = held[0].code.standard_ref
        if before != table:
            yield f"{kind}: code table of all {len(held)} duties: {before or 'none'} → {table or 'none'}"
        held_in, holds_in = _districts_of(book, kind), sorted(districts)
        if holds_in and holds_in != held_in:
            yield f"{kind}: all {len(held)} duties held in {', '.join(held_in) or 'the whole city'} → " + ", ".join(
                holds_in
            )


def _source_text(listing: Listing, before: _Source) -> str:
    kinds = {duty.kind for duty in listing.duties.values()}
    others = {key: value for key, value in before.digests.items() if CategoryKind(key.partition("-")[0]) not in kinds}
    digests = {key: [clause.digest for clause in duty.clauses] for key, duty in listing.duties.items()}
    aside = {
        f"{key}.{n}": clause.aside
        for key, duty in listing.duties.items()
        for n, clause in enumerate(duty.clauses, start=1)
        if clause.aside
    }
    after = _Source(digests=dict(sorted({**others, **digests}.items())), aside=dict(sorted(aside.items())))
    return msgspec.json.format(msgspec.json.encode(after), indent=1).decode() + "\n"


def _read_source(city_dir: Path) -> _Source:
    path = city_dir / DUTY_FOLDER / _SOURCE_FILE
    if not path.exists():
        return _Source()
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Source)
    except msgspec.DecodeError as error:
        raise WorkbookError(f"{path}: not the file that an import wrote ({error}); delete it to begin anew") from error


def _kept(duty: ListedDuty, book: Rulebook, source: _Source) -> Kept:
    """What stays of a duty that the rules have already; for a new one the category that its code or name leads to."""
    key = f"{duty.kind}-{duty.code}"
    known = book.duties.get(key)
    if known is None:
        return Kept(category=_category(duty, book), said={})
    digests = source.digests.get(key, [])
    pairs = list(zip(digests, known.clauses, strict=False))
    said = {digest: clause.said for digest, clause in pairs}
    usual = next((digest for digest, clause in pairs[1:] if clause.id == known.usual), None)
    return Kept(category=known.category, said=said, usual=usual)


def _category(duty: ListedDuty, book: Rulebook) -> str:
    for category in book.categories.values():
        if any((code.kind, code.code) == (duty.kind, duty.code) for code in category.codes):
            return category.key
    name = fold(duty.name)
    for category in book.categories.values():
        if any(fold(spelling) == name for spelling in category.names):
            return category.key
    return UNCLASSIFIED


def _table_of(book: Rulebook) -> str:
    return next((duty.code.standard_ref for duty in book.duties.values()), "")


def _districts_of(book: Rulebook, kind: CategoryKind) -> list[str]:
    duty: Duty | None = next((duty for duty in book.duties.values() if duty.code.kind is kind), None)
    return [] if duty is None or duty.districts is None else sorted(duty.districts)


def _on_disk(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
