"""Which PostgreSQL and broker a command talks to: the configured ones, or those that `hub up` runs in this folder."""

from pathlib import Path

import msgspec
import psutil

from hub.settings import Settings, SettingsError


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Where the parts of a running hub are; written by `hub up`, read by every other command."""

    pid: int
    database_url: str
    kafka_url: str
    web_url: str
    live_url: str
    city: str
    #: Every part has answered.
    up: bool = False


def write_services(settings: Settings, services: Services) -> None:
    """Tell other commands; replaced whole, readable by its owner only."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(services))
    fresh.replace(path)


def forget_services(settings: Settings) -> None:
    """The hub is going down."""
    _path(settings).unlink(missing_ok=True)


def running_services(settings: Settings) -> Services | None:
    """The hub that runs in this folder, or None."""
    try:
        services = msgspec.json.decode(_path(settings).read_bytes(), type=Services)
    except (OSError, msgspec.DecodeError):
        return None
    return services if psutil.pid_exists(services.pid) else None


def connected(settings: Settings) -> Settings:
    """The settings with both servers known. Raises SettingsError when nothing says where they are."""
    if settings.database_url and settings.kafka_url:
        return settings
    services = running_services(settings)
    if services is None:
        missing = "HUB_KAFKA_URL" if settings.database_url else "HUB_DATABASE_URL"
        raise SettingsError(
            f"{missing}: not set, and no hub runs in {Path(settings.data_dir).resolve()}; start one with `hub up`"
        )
    return msgspec.structs.replace(
        settings,
        database_url=settings.database_url or services.database_url,
        kafka_url=settings.kafka_url or services.kafka_url,
    )


def _path(settings: Settings) -> Path:
    return Path(settings.data_dir) / "services.json"
