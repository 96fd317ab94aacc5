"""What `hub rules activate | history | diff | rollback` do on the hub's database. They must never print."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import asyncpg
import msgspec

from hub.edges.activating.admitting import Hand, UnknownVersion, admit_texts, admit_version
from hub.edges.activating.starting import FolderState, folder_state
from hub.edges.authoring.testing import case_texts
from hub.edges.clock import utc_now
from hub.edges.embedded.services import connected
from hub.edges.rules import RulebookError, readable_texts
from hub.edges.store.activations import Activations
from hub.edges.store.patience import BROKEN
from hub.edges.store.pool import open_pool
from hub.edges.store.presence import present
from hub.rulebook.read import version_of
from hub.settings import Settings, SettingsError
from hub.vocabulary.activations import Activation, How

#: Longest to wait for workers to have read a rulebook; they are refused their decisions by the one before after three.
_WORKERS_WITHIN_SECONDS = 10.0
_CONNECT_SECONDS = 10.0
ACTIVE = "active"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an activation."""

    activation: Activation
    changed: bool
    #: Workers that take messages, and those of them that decide by it already.
    workers: int
    decide_by_it: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What is active and was, newest first."""

    city: str
    items: tuple[Activation, ...]
    folder: FolderState


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of a rulebook and what a person calls it."""

    name: str
    version: str
    files: Mapping[str, str]


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    """A pool on the hub's database; a broker need not be known. Raises SettingsError when it does not answer."""
    reachable = connected(msgspec.structs.replace(settings, kafka_url="not needed"))
    try:
        pool = await open_pool(reachable.database_url, size=2, patience_seconds=_CONNECT_SECONDS)
    except BROKEN as error:
        raise SettingsError(f"the database does not answer: {error}") from None
    try:
        yield pool
    finally:
        await pool.close()


def folder_texts(folder: Path) -> dict[str, str]:
    """Every text of a city folder, its cases among them. Raises RulebookError for files that are no text."""
    texts, unreadable = readable_texts(folder)
    cases, lost = case_texts(folder)
    if unreadable or lost:
        raise RulebookError((*unreadable, *lost))
    return {**texts, **cases}


def how_of(folder: Path, settings: Settings) -> How:
    """Whether a folder is the one that the hub starts from, or a draft."""
    return How.FOLDER if folder.resolve() == settings.city_dir().resolve() else How.DRAFT


async def activate_folder(
    settings: Settings, texts: Mapping[str, str], how: How, *, who: str, why: str, today: date
) -> Done:
    """Check the texts of a folder, run its cases and make it active. Raises RulebookError with every error."""
    hand = Hand(who=who, why=why, how=how)
    async with database(settings) as pool:
        activation, changed = await admit_texts(Activations(pool), settings.city, texts, hand, today)
        return await _done(pool, activation, changed=changed)


async def roll_back(settings: Settings, version: str | None, *, who: str, why: str) -> Done:
    """Make a kept version active again; without one, what was active before. Raises SettingsError."""
    async with database(settings) as pool:
        activations = Activations(pool)
        if version is None:
            last = await activations.history(settings.city, 2)
            if len(last) < 2:
                raise SettingsError("there is nothing to go back to: only one rulebook was ever active")
            version = last[1].version
        else:
            version = await _whole(activations, version)
        hand = Hand(who=who, why=why, how=How.ROLLBACK)
        try:
            activation, changed = await admit_version(activations, settings.city, version, hand)
        except UnknownVersion:
            raise SettingsError("no rulebook is active yet; start the hub, or `hub rules activate`") from None
        return await _done(pool, activation, changed=changed)


async def history_of(settings: Settings, limit: int) -> History:
    """What is active and was, and whether the folder on disk is another."""
    async with database(settings) as pool:
        items = await Activations(pool).history(settings.city, limit)
    state = folder_state(settings.city_dir(), items[0].version if items else None)
    return History(city=settings.city, items=tuple(items), folder=state)


def named_texts(settings: Settings, name: str) -> Named:
    """The texts of a folder, of a version or the beginning of one, or of what is `active`. Raises SettingsError."""
    folder = Path(name)
    if folder.is_dir():
        texts, _ = readable_texts(folder)
        return Named(name=name, version=version_of(texts), files=texts)
    return asyncio.run(_kept(settings, name))


async def _kept(settings: Settings, name: str) -> Named:
    async with database(settings) as pool:
        return await kept_texts(Activations(pool), settings, name)


async def kept_texts(activations: Activations, settings: Settings, name: str) -> Named:
    """The texts of a kept version, or of what is `active`. Raises SettingsError."""
    if name == ACTIVE:
        active = await activations.active(settings.city)
        if active is None:
            raise SettingsError("no rulebook is active yet")
        version = active.version
    else:
        version = await _whole(activations, name)
    stored = await activations.texts(version)
    if stored is None:
        raise SettingsError(f"the text of rulebook {version} is not kept")
    return Named(name=name, version=version, files=stored.files)


async def _whole(activations: Activations, beginning: str) -> str:
    versions = await activations.versions_like(beginning)
    if not versions:
        raise SettingsError(f"{beginning}: no folder and no kept rulebook; `hub rules history` lists them")
    if len(versions) > 1 and beginning not in versions:
        raise SettingsError(f"{beginning}: several rulebooks begin so: {', '.join(versions)}")
    return beginning if beginning in versions else versions[0]


async def _done(pool: asyncpg.Pool, activation: Activation, *, changed: bool) -> Done:
    """Wait until every worker that is alive decides by it."""
    deadline = asyncio.get_running_loop().time() + _WORKERS_WITHIN_SECONDS
    while True:
        workers = await present(pool, utc_now())
        there = sum(worker.rulebook_version == activation.version for worker in workers)
        if there == len(workers) or asyncio.get_running_loop().time() > deadline:
            return Done(activation=activation, changed=changed, workers=len(workers), decide_by_it=there)
        await asyncio.sleep(0.2)
