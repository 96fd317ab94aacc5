"""What a room lays out from a rulebook is laid out once, and never mixed up with another rulebook's."""

from hub.rulebook.book import Rulebook
from hub.rulebook.memo import PerRulebook
from tests.builders import a_book


def test_built_once_a_rulebook_and_told_apart_by_identity() -> None:
    built: list[Rulebook] = []

    def build(book: Rulebook) -> Rulebook:
        built.append(book)
        return book

    remembered = PerRulebook(build)
    # Equal in every field, but replaced whole: another rulebook.
    first, second = a_book(), a_book()
    for book in (first, second, first, second):
        assert remembered(book) is book
    assert len(built) == 2


def test_only_a_few_are_kept() -> None:
    built: list[Rulebook] = []
    remembered = PerRulebook(lambda book: built.append(book))
    books = [a_book() for _ in range(9)]
    for book in books:
        remembered(book)
    remembered(books[-1])
    assert len(built) == 9
    remembered(books[0])
    assert len(built) == 10
