"""Finds what a rule looked like in earlier rulebooks. It must never read more of them than it is given."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from hub.edges.authoring.outlining import Outline
from hub.edges.store.authoring import KeptText


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule was written from one version on; no text: it was not there."""

    version: str
    since: datetime
    text: str | None


def wordings(newest_first: Iterable[KeptText], file: str, section: str, id: str) -> tuple[Wording, ...]:
    """Every different wording of a rule, newest first."""
    found: list[Wording] = []
    last_text: str | None = None
    for kept in newest_first:
        same_file = bool(found) and kept.text == last_text
        text = found[-1].text if same_file else _block(kept.text, file, section, id)
        last_text = kept.text
        if found and found[-1].text == text:
            found[-1] = Wording(version=kept.version, since=kept.loaded_at, text=text)
        else:
            found.append(Wording(version=kept.version, since=kept.loaded_at, text=text))
    return tuple(_without_absence(found))


def _block(text: str | None, file: str, section: str, id: str) -> str | None:
    if text is None:
        return None
    outline = Outline({file: text})
    place = (file, section, id)
    return outline.block(place) if outline.get(place) is not None else None


def _without_absence(found: Sequence[Wording]) -> Sequence[Wording]:
    """Before it was first written there is nothing to tell."""
    return found[:-1] if found and found[-1].text is None else found
