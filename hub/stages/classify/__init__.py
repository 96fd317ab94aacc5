"""The room that says what a report is about: Report → Classification. It must never look at where or when it was.

Category: by code, else by the names the source uses, else by words, else `unclassified`. Severity: the worst of the
category's own, the source's and every severity rule that applies. Each step leaves its why.
"""

from hub.rulebook.book import Rulebook
from hub.rulebook.memo import of_room
from hub.stages.classify.classifier import Classifier
from hub.vocabulary.messages import Classification, Report

__all__ = ["Classifier", "classify"]


def classify(report: Report, book: Rulebook) -> Classification:
    """What a report is about, by a rulebook."""
    return _classifier(book).classify(report)


_classifier = of_room(Classifier)
