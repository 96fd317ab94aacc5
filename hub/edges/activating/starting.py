"""Which rulebook a process starts with: what is active, or the folder on disk when nothing is. It must never let a
folder replace what somebody activated, unless it is the folder that was active."""

import asyncio
import getpass
from collections.abc import Callable
from pathlib import Path

import asyncpg
import msgspec
import structlog

from hub.edges.activating.admitting import checked_rulebook, same_city
from hub.edges.activating.edition import Edition, RunningRules, UnreadableRulebook, read_edition
from hub.edges.authoring.testing import case_texts
from hub.edges.clock import utc_now
from hub.edges.rules import RulebookError, load_city, readable_texts
from hub.edges.store.activations import Activations
from hub.edges.store.patience import patiently
from hub.rulebook.book import Rulebook
from hub.rulebook.read import version_of
from hub.settings import Settings, SettingsError
from hub.vocabulary.activations import Activation, How

_log = structlog.get_logger(__name__)

#: Who activates when no person does.
HUB = "hub"
#: Then the folder has been the source so far, and an edit of it is meant.
_OF_THE_FOLDER = (How.FIRST, How.FOLDER)


class FolderState(msgspec.Struct, frozen=True, kw_only=True):
    """The city folder on disk beside what is active."""

    folder: str
    #: None: the folder is not there, or a file of it is no text.
    version: str | None
    differs: bool


def folder_state(folder: Path, active: str | None) -> FolderState:
    """Whether a folder's text is that of the active version."""
    version: str | None = None
    try:
        texts, unreadable = readable_texts(folder)
        version = None if unreadable else version_of(texts)
    except (SettingsError, OSError):
        pass
    return FolderState(folder=str(folder), version=version, differs=version is not None and version != active)


async def running_rules(pool: asyncpg.Pool, settings: Settings) -> RunningRules:
    """What is active, waiting for a database that is away. Raises RulebookError when nothing is active and the folder
    cannot be used, and UnreadableRulebook when what is active cannot."""
    return RunningRules(await patiently(lambda: _edition_at_start(pool, settings), within_seconds=None))


async def _edition_at_start(pool: asyncpg.Pool, settings: Settings) -> Edition:
    activations, folder = Activations(pool), settings.city_dir()
    active = await activations.active(settings.city)
    if active is None:
        book, texts = _loaded(folder)
        active = await _activate_folder(activations, settings.city, book, texts, HUB, How.FIRST)
    edition = await read_edition(activations, active)
    state = folder_state(folder, active.version)
    if state.differs:
        _log.warning(
            "the folder on disk is not the active rulebook; `hub rules activate` makes it so",
            active=active.version,
            folder=state.folder,
            version=state.version,
        )
    return edition


def check_folder_first(settings: Settings) -> None:
    """Say what is wrong with the folder at once where no database can have anything better. Raises RulebookError."""
    if not settings.database_url and not (Path(settings.data_dir) / "postgres").exists():
        load_city(settings.city_dir())


async def ready_rules(pool: asyncpg.Pool, settings: Settings, tell: Callable[[str], None]) -> None:
    """What `hub up` does before any part starts: a folder that was edited since it was activated is activated, and
    what stands in the way of that is said. Raises RulebookError when there is nothing to run by."""
    activations, folder = Activations(pool), settings.city_dir()
    active = await activations.active(settings.city)
    broken: SettingsError | None = None
    try:
        book, texts = _loaded(folder)
    except SettingsError as error:
        broken = error
    if active is None:
        if broken is not None:
            raise broken
        await _activate_folder(activations, settings.city, book, texts, _person(), How.FIRST)
        tell(f"rulebook {book.version} of {folder} is active")
    elif broken is not None:
        await _still_readable(activations, active, broken)
        count = len(broken.errors) if isinstance(broken, RulebookError) else 1
        tell(f"rulebook {active.version} stays active: {folder} has {count} error{'' if count == 1 else 's'}")
        tell(str(broken))
    elif book.version == active.version:
        tell(f"rulebook {book.version} of {folder} is active")
    elif not await _readable(activations, active):
        await _activate_folder(activations, settings.city, book, texts, _person(), How.FOLDER, active)
        tell(f"rulebook {book.version} of {folder} is active: this hub cannot read {active.version}")
    elif active.how in _OF_THE_FOLDER:
        await _take_edited(activations, settings, book, texts, active, tell)
    else:
        tell(f"rulebook {active.version} stays active, by {active.who}: {active.why}")
        tell(f"{folder} is another, {book.version}; `hub rules diff` compares, `hub rules activate` takes it")


async def _take_edited(
    activations: Activations,
    settings: Settings,
    book: Rulebook,
    texts: dict[str, str],
    active: Activation,
    tell: Callable[[str], None],
) -> None:
    """Activate the edited folder by the same gate as `hub rules activate`: a start must not make half an edit live."""
    folder = settings.city_dir()
    try:
        cases, unreadable = case_texts(folder)
        if unreadable:
            raise RulebookError(unreadable)
        await asyncio.to_thread(checked_rulebook, texts | cases, utc_now().date())
        await same_city(activations, settings.city, book, texts)
    except RulebookError as error:
        count = len(error.errors)
        tell(f"rulebook {active.version} stays active: {folder} was edited and has {count} finding(s), the first:")
        tell(str(error.errors[0]))
        tell("`hub rules check` and `hub rules test` tell all of it")
    else:
        await _activate_folder(activations, settings.city, book, texts, _person(), How.FOLDER, active)
        tell(f"{folder} was edited: rulebook {book.version} is active now, instead of {active.version}")
        tell("`hub rules diff` and `hub rules history` say what that is; `hub rules rollback` undoes it")


async def _activate_folder(
    activations: Activations,
    city: str,
    book: Rulebook,
    texts: dict[str, str],
    who: str,
    how: How,
    instead_of: Activation | None = None,
) -> Activation:
    await activations.keep(book.version, book.city.code, texts)
    first = how is How.FIRST
    why = "the first rulebook of this database" if first else "the folder was edited and the hub started again"
    activation, news = await activations.activate(
        city,
        book.version,
        who=who,
        why=why,
        how=how,
        only_first=first,
        instead_of=None if instead_of is None else instead_of.version,
    )
    if news:
        _log.info("a rulebook is active", rulebook=book.version, number=activation.number, who=who)
    return activation


async def _still_readable(activations: Activations, active: Activation, broken: SettingsError) -> None:
    try:
        await read_edition(activations, active)
    except UnreadableRulebook as error:
        raise SettingsError(f"{error}\n{broken}") from None


async def _readable(activations: Activations, active: Activation) -> bool:
    try:
        await read_edition(activations, active)
    except UnreadableRulebook:
        return False
    return True


def _loaded(folder: Path) -> tuple[Rulebook, dict[str, str]]:
    texts, _ = readable_texts(folder)
    return load_city(folder), texts


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return HUB
