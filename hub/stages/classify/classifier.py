"""What a report is about, by a rulebook laid out for looking up. Where or when it was must never tell its category;
conditions of severity rules may ask for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from hub.rulebook.book import UNCLASSIFIED, Category, Rulebook, SeverityRule
from hub.rulebook.condition_subjects import REPORT_VARIABLES, Subject, report_subject
from hub.rulebook.conditions import Failed, Judge
from hub.rulebook.word_index import WordIndex
from hub.stages.classify.clauses import Clauses
from hub.vocabulary.folding import fold, fold_tight
from hub.vocabulary.messages import Classification, Report
from hub.vocabulary.places import Place
from hub.vocabulary.terms import CategoryKind, Severity, Stage
from hub.vocabulary.why import Why

#: A word in the title says more than one in the text.
TITLE_TIMES = 2.0
#: What a rough name of a source says for its category, in the weight of a word.
ROUGH_NAME_WEIGHT = 2.0
#: Characters of a text that are searched; what a report is about stands at its beginning.
SEARCHED_CHARS = 200
#: Words named in a reason.
_TOLD_WORDS = 5
#: Names of categories kept folded; a source has hundreds and sends them in every record.
_NAMES_KEPT = 4096


#: Kind, digits and folded table name.
_Code = tuple[CategoryKind, str, str]


class _SeverityWords(msgspec.Struct, frozen=True):
    rule: SeverityRule
    words: frozenset[str]


class _SeverityRules:
    """The severity rules of one category by the words that call for them, so that their number costs nothing."""

    def __init__(self, entries: Sequence[_SeverityWords]) -> None:
        self._entries = entries
        self._always = frozenset(n for n, entry in enumerate(entries) if not entry.words)
        self._by_word: dict[str, list[int]] = {}
        for n, entry in enumerate(entries):
            for word in entry.words:
                self._by_word.setdefault(word, []).append(n)

    def called_by(self, words: Iterable[str]) -> Iterator[_SeverityWords]:
        """Those that need no word, and those that one of these words calls for, in the order of the rulebook."""
        called = set(self._always)
        for word in words:
            called.update(self._by_word.get(word, ()))
        return (self._entries[n] for n in sorted(called))


class Classifier:
    """One rulebook's categories, names and words, indexed once."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._judge = Judge(REPORT_VARIABLES)
        self._categories = book.categories
        self._standard_ref = book.standard_ref
        self._least_score = book.least_score
        self._codes = {
            (code.kind, code.code, fold_tight(code.standard_ref)): category
            for category in book.categories.values()
            for code in category.codes
        }
        self._code_alone = _codes_alone(self._codes)
        self._feed_names = {
            feed: {fold(name): book.categories[key] for name, key in names.items()}
            for feed, names in book.feed_names.items()
        }
        self._names = {fold(name): category for category in book.categories.values() for name in category.names}
        self._rough_names = {
            fold(name): category for category in book.categories.values() for name in category.rough_names
        }
        self._word_weights = _word_weights(book.categories.values())
        rules = [_SeverityWords(rule, frozenset(fold(word) for word in rule.words)) for rule in book.severity]
        self._severity_rules = {
            key: _SeverityRules(
                [entry for entry in rules if entry.rule.categories is None or key in entry.rule.categories]
            )
            for key in book.categories
        }
        severity_words = (word for entry in rules for word in entry.words)
        self._clauses = Clauses(book)
        self._index = WordIndex([*self._word_weights, *severity_words, *self._clauses.words()])
        self._order = {key: n for n, key in enumerate(book.categories)}
        self._defaults = {
            key: _severity_why(key, "category_default", category.severity) for key, category in book.categories.items()
        }

    def classify(self, report: Report, place: Place | None = None) -> Classification:
        """Category by code, else by a name the source uses, else by words; the worst severity that anything gives."""
        in_title = self._index.find(fold(report.title))
        in_text = self._index.find(fold(report.text[:SEARCHED_CHARS])) if report.text else set()
        category, why = (
            self._by_code(report)
            or self._by_name(report, self._feed_names.get(report.feed, {}))
            or self._by_name(report, self._names)
            or self._by_words(in_title, in_text, self._by_name(report, self._rough_names))
            or self._by_nothing()
        )
        severity, reasons = self._severity(report, place, category, in_title | in_text)
        clause, told = self._clauses.find(report, category.key, in_title | in_text)
        return Classification(
            category=category.key,
            family=category.family,
            severity=severity,
            why=(why, *told, *reasons),
            clause=clause,
        )

    def _by_code(self, report: Report) -> tuple[Category, Why] | None:
        code = report.code
        if code is None:
            return None
        kind, digits = code.kind, code.code
        found = self._codes.get((kind, digits, fold_tight(code.standard_ref)))
        if found is None and code.standard_ref:
            # Another table may mean something else by the same digits, so only a code written for all tables counts.
            found = self._codes.get((kind, digits, ""))
        elif found is None:
            own = self._codes.get((kind, digits, fold_tight(self._standard_ref)))
            found = own or self._code_alone.get((kind, digits))
        if found is None:
            return None
        standard = code.standard_ref or self._standard_ref
        return found, _why(found.key, "by_code", kind=str(kind), code=digits, standard=standard)

    def _by_name(self, report: Report, names: Mapping[str, Category]) -> tuple[Category, Why] | None:
        """The narrowest name wins, so `城市管理 > 道路破损` is about the road."""
        for name in reversed(report.category_names):
            found = names.get(_folded(name))
            if found is not None:
                return found, _why(found.key, "by_name", name=name)
        return None

    def _by_words(
        self, in_title: set[str], in_text: set[str], rough: tuple[Category, Why] | None
    ) -> tuple[Category, Why] | None:
        """What the words say most of; a rough name of the source counts as one word more."""
        scores = {} if rough is None else {rough[0].key: ROUGH_NAME_WEIGHT}
        for words, times in ((in_title, TITLE_TIMES), (in_text - in_title, 1.0)):
            for word in words:
                for key, weight in self._word_weights.get(word, ()):
                    scores[key] = scores.get(key, 0.0) + weight * times
        if not scores:
            return None
        order = self._order
        best = min(scores, key=lambda key: (-scores[key], order[key]))
        if scores[best] < self._least_score:
            return rough
        said = sorted(
            word for word in in_title | in_text if any(key == best for key, _ in self._word_weights.get(word, ()))
        )
        if not said and rough is not None:
            return rough
        return self._categories[best], _why(
            best, "by_words", words="、".join(said[:_TOLD_WORDS]), score=round(scores[best], 2)
        )

    def _by_nothing(self) -> tuple[Category, Why]:
        return self._categories[UNCLASSIFIED], _why(UNCLASSIFIED, "unclassified")

    def _severity(
        self, report: Report, place: Place | None, category: Category, words: set[str]
    ) -> tuple[Severity, list[Why]]:
        """A reason for each thing that spoke for a severity; the worst one holds."""
        worst = category.severity
        reasons = [self._defaults[category.key]]
        if report.severity is not None:
            reasons.append(_severity_why(report.source, "source_severity", report.severity))
            worst = min(worst, report.severity)
        subject: Subject | None = None
        for rule, matched in self._rules_for(report, category, words):
            if rule.when is not None:
                subject = subject or report_subject(report, category.key, category.family, place, self._book)
                holds = self._judge(rule.when, subject)
                if isinstance(holds, Failed):
                    reasons.append(holds.why(Stage.SEVERITY, rule.id))
                if holds is not True:
                    continue
            reasons.append(_severity_why(rule.id, "severity_rule", rule.severity, matched))
            worst = min(worst, rule.severity)
        return worst, reasons

    def _rules_for(
        self, report: Report, category: Category, words: set[str]
    ) -> Iterator[tuple[SeverityRule, frozenset[str]]]:
        """Rules whose plain fields all fit; their conditions are still to be asked."""
        for entry in self._severity_rules[category.key].called_by(words):
            rule = entry.rule
            if rule.feeds is not None and report.feed not in rule.feeds:
                continue
            at_least = rule.source_at_least
            if at_least is not None and (report.severity is None or report.severity > at_least):
                continue
            yield rule, entry.words & words


