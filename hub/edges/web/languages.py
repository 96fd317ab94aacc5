"""The language a reader wants, Chinese first. It must never fail on what a browser sends."""

from typing import Annotated

from litestar.params import QueryParameter

from hub.vocabulary.phrases import Language

LanguageWanted = Annotated[
    Language | None, QueryParameter(description="Language of `text`; goes before the header Accept-Language.")
]


def preferred(header: str) -> Language:
    """Chinese or English, whichever an Accept-Language header puts first; Chinese when it says neither."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in header.split(","):
        tag, *parameters = part.split(";")
        weight = _weight(parameters)
        for language in _LANGUAGES:
            if tag.strip().lower().split("-")[0] == language and weight > best[0]:
                best = (weight, language)
    return best[1]


_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
