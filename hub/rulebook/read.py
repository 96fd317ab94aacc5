"""Turns the texts of a city folder into a Rulebook, or into every error at once. It must never read a file.

All or nothing: a folder with one error gives no rulebook, so a running hub keeps the one it has.
"""

import hashlib
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hub.rulebook.book import Category, City, Outline, Rulebook
from hub.rulebook.read_calendar import read_calendar
from hub.rulebook.read_categories import read_categories
from hub.rulebook.read_city import read_city, read_units
from hub.rulebook.read_duty_list import deadlines_of, gathered, read_duty_file, read_feeds, routes_of, with_codes
from hub.rulebook.read_escalation import read_escalation, read_roles
from hub.rulebook.read_mutes import read_mutes
from hub.rulebook.read_patterns import read_patterns
from hub.rulebook.read_routes import DISTRICT_BUREAU, read_duties, read_routes
from hub.rulebook.read_rules import Known, read_deadlines, read_fusion, read_severity
from hub.rulebook.read_tasks import read_tasks
from hub.rulebook.yaml_nodes import Errors, Item, RuleError, compose, did_you_mean

__all__ = ["FILES", "RuleError", "read_partly", "read_rulebook"]

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
#: What sources call things, a feed each; a city may do without it.
FEEDS_FILE = "feeds.yaml"
#: What is held back for the time being; a city may do without it.
MUTES_FILE = "mutes.yaml"
#: What is raised before and after deadlines, and to whom; a city may do without it.
ESCALATION_FILE = "escalation.yaml"
#: Perception patterns; a city may do without them.
PATTERNS_FILE = "patterns.yaml"
#: How a task may be moved; a city may do without it.
TASKS_FILE = "tasks.yaml"
#: The files that a city may do without.
OPTIONAL_FILES = (FEEDS_FILE, MUTES_FILE, ESCALATION_FILE, PATTERNS_FILE, TASKS_FILE)
#: Folder of the files of the duty list, any number of them.
DUTY_FOLDER = "duties/"
#: Bureaus that only the duty list names; the other files of the folder hold duties.
UNITS_FILE = f"{DUTY_FOLDER}units.yaml"
_VERSION_DIGITS = 12


def read_rulebook(files: Mapping[str, str], outlines: Mapping[str, Outline]) -> Rulebook | tuple[RuleError, ...]:
    """The rulebook of a folder given as file name → text and district code → outline; or all of its errors."""
    book, errors = read_partly(files, outlines)
    return errors or book


def read_partly(files: Mapping[str, str], outlines: Mapping[str, Outline]) -> tuple[Rulebook, tuple[RuleError, ...]]:
    """What can be read of a folder, with every error; with any error the rulebook is for looking at, not for use."""
    errors = Errors()
    optional = sorted(file for file in files if file in OPTIONAL_FILES or file.startswith(DUTY_FOLDER))
    for extra in sorted(set(files) - {*FILES, *optional}):
        errors.add(extra, 1, 1, f"no such rule file{did_you_mean(extra, (*FILES, *OPTIONAL_FILES))}")
    roots = {file: root for file in (*FILES, *optional) if (root := _root(file, files, errors)) is not None}
    book = _book(roots, outlines, version_of(files))
    return book, errors.all()


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


class _Anything(tuple[str, ...]):
    """Keys of a file that is no YAML: its own error says enough, so that no reference to it adds another."""

    def __contains__(self, key: object) -> bool:
        return True


def _book(roots: Mapping[str, Item], outlines: Mapping[str, Outline], version: str) -> Rulebook:
    """Reads every file that is there, so that the errors of all are found; whole only when all are."""
    nothing = Item.nothing()
    list_bureaus = read_units(roots[UNITS_FILE]) if UNITS_FILE in roots else ()
    city = read_city(roots.get("city.yaml", nothing), outlines, list_bureaus)
    categories, standard_ref, least_score = read_categories(roots.get("categories.yaml", nothing))
    known = _known(roots, city, categories)
    units = (*known.bureaus, *(unit.id for unit in city.local_units)) if "city.yaml" in roots else known.bureaus
    listed = [
        read_duty_file(root, standard_ref, known, units)
        for file, root in roots.items()
        if file.startswith(DUTY_FOLDER) and file != UNITS_FILE
    ]
    duties = gathered(listed)
    routes = (*read_routes(roots.get("routing.yaml", nothing), known), *routes_of(duties, city.local_units))
    taken = [route.id for route in routes]
    roles = read_roles(roots.get(ESCALATION_FILE, nothing))
    return Rulebook(
        version=version,
        city=city,
        categories=with_codes(categories, listed),
        duties=duties,
        list_bureaus=frozenset(bureau.id for bureau in list_bureaus),
        feed_names=read_feeds(roots[FEEDS_FILE], known) if FEEDS_FILE in roots else {},
        standard_ref=standard_ref,
        least_score=least_score,
        severity=read_severity(roots.get("severity.yaml", nothing), known),
        fusion=read_fusion(roots.get("fusion.yaml", nothing), known),
        routes=(*routes, *read_duties(roots.get("duties.yaml", nothing), known, taken)),
        deadlines=(*deadlines_of(duties), *read_deadlines(roots.get("deadlines.yaml", nothing), known)),
        calendar=read_calendar(roots.get("calendar.yaml", nothing)),
        mutes=read_mutes(roots.get(MUTES_FILE, nothing), known, roles, ZoneInfo(city.timezone)),
        escalation=read_escalation(roots.get(ESCALATION_FILE, nothing), known, roles),
        roles=roles,
        patterns=read_patterns(roots[PATTERNS_FILE], known) if PATTERNS_FILE in roots else (),
        tasks=read_tasks(roots.get(TASKS_FILE, nothing)),
    )


def _known(roots: Mapping[str, Item], city: City, categories: Mapping[str, Category]) -> Known:
    has_city, has_categories = "city.yaml" in roots, "categories.yaml" in roots
    families = dict.fromkeys(category.family for category in categories.values())
    return Known(
        categories=tuple(categories) if has_categories else _Anything(),
        families=tuple(families) if has_categories else _Anything(),
        districts=tuple(district.code for district in city.districts) if has_city else _Anything(),
        bureaus=(*(bureau.id for bureau in city.bureaus), DISTRICT_BUREAU) if has_city else _Anything(),
    )
