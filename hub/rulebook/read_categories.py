"""Reads categories.yaml: codes, names and words that lead to a category, and its family. It must never read a file."""

from hub.rulebook.book import UNCLASSIFIED, Category
from hub.rulebook.read_city import KEY, keyed, name
from hub.rulebook.yaml_nodes import Item
from hub.vocabulary.folding import fold
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, Severity

_CATEGORY = "kind name family severity codes words names rough_names".split()
_REQUIRED = "kind name family severity".split()


def read_categories(root: Item) -> tuple[dict[str, Category], str, float]:
    """The categories by key, the code table meant when none is named, and the least score of words that counts."""
    fields = root.fields(("standard_ref", "least_score", "categories"), ("categories",))
    standard_ref = fields["standard_ref"].text() if "standard_ref" in fields else ""
    least_score = fields["least_score"].number(0, 100) if "least_score" in fields else 0.0
    owners = _Owners()
    found = {
        category: _category(category, entry, standard_ref, owners)
        for category, entry in keyed(fields.get("categories"))
    }
    if "categories" in fields and UNCLASSIFIED not in found:
        fields["categories"].error(f"`{UNCLASSIFIED}` is missing: what nothing matches needs a category")
    return found, standard_ref, least_score


class _Owners:
    """Which category has taken a code or a name."""

    def __init__(self) -> None:
        self.codes: dict[CategoryCode, str] = {}
        self.names: dict[str, str] = {}


def _category(category: str, entry: Item, standard_ref: str, owners: _Owners) -> Category:
    fields = entry.fields(_CATEGORY, _REQUIRED)
    kind = fields["kind"].word(CategoryKind) if "kind" in fields else CategoryKind.EVENT
    family = fields["family"].text() if "family" in fields else ""
    if family and not KEY.fullmatch(family):
        fields["family"].error(f"`{family}` cannot be a family: letters, digits and `-` only")
    if (category == UNCLASSIFIED) != (family == UNCLASSIFIED) and "family" in fields:
        fields["family"].error(f"the family `{UNCLASSIFIED}` belongs to the category `{UNCLASSIFIED}` and to no other")
    return Category(
        key=category,
        kind=kind,
        name=name(fields.get("name")),
        family=family,
        severity=fields["severity"].level(Severity) if "severity" in fields else Severity.IV,
        codes=tuple(_codes(fields.get("codes"), category, kind, standard_ref, owners)),
        words=_words(fields.get("words")),
        names=_names(fields.get("names"), category, owners),
        rough_names=_names(fields.get("rough_names"), category, owners),
    )


def _codes(
    item: Item | None, category: str, kind: CategoryKind, standard_ref: str, owners: _Owners
) -> list[CategoryCode]:
    found = []
    for entry in item.items() if item is not None else []:
        code = _code(entry, kind, standard_ref)
        owner = owners.codes.setdefault(code, category)
        if owner != category or code in found:
            table = code.standard_ref or "no table"
            entry.error(f"the {code.kind} code `{code.code}` of {table} already leads to `{owner}`")
        found.append(code)
    return found


def _code(entry: Item, kind: CategoryKind, standard_ref: str) -> CategoryCode:
    """Either a bare code of the file's table, or one that names its own kind and table."""
    if not entry.is_mapping():
        return CategoryCode(kind=kind, code=entry.text(), standard_ref=standard_ref)
    fields = entry.fields(("code", "kind", "standard_ref"), ("code",))
    return CategoryCode(
        kind=fields["kind"].word(CategoryKind) if "kind" in fields else kind,
        code=fields["code"].text() if "code" in fields else "",
        standard_ref=fields["standard_ref"].text() if "standard_ref" in fields else standard_ref,
    )


def _words(item: Item | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for word, weight in item.pairs() if item is not None else ():
        if len(fold(word)) < 2:
            weight.error(f"`{word}` is too short: a word of one character stands in too many others")
        found[word] = weight.number(0.1, 100)
    return found


def _names(item: Item | None, category: str, owners: _Owners) -> tuple[str, ...]:
    """Names are compared folded, so two spellings that fold alike are one name."""
    found = []
    for entry in item.items() if item is not None else []:
        spelling = entry.text()
        owner = owners.names.setdefault(fold(spelling), category)
        if owner != category:
            entry.error(f"`{spelling}` already names the category `{owner}`")
        found.append(spelling)
    return tuple(found)
