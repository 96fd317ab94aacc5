"""Conditions of rules (`when:`): read with their errors in place, compiled once a rulebook, decided as a value. One
that cannot be decided must never pass for one that is not met.

A condition is a CEL expression over the variables of its rule: flat, typed and named as in the rule files. A kind of
rule offers its variables as a table name → `Variable`, whose `read` takes the value from whatever the rule is about. To
add `when:` to a kind of rule: `read_condition` in its reader, a `Judge` a rulebook in its room; see docs/developer.md.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from hub.rulebook.condition_messages import flaws_told, type_told
from hub.rulebook.condition_tokens import Flaw, Token, compared, flaws_of, tokens_of, unknown_words
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

#: Verdict of a rule whose condition could not be decided: it does not apply.
CONDITION_FAILED = "condition_failed"
#: Conditions whose check is remembered; the next version of a folder repeats nearly all of them.
_CHECKS_KEPT = 20_000
_LONGEST_MESSAGE = 200
#: A kind of rule has one table of variables.
_LANGUAGES_KEPT = 32

Value = str | int | float | bool | datetime | list[str]
S = TypeVar("S")


class Kind(StrEnum):
    """What a variable holds, in the words of CEL."""

    TEXT = "STRING"
    WHOLE = "INT"
    DECIMAL = "DOUBLE"
    YES_NO = "BOOL"
    MOMENT = "TIMESTAMP"
    TEXTS = "LIST"


class Variable(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """Something that a condition can ask for. `read` gives None where it is not known."""

    kind: Kind
    #: For the author's page and the editor, in a few words.
    about: str
    read: Callable[[S], Value | None]


Variables = Mapping[str, Variable[S]]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition as its author wrote it, and where it stands."""

    text: str
    file: str
    line: int


class Failed(msgspec.Struct, frozen=True):
    """A condition that could not be decided, and why."""

    condition: Condition
    message: str

    def why(self, stage: Stage, rule: str) -> Why:
        """The reason that a rule did not apply for."""
        where = f"{self.condition.file}:{self.condition.line}"
        facts: dict[str, Fact] = {"message": self.message, "where": where}
        return Why(stage=stage, rule=rule, verdict=CONDITION_FAILED, facts=facts)


def read_condition(
    item: Item | None,
    variables: Mapping[str, Variable[Any]],
    known: Callable[[], Mapping[str, Collection[str]]] = dict,
) -> Condition | None:
    """The condition of a rule; None without one, or after an error. `known` tells what a variable can be at all."""
    if item is None or not item.text(longest=10**9):
        return None
    text = item.as_written()
    checked = _language(variables).check(text)
    flaws = checked.flaws or tuple(unknown_words(checked.compared, known))
    for flaw in flaws:
        item.error_inside(flaw.at, flaw.message, flaw.expected)
    return None if flaws else Condition(text=text.strip(), file=item.file, line=item.line)


class Judge(Generic[S]):
    """Decides conditions over the variables of one kind of rule; what it compiles it keeps, so hold one a rulebook."""

    def __init__(self, variables: Variables[S]) -> None:
        self._variables = variables
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, condition: Condition, subject: S) -> bool | Failed:
        """Whether a condition holds for what its rule is about."""
        compiled = self._compiled.get(condition.text)
        if compiled is None:
            compiled = self._compiled[condition.text] = _Compiled(condition.text, _language(self._variables))
        data: dict[str, Value] = {}
        for name in compiled.asks_for:
            value = self._variables[name].read(subject)
            if value is not None:
                data[name] = value
        said = compiled.decide(data)
        return said if isinstance(said, bool) else Failed(condition, said)


class _Checked(msgspec.Struct, frozen=True):
    """What is wrong with a condition whatever the city, and the texts that its variables are compared with."""

    flaws: tuple[Flaw, ...]
    compared: tuple[tuple[str, Token], ...] = ()


class _Language:
    """CEL over one table of variables. It remembers what it has checked: the next version of a folder repeats nearly
    all of its conditions."""

    def __init__(self, variables: Mapping[str, Variable[Any]]) -> None:
        self.variables = variables
        self._environment: Any = None
        self._checked: dict[str, _Checked] = {}

    def check(self, text: str) -> _Checked:
        """What is wrong with a condition."""
        known = self._checked.get(text)
        if known is None:
            if len(self._checked) >= _CHECKS_KEPT:
                self._checked.clear()
            known = self._checked[text] = self._check(text)
        return known

    def compile(self, text: str) -> Any:
        """Raises RuntimeError with what CEL finds wrong."""
        if self._environment is None:
            # Loaded by the first condition: a rulebook without any pays nothing.
            from cel_expr_python import cel

            types = {
                name: cel.Type.List(cel.Type.STRING) if kind is Kind.TEXTS else getattr(cel.Type, kind.value)
                for name, kind in ((name, variable.kind) for name, variable in self.variables.items())
            }
            self._environment = cel.NewEnv(variables=types)
        return self._environment.compile(text)

    def _check(self, text: str) -> _Checked:
        tokens = tokens_of(text)
        flaws = flaws_of(text, tokens)
        if flaws:
            return _Checked(flaws)
        try:
            type_name = self.compile(text).return_type().name()
        except RuntimeError as error:
            return _Checked(flaws_told(str(error), text, tokens, self.variables))
        if type_name != "BOOL":
            message = f"a condition is true or false; this is {type_told(type_name.lower())}"
            return _Checked((Flaw(0, message, "such as hour >= 22"),))
        return _Checked(tuple(self._bad_patterns(tokens)), compared(tokens))

    def _bad_patterns(self, tokens: Sequence[Token]) -> Iterator[Flaw]:
        """Patterns are read by CEL only when they are searched with, so each is searched with once."""
        for n, token in enumerate(tokens[:-2]):
            if token.text == "matches" and tokens[n + 1].text == "(" and tokens[n + 2].kind == "text":
                said = _Compiled(f"''.matches({tokens[n + 2].text})", self).decide({})
                if isinstance(said, str):
                    yield Flaw(tokens[n + 2].at, said, "a pattern of RE2, such as '漏水|爆管'")


class _Compiled:
    """A condition that has been compiled, and the variables that it asks for."""

    def __init__(self, text: str, language: _Language) -> None:
        self._broken = ""
        try:
            self._expression = language.compile(text)
        except RuntimeError as error:  # the reader takes none such, but another version of it might have
            self._broken = _plainly(str(error))
        names = {token.text for token in tokens_of(text) if token.kind == "name"}
        self.asks_for = tuple(name for name in language.variables if name in names)

    def decide(self, data: Mapping[str, Value]) -> bool | str:
        """Whether it holds, or what went wrong."""
        if self._broken:
            return self._broken
        unknown = [name for name in self.asks_for if name not in data]
        try:
            value = self._expression.eval(data=data)
        except RuntimeError as error:  # its own limits: the iteration budget
            return _plainly(str(error))
        found = value.value()
        if isinstance(found, bool):
            return found
        return f"`{unknown[0]}` is not known" if unknown else _plainly(str(found))


def _plainly(said: str) -> str:
    first = said.split("\n", 1)[0]
    return (first.removesuffix(" [INTERNAL]").partition(": ")[2] or first)[:_LONGEST_MESSAGE]


#: By the identity of the table, which the language keeps alive.
_languages: dict[int, _Language] = {}


def _language(variables: Mapping[str, Variable[Any]]) -> _Language:
    found = _languages.get(id(variables))
    if found is None:
        if len(_languages) >= _LANGUAGES_KEPT:
            _languages.clear()
        found = _languages[id(variables)] = _Language(variables)
    return found
