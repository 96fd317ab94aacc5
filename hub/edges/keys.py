"""API keys and what each may do. It must never keep a key in the clear, compare one in varying time, or log one."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from hub.settings import SettingsError
from hub.vocabulary.moves import ActorRole

#: Letters that survive in a header and a `role:name:key` line alike.
_KEY = re.compile(r"[A-Za-z0-9._~-]{16,200}")
_NAME = re.compile(r"[A-Za-z0-9._~-]{1,60}")

#: Browsers cannot set headers on a WebSocket: they offer `key.<base64url of the key>` as a subprotocol.
_KEY_SUBPROTOCOL = "key."


class KeyFileError(SettingsError):
    """The file of keys is wrong; the message names the line, never the key."""


class Role(StrEnum):
    """What the holder of a key may do."""

    INTAKE = "intake"  # send messages, nothing else
    READ = "read"  # read, nothing else
    RULES = "rules"  # read, and make rulebooks active
    TASK = "task"  # read, and move tasks in the one capacity that the key carries
    ADMIN = "admin"  # all


#: Roles that may read beside what they are for.
_READING = frozenset({Role.RULES, Role.TASK})


class Caller(msgspec.Struct, frozen=True):
    """Who calls."""

    name: str
    role: Role
    #: In what capacity its holder moves tasks, and for which bureau; None: the request says it.
    acts_as: ActorRole | None = None
    bureau: str | None = None

    def may(self, role: Role) -> bool:
        """Whether this caller may do what `role` stands for."""
        return self.role in (Role.ADMIN, role) or (role is Role.READ and self.role in _READING)


#: Whoever reaches a hub that runs without keys, which is possible on loopback only.
ANYBODY = Caller("anybody", Role.ADMIN)


class KeyRing:
    """The keys of one hub; an empty ring lets everybody in."""

    def __init__(self, callers: Iterable[tuple[bytes, Caller]] = ()) -> None:
        self._callers = tuple(callers)

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return not self._callers

    def check_key(self, key: str | None) -> Caller | None:
        """Who holds a key. Looks at every key each time, so that the time taken tells nothing."""
        if self.open:
            return ANYBODY
        digest = _digest(key or "")
        found = None
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                found = caller
        return found

    def may_enter(self, headers: Mapping[str, str], subprotocols: Iterable[str] = ()) -> bool:
        """Whether the key among headers and subprotocols may read; for the live server's door."""
        caller = self.check_key(key_in(headers, subprotocols))
        return caller is not None and caller.may(Role.READ)


def read_key_file(path: Path) -> KeyRing:
    """The ring of a key file. Raises KeyFileError."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"HUB_API_KEYS_FILE: cannot be read ({type(error).__name__})") from None
    return parse_keys(text)


def posting_key(path: Path) -> str | None:
    """The first key of the file that may post, for the simulated day that `hub up` plays; None: there is none."""
    for line in path.read_text("utf-8").splitlines():
        role, _, rest = line.strip().partition(":")
        if role in (Role.INTAKE, Role.ADMIN):
            return rest.partition(":")[2].strip()
    return None


def parse_keys(text: str) -> KeyRing:
    """Keys of `role:name:key` lines, where those of the role `task` go on with the capacity; blank lines and lines that
    start with `#` are left out. Raises KeyFileError."""
    callers: list[tuple[bytes, Caller]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            callers.append(_parse_line(stripped, number))
    if not callers:
        raise KeyFileError("HUB_API_KEYS_FILE: holds no key; write one `role:name:key` a line")
    if len({digest for digest, _ in callers}) < len(callers):
        raise KeyFileError("HUB_API_KEYS_FILE: two lines have the same key")
    return KeyRing(callers)


def key_in(headers: Mapping[str, str], subprotocols: Iterable[str] = ()) -> str | None:
    """The key a request carries: `Authorization: Bearer`, `X-API-Key`, or a WebSocket subprotocol.
    `headers` must look names up without regard to case."""
    scheme, _, bearer = (headers.get("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    if key := headers.get("x-api-key"):
        return key.strip()
    return next((_offered(name) for name in subprotocols if name.startswith(_KEY_SUBPROTOCOL)), None)


def _offered(subprotocol: str) -> str | None:
    letters = subprotocol.removeprefix(_KEY_SUBPROTOCOL)
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        return None


def _parse_line(line: str, number: int) -> tuple[bytes, Caller]:
    parts = line.split(":", 2)
    rest: list[str] = []
    if parts[0].strip() == Role.TASK:
        first, _, last = line.partition(":")
        parts = [first, *last.split(":")]
        parts, rest = parts[:3], [part.strip() for part in parts[3:]]
    where = f"HUB_API_KEYS_FILE: line {number}"
    if len(parts) != 3:
        raise KeyFileError(f"{where}: must be `role:name:key`")
    if parts[0].strip() == Role.TASK and not rest:
        raise KeyFileError(
            f"{where}: must be `task:name:key:clerk:bureau`, or `task:name:key:role` of the centre's own"
        )
    role, name, key = (part.strip() for part in parts)
    if role not in set(Role):
        raise KeyFileError(f"{where}: the role must be one of {', '.join(Role)}")
    if not _NAME.fullmatch(name):
        raise KeyFileError(f"{where}: the name must be 1 to 60 letters, digits or ._~-")
    if not _KEY.fullmatch(key):
        raise KeyFileError(f"{where}: the key must be 16 to 200 letters, digits or ._~- (`openssl rand -hex 32`)")
    return _digest(key), Caller(name, Role(role), *_capacity(rest, where))


def _capacity(rest: list[str], where: str) -> tuple[ActorRole | None, str | None]:
    """What follows the key on the line of a task key: the capacity, and for a clerk the bureau."""
    if not rest:  # every role but `task`
        return None, None
    if rest[0] not in set(ActorRole):
        raise KeyFileError(f"{where}: after the key comes one of {', '.join(ActorRole)}")
    clerk = rest[0] == ActorRole.CLERK
    if len(rest) != (2 if clerk else 1) or not all(rest):
        raise KeyFileError(
            f"{where}: must be `task:name:key:clerk:bureau`, or `task:name:key:role` of the centre's own"
        )
    return ActorRole(rest[0]), rest[1] if clerk else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