@lru_cache(maxsize=_NAMES_KEPT)
def _folded(name: str) -> str:
    return fold(name)


def _codes_alone(codes: Mapping[_Code, Category]) -> dict[tuple[CategoryKind, str], Category]:
    """Categories by kind and code, where every table that has the code means the same by it."""
    owners: dict[tuple[CategoryKind, str], list[Category]] = {}
    for (kind, code, _), category in codes.items():
        owners.setdefault((kind, code), []).append(category)
    return {alone: found[0] for alone, found in owners.items() if len({owner.key for owner in found}) == 1}


def _word_weights(categories: Iterable[Category]) -> dict[str, tuple[tuple[str, float], ...]]:
    weights: dict[str, list[tuple[str, float]]] = {}
    for category in categories:
        for word, weight in category.words.items():
            weights.setdefault(fold(word), []).append((category.key, weight))
    return {word: tuple(found) for word, found in weights.items()}


def _why(rule: str, verdict: str, **facts: str | float) -> Why:
    return Why(stage=Stage.CLASSIFY, rule=rule, verdict=verdict, facts={**facts})


def _severity_why(rule: str, verdict: str, severity: Severity, words: Iterable[str] = ()) -> Why:
    facts: dict[str, str | int | float | bool | None] = {"severity": severity.name}
    if said := "、".join(sorted(words)):
        facts["words"] = said
    return Why(stage=Stage.SEVERITY, rule=rule, verdict=verdict, facts=facts)
