"""Runs the cases beside a city's rules and says what differs. It must never need a database or a broker."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from lxml import etree

from hub.edges.authoring.comparing import Comparer, Difference
from hub.edges.authoring.running import Ran, run_case
from hub.rulebook.book import Rulebook
from hub.rulebook.cases import Case, RulesByFile
from hub.rulebook.conditions import CONDITION_FAILED
from hub.rulebook.positions import Positions
from hub.rulebook.read import DUTY_FOLDER, ESCALATION_FILE, MUTES_FILE, PATTERNS_FILE
from hub.rulebook.read_cases import read_cases, rules_by_file
from hub.rulebook.yaml_nodes import RuleError
from hub.settings import SettingsError
from hub.stages.locate import Atlas
from hub.vocabulary.terms import Stage

#: Folder of the cases in a city folder.
CASES = "cases"
_FILES: Mapping[Stage, str] = {
    Stage.CLASSIFY: "categories.yaml",
    Stage.SEVERITY: "severity.yaml",
    Stage.FUSE: "fusion.yaml",
    Stage.ROUTE: "routing.yaml, duties.yaml",
    Stage.DEADLINES: "deadlines.yaml",
    Stage.MUTE: MUTES_FILE,
    Stage.SUPERVISE: ESCALATION_FILE,
    Stage.PERCEIVE: PATTERNS_FILE,
}


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case; it holds when nothing differs."""

    id: str
    why: str
    file: str
    line: int
    differences: tuple[Difference, ...]


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all cases of a city."""

    folder: str
    version: str
    cases: tuple[CaseResult, ...]
    #: Rules that had a part in some case, and those that had none, by file.
    touched: RulesByFile
    untouched: RulesByFile

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that do not hold."""
        return tuple(case for case in self.cases if case.differences)


def case_texts(folder: Path) -> tuple[dict[str, str], tuple[RuleError, ...]]:
    """The texts of cases/ by their name in the city folder, and an error for each that is no text."""
    texts, unreadable = {}, []
    for path in sorted((folder / CASES).glob("*.y*ml")):
        file = f"{CASES}/{path.name}"
        try:
            texts[file] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"not UTF-8: byte {error.start} cannot be read; save the file as UTF-8"
            unreadable.append(RuleError(file=file, line=1, column=1, message=message))
    return texts, tuple(unreadable)


def cases_of(folder: Path, book: Rulebook) -> tuple[Case, ...]:
    """The cases of a city folder. Raises SettingsError with every error in them."""
    texts, unreadable = case_texts(folder)
    cases, errors = read_cases(texts, book)
    if unreadable or errors:
        raise SettingsError("\n".join(f"{folder}/{error}" for error in (*unreadable, *errors)))
    return cases


def run_cases(folder: Path, book: Rulebook) -> Tested:
    """Run every case of a city folder."""
    return run_all(cases_of(folder, book), book, Atlas(book.city), str(folder))


def run_all(cases: Iterable[Case], book: Rulebook, atlas: Atlas, folder: str = "") -> Tested:
    """Run cases."""
    comparer = Comparer(book)
    known = rules_by_file(book)
    had: dict[str, set[str]] = {file: set() for file in known}
    results = []
    for case in cases:
        ran = run_case(case, book, atlas)
        _note_rules(ran, had)
        results.append(
            CaseResult(
                id=case.id, why=case.why, file=case.file, line=case.line, differences=comparer.differences(case, ran)
            )
        )
    return Tested(
        folder=folder,
        version=book.version,
        cases=tuple(results),
        touched={file: tuple(rule for rule in rules if rule in had[file]) for file, rules in known.items()},
        untouched={file: tuple(rule for rule in rules if rule not in had[file]) for file, rules in known.items()},
    )


def lines_of(tested: Tested) -> Iterator[str]:
    """What failed and why, for a person."""
    for case in tested.failed:
        yield f"FAILED {case.id}  {tested.folder}/{case.file}:{case.line}"
        yield f"  {case.why}"
        of: tuple[str, ...] = ()
        for difference in case.differences:
            if difference.of != of:
                of = difference.of
                yield f"  {', '.join(of)}  (line {difference.line})"
            yield f"    {difference.field:<14} - {difference.expected}"
            yield f"    {'':<14} + {difference.got}"
            yield from (f"    {'':<14}   {sentence}" for sentence in difference.because)
        yield ""
    failed = len(tested.failed)
    yield f"{tested.folder}: {len(tested.cases)} cases, {failed} failed, rulebook {tested.version}"


def coverage_lines(tested: Tested, files: Mapping[str, str]) -> Iterator[str]:
    """How many rules the cases touch, and where each stands that none does."""
    at = Positions(files)
    for file, rules in tested.untouched.items():
        total = len(rules) + len(tested.touched[file])
        if total:
            yield f"{file}: {total - len(rules)} of {total} touched"
        for rule in rules:
            where, line, _ = at.of(rule, *file.split(", "))
            yield f"  untouched  {tested.folder}/{where}:{line}  {rule}"


def junit(tested: Tested) -> bytes:
    """The results as JUnit XML, a suite for each file of cases."""
    total, failed = str(len(tested.cases)), str(len(tested.failed))
    root = etree.Element("testsuites", name=f"rules of {tested.folder}", tests=total, failures=failed)
    for file in dict.fromkeys(case.file for case in tested.cases):
        cases = [case for case in tested.cases if case.file == file]
        suite = etree.SubElement(
            root, "testsuite", name=file, tests=str(len(cases)), failures=str(sum(bool(c.differences) for c in cases))
        )
        for case in cases:
            element = etree.SubElement(suite, "testcase", classname=file, name=case.id, file=file, line=str(case.line))
            if case.differences:
                failure = etree.SubElement(element, "failure", message=_clean(_first(case.differences)))
                one = msgspec.structs.replace(tested, cases=(case,))
                failure.text = _clean("\n".join(lines_of(one)))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _note_rules(ran: Ran, had: Mapping[str, set[str]]) -> None:
    for outcome in ran.outcomes:
        for why in outcome.whys:
            if why.stage in _FILES and why.verdict != CONDITION_FAILED:
                had[_FILES[why.stage]].add(why.rule)
                had[DUTY_FOLDER].add(why.rule)


def _first(differences: Iterable[Difference]) -> str:
    difference = next(iter(differences))
    return f"{difference.field}: expected {difference.expected}, got {difference.got}"


def _clean(text: str) -> str:
    """Without the characters that XML does not allow."""
    return "".join(letter for letter in text if letter >= " " or letter in "\n\t")
