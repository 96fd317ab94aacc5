"""The names behind the ids of a rulebook, in both languages. It must never invent one."""

from hub.rulebook.book import Name, Rulebook


def names_of(book: Rulebook) -> dict[str, Name]:
    """Names of everything a reason may speak of by its id."""
    city = book.city
    return {
        **{source.id: source.name for source in city.sources},
        **{district.code: district.name for district in city.districts},
        **{bureau.id: bureau.name for bureau in city.bureaus},
        **book.roles,
        **{key: category.name for key, category in book.categories.items()},
    }
