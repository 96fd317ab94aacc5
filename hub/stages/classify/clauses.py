"""Which clause of the duty list (职责清单) a classified report falls under. It must never change the category."""

from collections.abc import Iterable, Mapping

from hub.rulebook.book import Clause, Duty, Rulebook
from hub.rulebook.read_duty_list import standing
from hub.rulebook.word_index import WordIndex
from hub.vocabulary.folding import fold, fold_tight
from hub.vocabulary.messages import Report
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

#: Attributes in which a source says the filing condition (立案条件) that it chose.
_CONDITION = ("filing_condition", "立案条件")


class Clauses:
    """One rulebook's duty list, indexed by category, code and name."""

    def __init__(self, book: Rulebook) -> None:
        duties = book.duties.values()
        self._standard_ref = fold_tight(book.standard_ref)
        self._codes = {(duty.code.kind, duty.code.code, fold_tight(duty.code.standard_ref)): duty for duty in duties}
        self._of_category: dict[str, list[Duty]] = {}
        for duty in duties:
            self._of_category.setdefault(duty.category, []).append(duty)
        self._names = {duty.key: fold(duty.name) for duty in duties}
        self._said = {clause.id: [fold(word) for word in clause.said] for duty in duties for clause in duty.clauses}
        self._conditions = WordIndex(self.words())

    def words(self) -> Iterable[str]:
        """Every word that speaks for a duty or a clause."""
        yield from self._names.values()
        for words in self._said.values():
            yield from words

    def find(self, report: Report, category: str, words: set[str]) -> tuple[str, tuple[Why, ...]]:
        """The clause of a report of a category in whose title and text `words` stand, and why; empty when none."""
        duty = self._duty(report, category, words)
        if duty is None:
            return "", ()
        chosen = next((report.attributes[key] for key in _CONDITION if key in report.attributes), "")
        said = words | self._conditions.find(fold(chosen)) if chosen else words
        scores = {clause.id: sum(word in said for word in self._said[clause.id]) for clause in duty.clauses}
        best = max(duty.clauses, key=lambda clause: scores[clause.id])
        if scores[best.id]:
            heard = "、".join(word for word in self._said[best.id] if word in said)
            return best.id, (_why(duty, best, "clause_said", {"words": heard}),)
        usual = next(clause for clause in duty.clauses if clause.id == duty.usual)
        return usual.id, (_why(duty, usual, "clause_usual", {}),)

    def _duty(self, report: Report, category: str, words: set[str]) -> Duty | None:
        """By the code, else by a name of the source, else by a name in the text, else the category's only one."""
        duties = self._of_category.get(category)
        if not duties:
            return None
        if report.code is not None:
            table = fold_tight(report.code.standard_ref) or self._standard_ref
            coded = self._codes.get((report.code.kind, report.code.code, table))
            if coded is not None and coded.category == category:
                return coded
        told = {fold(name) for name in report.category_names}
        for names in (told, words):
            for duty in duties:
                if self._names[duty.key] in names:
                    return duty
        return duties[0] if len(duties) == 1 else None


def _why(duty: Duty, clause: Clause, verdict: str, facts: Mapping[str, Fact]) -> Why:
    told: dict[str, Fact] = {"standing": standing(duty), "said": "、".join(clause.said), **facts}
    return Why(stage=Stage.CLASSIFY, rule=clause.id, verdict=verdict, facts=told)
