"""Everything that is wrong with a city folder: what cannot be read, and what can be read and never comes true.

It must never stop at the first finding, and must not refuse what the reader takes: a running hub is not this strict.
"""

from collections.abc import Iterable, Mapping

from hub.rulebook.book import Outline, Rulebook
from hub.rulebook.idle_patterns import idle_patterns
from hub.rulebook.positions import Positions
from hub.rulebook.read import DUTY_FOLDER, ESCALATION_FILE, PATTERNS_FILE, read_partly
from hub.rulebook.shadows import (
    Shadow,
    idle_severity_rules,
    shadowed_deadlines,
    shadowed_escalation,
    shadowed_fusion,
    shadowed_routes,
    unowned_categories,
)
from hub.rulebook.yaml_nodes import RuleError

#: Rules named as the reason why another is never reached.
_NAMED = 3
_ROUTING = ("routing.yaml", "duties.yaml")


def check_folder(files: Mapping[str, str], outlines: Mapping[str, Outline]) -> tuple[Rulebook, tuple[RuleError, ...]]:
    """The rulebook as far as it can be read, and every finding in reading order."""
    book, errors = read_partly(files, outlines)
    broken = {error.file for error in errors}
    findings = [*errors]
    at = Positions(files)
    # A file with an error may lack rules, so what follows from all rules together waits until it is mended.
    if not broken & {"city.yaml", "categories.yaml", *_ROUTING} and not _in_duty_list(broken):
        findings += _shadows(shadowed_routes(book), at, _ROUTING, "route")
        findings += _unowned(book, at)
    if not broken & {"categories.yaml", "deadlines.yaml"} and not _in_duty_list(broken):
        findings += _shadows(shadowed_deadlines(book), at, ("deadlines.yaml",), "deadline rule")
    if not broken & {"city.yaml", "categories.yaml", ESCALATION_FILE}:
        findings += _shadows(shadowed_escalation(book), at, (ESCALATION_FILE,), "escalation rule")
    if not broken & {"categories.yaml", "fusion.yaml"}:
        findings += _shadows(shadowed_fusion(book), at, ("fusion.yaml",), "fusion rule")
    if not broken & {"categories.yaml", "severity.yaml"}:
        findings += _idle(book, at)
    if not broken & {"categories.yaml", "city.yaml", PATTERNS_FILE}:
        findings += _idle_patterns(book, at)
    return book, tuple(sorted(set(findings)))


def _in_duty_list(files: Iterable[str]) -> bool:
    return any(file.startswith(DUTY_FOLDER) for file in files)


def _shadows(shadows: Iterable[Shadow], at: Positions, files: tuple[str, ...], what: str) -> Iterable[RuleError]:
    for shadow in shadows:
        file, line, column = at.of(shadow.rule, *files)
        subject = f"the {what} `{shadow.rule}` is never reached"
        if shadow.part:
            subject = f"`{shadow.part}` never reaches the {what} `{shadow.rule}`"
        if not shadow.behind:
            message = f"{subject}: nothing in this rulebook meets all it asks for"
            expected = "a category, district, severity and feed that exist together, or no such rule"
        else:
            message = f"{subject}: {_takers(shadow.behind, at, files)} before it"
            expected = "narrower conditions there, or this rule further up, or no such rule"
        yield RuleError(file=file, line=line, column=column, message=message, expected=expected)


def _takers(rules: tuple[str, ...], at: Positions, files: tuple[str, ...]) -> str:
    told = []
    for rule in rules[-_NAMED:]:
        file, line, _ = at.of(rule, *files)
        told.append(f"`{rule}` ({file}:{line})")
    more = len(rules) - len(told)
    return f"{', '.join(told)}{f' and {more} more' if more else ''} {'take' if len(rules) > 1 else 'takes'} all of it"


def _unowned(book: Rulebook, at: Positions) -> Iterable[RuleError]:
    for key in unowned_categories(book):
        file, line, column = at.of(key, "categories.yaml")
        yield RuleError(
            file=file,
            line=line,
            column=column,
            message=f"nobody owns the category `{key}`: no duty and no route names it or its family",
            expected=f"a duty for `{key}` in duties.yaml, or a route in routing.yaml",
        )


def _idle_patterns(book: Rulebook, at: Positions) -> Iterable[RuleError]:
    for idle in idle_patterns(book):
        file, line, column = at.of(idle.pattern, PATTERNS_FILE)
        yield RuleError(file=file, line=line, column=column, message=idle.message, expected=idle.expected)


def _idle(book: Rulebook, at: Positions) -> Iterable[RuleError]:
    for rule in idle_severity_rules(book):
        file, line, column = at.of(rule.id, "severity.yaml")
        yield RuleError(
            file=file,
            line=line,
            column=column,
            message=f"the severity rule `{rule.id}` raises nothing: all it applies to is that severe already",
            expected=f"a severity worse than {rule.severity.name}, or other categories",
        )
