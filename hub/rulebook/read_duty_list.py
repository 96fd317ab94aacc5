"""Reads the files of the duty list (职责清单) and feeds.yaml. It must never read a file from disk.

Each subclass becomes a route, and each of its clauses a deadline rule, so that one mechanism decides and explains.
"""

import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from hub.rulebook.book import Category, Clause, DeadlineRule, Duty, LocalUnit, Route
from hub.rulebook.read_routes import DISTRICT_BUREAU
from hub.rulebook.read_rules import Known
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.folding import fold, fold_tight
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, DeadlineBasis, DeadlineKind, Feed

KINDS_ZH = {CategoryKind.COMPONENT: "部件", CategoryKind.EVENT: "事件", CategoryKind.SERVICE: "服务"}
BASES_ZH = {
    DeadlineBasis.URGENT_HOUR: "紧急工作时",
    DeadlineBasis.WORK_HOUR: "工作时",
    DeadlineBasis.WORK_DAY: "工作日",
    DeadlineBasis.NATURAL_DAY: "自然日",
}
_CLASS_DIGITS = 2
#: Class and subclass together; two digits alone are a class.
_CODE = re.compile(r"[0-9A-Za-z]{3,16}")
_SHORTEST_WORD = 2


def read_duty_file(root: Item, standard_ref: str, known: Known, units: Collection[str]) -> list[tuple[Item, Duty]]:
    """The duties of one file, each with where it stands. `units` are bureaus and local units."""
    fields = root.fields(("kind", "standard_ref", "districts", "classes", "duties"), ("kind", "duties"))
    kind = fields["kind"].word(CategoryKind) if "kind" in fields else CategoryKind.EVENT
    table = fields["standard_ref"].text() if "standard_ref" in fields else standard_ref
    classes = {code: name.text() for code, name in fields["classes"].pairs()} if "classes" in fields else {}
    districts = (
        frozenset(fields["districts"].references(known.districts, "district")) if "districts" in fields else None
    )
    found = []
    for code, entry in fields["duties"].pairs() if "duties" in fields else ():
        if not _CODE.fullmatch(code):
            entry.error(f"`{code}` is no code: class and subclass (大类 and 小类) without a dash, such as 0501")
        duty = _duty(entry, CategoryCode(kind=kind, code=code, standard_ref=table), known, units)
        class_name = classes.get(code[:_CLASS_DIGITS], "")
        found.append((entry, msgspec.structs.replace(duty, class_name=class_name, districts=districts)))
    return found


def _duty(entry: Item, code: CategoryCode, known: Known, units: Collection[str]) -> Duty:
    fields = entry.fields(
        ("name", "category", "units", "supervisors", "clauses"), ("name", "category", "units", "clauses")
    )
    key = f"{code.kind}-{code.code}"
    clauses, usual = _clauses(fields.get("clauses"), key)
    return Duty(
        key=key,
        code=code,
        class_name="",
        name=fields["name"].text() if "name" in fields else "",
        category=fields["category"].reference(known.categories, "category") if "category" in fields else "",
        units=fields["units"].references(units, "unit") if "units" in fields else (),
        supervisors=fields["supervisors"].references(units, "unit") if "supervisors" in fields else (),
        clauses=clauses,
        usual=usual,
    )


def _clauses(item: Item | None, duty: str) -> tuple[tuple[Clause, ...], str]:
    found: list[Clause] = []
    usual = f"{duty}.1"
    marked = False
    for n, entry in enumerate(item.items() if item is not None else (), start=1):
        clause = entry.fields(("said", "basis", "amount", "usual"), ("said", "basis", "amount"))
        identity = f"{duty}.{n}"
        if "usual" in clause and clause["usual"].flag():
            if marked:
                clause["usual"].error("another clause of this duty is the usual one already")
            usual, marked = identity, True
        found.append(
            Clause(
                id=identity,
                said=_said(clause["said"]) if "said" in clause else (),
                basis=clause["basis"].word(DeadlineBasis) if "basis" in clause else DeadlineBasis.WORK_DAY,
                amount=clause["amount"].number(0.1, 1000) if "amount" in clause else 1.0,
            )
        )
    if item is not None and not found:
        item.error("a duty has at least one clause")
    return tuple(found), usual


def _said(item: Item) -> tuple[str, ...]:
    words = item.texts()
    for word in words:
        if len(fold(word)) < _SHORTEST_WORD:
            item.error(f"`{word}` is too short: a word of one character stands in too many others")
    return words


