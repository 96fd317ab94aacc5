"""Asks the conditions of rules once more, for what a decision passed over. It must never say which rule held."""

from hub.rulebook.book import Rulebook
from hub.rulebook.condition_subjects import INCIDENT_VARIABLES, located_subject
from hub.rulebook.conditions import Condition, Judge
from hub.vocabulary.messages import LocatedReport


class Asked:
    """The conditions of one rulebook, asked about one report."""

    def __init__(self, located: LocatedReport, book: Rulebook) -> None:
        self._judge = Judge(INCIDENT_VARIABLES)
        self._subject = located_subject(located, book)

    def holds(self, *conditions: Condition | None) -> bool:
        """Whether all hold. One that cannot be decided does not; the decision's own reasons say what was wrong."""
        return all(condition is None or self._judge(condition, self._subject) is True for condition in conditions)
