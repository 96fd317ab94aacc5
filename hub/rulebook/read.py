"""Turns the texts of a city folder into a Rulebook, or into every error at once. It must never read a file.

All or nothing: a folder with one error gives no rulebook, so a running hub keeps the one it has.
"""

import hashlib
from collections.abc import Mapping

from hub.rulebook.book import Outline, Rulebook
from hub.rulebook.read_calendar import read_calendar
from hub.rulebook.read_categories import read_categories
from hub.rulebook.read_city import read_city
from hub.rulebook.read_rules import Known, read_deadlines, read_fusion, read_routes, read_severity
from hub.rulebook.yaml_nodes import Errors, Item, RuleError, compose, did_you_mean

__all__ = ["FILES", "RuleError", "read_rulebook"]

#: The files of a city folder; all of them are needed.
FILES = (
    "city.yaml",
    "categories.yaml",
    "duties.yaml",
    "routing.yaml",
    "fusion.yaml",
    "severity.yaml",
    "deadlines.yaml",
    "calendar.yaml",
)
_VERSION_DIGITS = 12


def read_rulebook(files: Mapping[str, str], outlines: Mapping[str, Outline]) -> Rulebook | tuple[RuleError, ...]:
    """The rulebook of a folder given as file name → text and district code → outline; or all of its errors."""
    errors = Errors()
    for extra in sorted(set(files) - set(FILES)):
        errors.add(extra, 1, 1, f"no such rule file{did_you_mean(extra, FILES)}")
    roots = {file: _root(file, files, errors) for file in FILES}
    # A file that is no YAML would make every reference to it an error as well; its own error says enough.
    whole = {file: root for file, root in roots.items() if root is not None}
    if len(whole) < len(FILES):
        return errors.all()
    book = _book(whole, outlines, version_of(files))
    return errors.all() or book


def version_of(files: Mapping[str, str]) -> str:
    """A short digest that changes with any character of any file."""
    digest = hashlib.sha256()
    for file, text in sorted(files.items()):
        digest.update(f"{file}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:_VERSION_DIGITS]


def _root(file: str, files: Mapping[str, str], errors: Errors) -> Item | None:
    if file not in files:
        errors.add(file, 1, 1, "the file is missing from the city folder")
        return None
    return compose(file, files[file], errors)


def _book(roots: Mapping[str, Item], outlines: Mapping[str, Outline], version: str) -> Rulebook:
    city = read_city(roots["city.yaml"], outlines)
    categories, standard_ref = read_categories(roots["categories.yaml"])
    known = Known(
        categories=tuple(categories),
        families=tuple(dict.fromkeys(category.family for category in categories.values())),
        districts=tuple(district.code for district in city.districts),
        bureaus=tuple(bureau.id for bureau in city.bureaus),
    )
    return Rulebook(
        version=version,
        city=city,
        categories=categories,
        standard_ref=standard_ref,
        severity=read_severity(roots["severity.yaml"], known),
        fusion=read_fusion(roots["fusion.yaml"], known),
        routes=read_routes(roots["routing.yaml"], roots["duties.yaml"], known),
        deadlines=read_deadlines(roots["deadlines.yaml"], known),
        calendar=read_calendar(roots["calendar.yaml"]),
    )
