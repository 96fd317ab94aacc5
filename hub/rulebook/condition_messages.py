"""What CEL says of a condition, in the words of a rule author. It must never hide that a condition is wrong."""

import re
from collections.abc import Collection, Iterator, Sequence

from hub.rulebook.condition_tokens import Flaw, Token
from hub.rulebook.yaml_nodes import did_you_mean, one_of
from hub.vocabulary.terms import Severity

#: Errors told of one condition; the first is usually the cause of the others.
_TOLD = 3
_ENTRY = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_UNEXPECTED = re.compile(r"Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting")
_TYPES = {
    "string": "a text",
    "int": "a whole number",
    "uint": "a whole number",
    "double": "a decimal number",
    "bool": "true or false",
    "null_type": "nothing",
    "bytes": "bytes",
    "list(string)": "a list of texts",
    "list(int)": "a list of whole numbers",
    "google.protobuf.Timestamp": "a moment",
    "google.protobuf.Duration": "a length of time",
}
#: Not known where severity is still being decided.
_DECIDED = frozenset({"severity", *Severity.__members__})
#: What only the report that opened an incident says: not known to rules that are asked again later.
OF_REPORT_ONLY = frozenset({"source", "code", "category_names", "text", "received_at"})
#: Functions and macros of CEL that help in a condition.
FUNCTIONS = (
    *("contains", "startsWith", "endsWith", "matches", "size", "exists", "exists_one", "all", "filter"),
    *("string", "int", "double", "timestamp", "duration", "getHours", "getMinutes", "getDayOfWeek", "getMonth"),
)


def flaws_told(said: str, text: str, tokens: Sequence[Token], variables: Collection[str]) -> tuple[Flaw, ...]:
    """The flaws in what CEL said when it refused a condition; at least one."""
    flaws: list[Flaw] = []
    for line, column, message in _entries(said):
        at = _offset(text, line, column)
        flaws.append(_flaw(at, message, text, tokens, variables))
        if message.startswith("Syntax error"):
            break  # whatever comes after it is its consequence
    return tuple(flaws[:_TOLD]) or (Flaw(0, f"not readable as a condition: {said.splitlines()[0][:200]}"),)


def type_told(name: str) -> str:
    """The name of a type in an author's words."""
    if name in _TYPES:
        return _TYPES[name]
    return "a list" if name.startswith("list(") else f"`{name}`"


def _entries(said: str) -> Iterator[tuple[int, int, str]]:
    for match in _ENTRY.finditer(said):
        yield int(match[1]), int(match[2]), match[3].removesuffix(" [INVALID_ARGUMENT]")


def _offset(text: str, line: int, column: int) -> int:
    if line < 1:
        return 0
    before = text.split("\n")[: line - 1]
    return sum(len(part) + 1 for part in before) + max(column - 1, 0)


def _flaw(at: int, message: str, text: str, tokens: Sequence[Token], variables: Collection[str]) -> Flaw:
    if "recursion depth" in message or "recursion limit" in message:
        return Flaw(0, "the condition is nested too deep", "a plainer condition, or two rules")
    if (match := _UNDECLARED.search(message)) is not None:
        return _undeclared(match[1], at, tokens, variables)
    if (match := _OVERLOAD.search(message)) is not None:
        return _wrong_types(match[1], _split(match[2]), at, tokens)
    if (match := _UNEXPECTED.search(message)) is not None:
        if match[1] == "<EOF>":
            return Flaw(
                min(at, max(len(text.rstrip()) - 1, 0)), "the condition ends too early", "what comes after this"
            )
        called = f"with a dot before it: title.{match[1]}('学校')" if match[1] in FUNCTIONS else ""
        return Flaw(at, f"`{match[1]}` cannot stand here", called or "`&&` or `||` between two conditions, or nothing")
    if "operand of a select operation" in message:
        return Flaw(at, "there is nothing behind this dot", "a variable or a function such as contains(…)")
    if "range of a comprehension" in message:
        return Flaw(at, "only a list can be walked through", "a list, such as feeds or ['a', 'b']")
    return Flaw(at, message.removeprefix("Syntax error: "))


def _undeclared(name: str, at: int, tokens: Sequence[Token], variables: Collection[str]) -> Flaw:
    called = [n for n, token in enumerate(tokens) if token.text == "(" and token.at == at]
    if called:
        # CEL points at the bracket behind the name of a function.
        start = tokens[called[0] - 1].at if called[0] else at
        return Flaw(
            start, f"no function `{name}`{did_you_mean(name, FUNCTIONS)}", f"such as {', '.join(FUNCTIONS[:8])}"
        )
    name = name.partition(".")[0]
    here = [token.at for token in tokens if token.text == name and token.at <= at]
    if name in _DECIDED:
        return Flaw(here[-1] if here else at, f"no variable `{name}` here: these rules decide it", "`source_at_least`")
    if name in OF_REPORT_ONLY:
        message = f"no variable `{name}` here: these rules are asked again later, without the report that has it"
        return Flaw(here[-1] if here else at, message, "what the incident says: title, address, feeds, severity …")
    message = f"no variable `{name}`{did_you_mean(name, variables)}"
    return Flaw(here[-1] if here else at, message, one_of(name, variables))


def _wrong_types(sign: str, types: Sequence[str], at: int, tokens: Sequence[Token]) -> Flaw:
    told = [type_told(name) for name in types]
    plain = sign.strip("_").lstrip("@")
    if plain in ("&&", "||", "!"):
        wrong = next((type_told(name) for name in types if name not in ("bool", "dyn")), "something else")
        return Flaw(at, f"`{plain}` needs true or false on each side, not {wrong}", "a comparison such as hour >= 22")
    if plain == "?_:":
        return Flaw(at, "`? :` needs a condition and two values of one kind, " + f"not {', '.join(told)}")
    if plain == "[_]":
        return Flaw(at, f"`[ ]` cannot take {told[1]} out of {told[0]}")
    if plain == "in" and len(types) > 1 and not types[1].startswith("list"):
        return Flaw(at, f"`in` needs a list behind it, not {told[1]}", "a list in brackets, such as [6, 7]")
    if len(types) == 2 and not plain[:1].isalpha():
        verb = "compare" if plain in ("==", "!=", "<", "<=", ">", ">=") else "combine"
        return Flaw(at, f"`{plain}` cannot {verb} {told[0]} with {told[1]}", _hint(types, at, tokens))
    return Flaw(at, f"`{plain}` cannot be used with {', '.join(told)}")


def _hint(types: Sequence[str], at: int, tokens: Sequence[Token]) -> str:
    if set(types) == {"int", "double"}:
        return "whole numbers with whole ones, decimal with decimal ones: lon > 111.0"
    if "bool" in types:
        return "two conditions joined: hour > 2 && hour < 5"
    before = next((n for n, token in enumerate(tokens) if token.at == at), 0)
    if before and tokens[before - 1].text == "severity" and "string" in types:
        return "a level without quotes: severity == II, severity <= II (II or worse)"
    return "two of one kind; texts stand in quotes, numbers do not"


def _split(types: str) -> list[str]:
    """The types of a list of them; those in brackets belong together."""
    found, depth = [""], 0
    for letter in types:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [name.strip() for name in found]
