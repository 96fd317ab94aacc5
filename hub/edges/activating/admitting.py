"""Makes a rulebook the active one, or says everything that is wrong with it. Nothing changes by one that is refused."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from hub.edges.activating.edition import read_edition
from hub.edges.authoring.checking import errors_of
from hub.edges.authoring.testing import run_all
from hub.edges.authoring.workshop import cases_in, rules_of
from hub.edges.rules import RulebookError
from hub.edges.store.activations import Activations
from hub.rulebook.book import Rulebook
from hub.rulebook.read_cases import read_cases
from hub.rulebook.yaml_nodes import RuleError
from hub.stages.locate import Atlas
from hub.vocabulary.activations import Activation, How


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Who activates, and why."""

    who: str
    why: str
    how: How
    #: Only when this version is the active one; None: whatever is.
    instead_of: str | None = None


class UnknownVersion(Exception):
    """No text is kept of a version."""


async def admit_texts(
    activations: Activations, city: str, texts: Mapping[str, str], hand: Hand, today: date
) -> tuple[Activation, bool]:
    """Check texts as `hub rules check` does, run the cases among them, keep them and activate them. Returns what is
    active, and whether that is news. Raises RulebookError with all errors, and OtherActive."""
    book = await asyncio.to_thread(checked_rulebook, texts, today)
    await same_city(activations, city, book, texts)
    await activations.keep(book.version, book.city.code, rules_of(texts))
    return await activations.activate(
        city, book.version, who=hand.who, why=hand.why, how=hand.how, instead_of=hand.instead_of
    )


async def admit_version(activations: Activations, city: str, version: str, hand: Hand) -> tuple[Activation, bool]:
    """Activate a version that is kept. Raises UnknownVersion, UnreadableRulebook and OtherActive."""
    stored = await activations.texts(version)
    active = await activations.active(city)
    if stored is None or active is None:
        raise UnknownVersion
    # It was checked when it came; what counts now is that this version of the hub can read it.
    await read_edition(activations, msgspec.structs.replace(active, version=version))
    running = await activations.texts(active.version)
    if running is not None and running.city != stored.city:
        raise RulebookError((_other_city(stored.city, running.city, stored.files),))
    return await activations.activate(
        city, version, who=hand.who, why=hand.why, how=hand.how, instead_of=hand.instead_of
    )


def checked_rulebook(texts: Mapping[str, str], today: date) -> Rulebook:
    """The rulebook of texts that `hub rules check` has no error in and whose cases hold. Raises RulebookError."""
    cases = cases_in(texts)
    book, errors = errors_of(rules_of(texts), cases, today)
    if not errors:
        errors = tuple(_failed_cases(cases, book))
    if errors:
        raise RulebookError(errors)
    return book


async def same_city(activations: Activations, city: str, book: Rulebook, texts: Mapping[str, str]) -> None:
    """Raises RulebookError for another city than the one that runs: incidents are named after its code."""
    active = await activations.active(city)
    running = None if active is None else await activations.texts(active.version)
    if running is not None and running.city != book.city.code:
        raise RulebookError((_other_city(book.city.code, running.city, texts),))


def _failed_cases(texts: Mapping[str, str], book: Rulebook) -> Iterator[RuleError]:
    cases, _ = read_cases(texts, book)
    for case in run_all(cases, book, Atlas(book.city)).failed:
        for difference in case.differences:
            yield RuleError(
                file=case.file,
                line=difference.line or case.line,
                column=1,
                message=f"the case `{case.id}` does not hold: {difference.field} is {difference.got}",
                expected=difference.expected,
            )


def _other_city(given: str, running: str, texts: Mapping[str, str]) -> RuleError:
    lines = texts.get("city.yaml", "").splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if text.startswith("code:")), 1)
    return RuleError(
        file="city.yaml",
        line=line,
        column=1,
        message=f"this is the city {given}, and the hub runs {running}: incidents are named after the code",
        expected=f"code: {running}, or a hub of its own for the other city",
    )
