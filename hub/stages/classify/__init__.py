"""The room that says what a report is about: Report → Classification. Where or when it was must never tell a category.

Category: by code, else by the names the source uses, else by words, else `unclassified`. Severity: the worst of the
category's own, the source's and every severity rule that applies; only the conditions of these may ask for time and
place. Each step leaves its why.
"""

from hub.rulebook.book import Rulebook
from hub.rulebook.memo import of_room
from hub.stages.classify.classifier import Classifier
from hub.vocabulary.messages import Classification, Report
from hub.vocabulary.places import Place

__all__ = ["Classifier", "classify"]


def classify(report: Report, book: Rulebook, place: Place | None = None) -> Classification:
    """What a report is about, by a rulebook. Its place only serves the conditions of severity rules."""
    return _classifier(book).classify(report, place)


_classifier = of_room(Classifier)