def gathered(files: Iterable[list[tuple[Item, Duty]]]) -> dict[str, Duty]:
    """The duties of all files by key; one that stands in two is an error."""
    found: dict[str, Duty] = {}
    for entries in files:
        for entry, duty in entries:
            if duty.key in found:
                entry.error(f"`{duty.key}` stands in another file of the duty list already")
            found[duty.key] = duty
    return found


def with_codes(categories: Mapping[str, Category], files: Iterable[list[tuple[Item, Duty]]]) -> dict[str, Category]:
    """The categories, with the codes and names by which the duty list tells them."""
    found = dict(categories)
    codes = {_code_key(code): key for key, category in found.items() for code in category.codes}
    names = {fold(name): key for key, category in found.items() for name in category.names}
    for entry, duty in (pair for entries in files for pair in entries):
        category = found.get(duty.category)
        if category is None:
            continue
        owner = codes.setdefault(_code_key(duty.code), duty.category)
        if owner != duty.category:
            entry.error(f"its code leads to the category `{owner}` in categories.yaml")
        called = names.setdefault(fold(duty.name), duty.category)
        if called != duty.category:
            entry.error(f"its name `{duty.name}` names the category `{called}`")
        found[duty.category] = msgspec.structs.replace(
            category,
            codes=category.codes if duty.code in category.codes else (*category.codes, duty.code),
            names=category.names if duty.name in category.names else (*category.names, duty.name),
        )
    return found


def _code_key(code: CategoryCode) -> tuple[str, str, str]:
    return code.kind, code.code, fold_tight(code.standard_ref)


def routes_of(duties: Mapping[str, Duty], local_units: Iterable[LocalUnit]) -> tuple[Route, ...]:
    """A route for each duty: the first unit that can be sent a task leads, the others assist."""
    nobody = {unit.id for unit in local_units if not unit.assigned}
    found = []
    for duty in duties.values():
        able = [unit for unit in duty.units if unit not in nobody]
        # Where only the owner (产权单位) is named, the department that supervises finds out who that is.
        able = able or [unit for unit in duty.supervisors if unit not in nobody][:1] or [DISTRICT_BUREAU]
        found.append(
            Route(
                id=f"duty-{duty.key}",
                why=f"清单 {standing(duty)}",
                categories=frozenset({duty.category}),
                districts=duty.districts,
                duty=duty.key,
                lead=able[0],
                assist=tuple(able[1:]),
                supervisors=tuple(unit for unit in duty.supervisors if unit not in nobody),
            )
        )
    return tuple(found)


def deadlines_of(duties: Mapping[str, Duty]) -> tuple[DeadlineRule, ...]:
    """A deadline rule for each clause."""
    return tuple(
        DeadlineRule(
            id=f"clause-{clause.id}",
            why=f"清单 {standing(duty)}：{'、'.join(clause.said)} {clause.amount:g}{BASES_ZH[clause.basis]}",
            kind=DeadlineKind.RESOLVE,
            basis=clause.basis,
            amount=clause.amount,
            categories=frozenset({duty.category}),
            clause=clause.id,
        )
        for duty in duties.values()
        for clause in duty.clauses
    )


def only_clauses(duties: Mapping[str, Duty]) -> dict[str, str]:
    """The usual clause of each category that has one duty only: what holds when nothing more is known."""
    of_category: dict[str, list[Duty]] = {}
    for duty in duties.values():
        of_category.setdefault(duty.category, []).append(duty)
    return {category: found[0].usual for category, found in of_category.items() if len(found) == 1}


def standing(duty: Duty) -> str:
    """Where a duty stands in the list, as people quote it: 部件01-01上水井盖."""
    code = duty.code.code
    return f"{KINDS_ZH[duty.code.kind]}{code[:_CLASS_DIGITS]}-{code[_CLASS_DIGITS:]}{duty.name}"


def read_feeds(root: Item, known: Known) -> dict[Feed, dict[str, str]]:
    """What the sources of each feed call things, to category keys."""
    found: dict[Feed, dict[str, str]] = {}
    for word, entry in root.fields([feed.value for feed in Feed]).items():
        names: dict[str, str] = {}
        folded: dict[str, str] = {}
        for spelling, category in entry.pairs():
            if folded.setdefault(fold(spelling), spelling) != spelling:
                category.error(f"`{spelling}` is `{folded[fold(spelling)]}` written otherwise, and given twice")
            names[spelling] = category.reference(known.categories, "category")
        found[Feed(word)] = names
    return found
