"""Perception patterns that can never come true, or change nothing when they do. It must never refuse what might."""

from collections.abc import Iterable, Iterator

import msgspec

from hub.rulebook.book import Rulebook
from hub.rulebook.patterns import Condition, Pattern, PatternKind


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern and what is wrong with it."""

    pattern: str
    message: str
    expected: str


def idle_patterns(book: Rulebook) -> Iterator[Idle]:
    """What is wrong with each pattern, in their order."""
    for pattern in book.patterns:
        for message, expected in (*_unheard(pattern, book), *_unmet(pattern, book), *_unraised(pattern, book)):
            yield Idle(pattern=pattern.id, message=f"the pattern `{pattern.id}` {message}", expected=expected)


def _unheard(pattern: Pattern, book: Rulebook) -> Iterator[tuple[str, str]]:
    """Feeds that nobody sends, and silences that the wall would show later."""
    sent = {source.feed for source in book.city.sources}
    asked = [feed for _, condition in pattern.roles for feed in sorted(condition.feeds or ())]
    for feed in dict.fromkeys((*asked, *pattern.feeds)):
        if feed not in sent:
            yield f"never comes true: no source of city.yaml has the feed {feed}", f"one of {', '.join(sorted(sent))}"
    for feed in pattern.feeds:
        patient = [
            source.silent_after_seconds
            for source in book.city.sources
            if source.feed is feed and source.silent_after_seconds is not None
        ]
        if patient and pattern.longer_than_minutes * 60 < min(patient):
            yield (
                f"comes true before the wall calls the feed {feed} silent, after {min(patient) / 60:g} min",
                f"`longer_than_minutes` of {min(patient) / 60:g} or more, or another `silent_after_seconds`",
            )


def _unmet(pattern: Pattern, book: Rulebook) -> Iterator[tuple[str, str]]:
    """Conditions that no category meets."""
    for role, condition in pattern.roles:
        if not _categories(condition, book):
            yield (
                f"never comes true: no category of `{role}` is of the families it names",
                "`categories` or `families`, or both of one kind",
            )


def _unraised(pattern: Pattern, book: Rulebook) -> Iterator[tuple[str, str]]:
    """A severity that everything concerned has already."""
    if pattern.raises_to is None or pattern.opens is not None:
        return
    concerned = [
        book.categories[key].severity
        for role, condition in pattern.roles
        if pattern.kind is not PatternKind.WARNING or role == "inside"
        for key in _categories(condition, book)
    ]
    if concerned and all(severity <= pattern.raises_to for severity in concerned):
        yield (
            "raises nothing: all it is about is that severe already",
            f"a severity worse than {pattern.raises_to.name}, or other categories",
        )


def _categories(condition: Condition, book: Rulebook) -> Iterable[str]:
    return [
        key
        for key, category in book.categories.items()
        if (condition.categories is None or key in condition.categories)
        and (condition.families is None or category.family in condition.families)
    ]
