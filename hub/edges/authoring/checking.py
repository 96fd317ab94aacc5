"""Checks a city folder: files, rules, limits and cases, all at once. It must never start or change anything."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from hub.edges.authoring.limits import impossible_limits
from hub.edges.authoring.passing import passing_warnings
from hub.edges.authoring.testing import case_texts
from hub.edges.authoring.watching import idle_steps
from hub.edges.rules import outlines_for, readable_texts
from hub.rulebook.book import Rulebook
from hub.rulebook.carets import all_told
from hub.rulebook.check import check_folder
from hub.rulebook.positions import Positions
from hub.rulebook.read import DUTY_FOLDER, ESCALATION_FILE, MUTES_FILE
from hub.rulebook.read_cases import read_cases
from hub.rulebook.yaml_nodes import RuleError

#: Files that limits are made of, besides the duty list.
_LIMITS = frozenset({"calendar.yaml", "categories.yaml", "deadlines.yaml", ESCALATION_FILE})


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found."""

    folder: str
    version: str
    categories: int
    rules: int
    errors: tuple[RuleError, ...]
    #: What is wrong by the calendar only: worth a look, and no reason to refuse the folder.
    warnings: tuple[RuleError, ...] = ()

    @property
    def summary(self) -> str:
        """One line for a person."""
        if self.errors:
            files = len({error.file for error in self.errors})
            return f"{self.folder}: {_count(len(self.errors), 'error')} in {_count(files, 'file')}"
        told = f"{self.categories} categories, {self.rules} rules, version {self.version}: no errors"
        return f"{self.folder}: {told}{self._warned}"

    @property
    def _warned(self) -> str:
        return f", {_count(len(self.warnings), 'warning')}" if self.warnings else ""


def check_city(path: Path, today: date) -> tuple[Checked, str]:
    """Every finding of a city folder, and the same as text. Raises SettingsError when there is no such folder."""
    texts, unreadable = readable_texts(path)
    cases, lost_cases = case_texts(path)
    checked = check_texts(texts, cases, today, str(path), (*unreadable, *lost_cases))
    return checked, all_told((*checked.errors, *checked.warnings), texts | cases, f"{path}/")


def check_texts(
    texts: Mapping[str, str],
    cases: Mapping[str, str],
    today: date,
    folder: str = "",
    unreadable: tuple[RuleError, ...] = (),
) -> Checked:
    """Every finding of the texts of a city folder; `unreadable` are those of files that are no text."""
    book, errors = errors_of(texts, cases, today, unreadable)
    return Checked(
        folder=folder,
        version=book.version,
        categories=len(book.categories),
        rules=_rules(book),
        errors=errors,
        # A mute that cannot be read whole has no end that could be warned of.
        warnings=()
        if any(error.file == MUTES_FILE for error in errors)
        else passing_warnings(book, Positions(texts), today),
    )


def errors_of(
    texts: Mapping[str, str], cases: Mapping[str, str], today: date, unreadable: tuple[RuleError, ...] = ()
) -> tuple[Rulebook, tuple[RuleError, ...]]:
    """What can be read of a city given as file name → text, and every error in it."""
    book, findings = check_folder(texts, outlines_for(texts))
    lost = {error.file for error in unreadable}
    errors = [error for error in findings if error.file not in lost]
    if not any(error.file in _LIMITS or error.file.startswith(DUTY_FOLDER) for error in (*errors, *unreadable)):
        errors += impossible_limits(book, Positions(texts), today)
        errors += idle_steps(book, Positions(texts), today)
    # Cases name rules, categories and bureaus, so those of a folder that cannot be read say nothing.
    if not errors and not lost & texts.keys():
        errors += read_cases(cases, book)[1]
    return book, tuple(sorted((*unreadable, *errors)))


def _rules(book: Rulebook) -> int:
    kinds = (book.routes, book.severity, book.fusion, book.deadlines, book.mutes, book.escalation, book.patterns)
    return sum(map(len, kinds))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
