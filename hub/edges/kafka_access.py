"""Where Kafka is and how a client shows that it may come in. It must never log a password, or hold one in a setting."""

import ssl
from pathlib import Path
from typing import Any

from hub.settings import Settings, SettingsError


class KafkaAccess:
    """Servers and credentials, the same for every Kafka client of a process."""

    def __init__(
        self,
        servers: str,
        *,
        tls: ssl.SSLContext | None = None,
        mechanism: str = "",
        user: str = "",
        password: str = "",
    ) -> None:
        self.servers = servers
        self.tls = tls
        #: SASL mechanism; empty: the client does not say who it is.
        self.mechanism = mechanism
        self.user = user
        self.password = password

    def options(self) -> dict[str, Any]:
        """What an aiokafka client takes."""
        options: dict[str, Any] = {"bootstrap_servers": self.servers}
        if self.tls is not None:
            options |= {"security_protocol": "SSL", "ssl_context": self.tls}
        if self.mechanism:
            options |= {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return options

    def __repr__(self) -> str:
        return f"KafkaAccess({self.servers!r})"


def kafka_access(settings: Settings) -> KafkaAccess:
    """The access that the settings name. Raises SettingsError when a file cannot be used."""
    if settings.kafka_security == "plaintext":
        return KafkaAccess(settings.kafka_url)
    tls = _tls(settings.kafka_ca_file)
    if settings.kafka_security == "tls":
        return KafkaAccess(settings.kafka_url, tls=tls)
    return KafkaAccess(
        settings.kafka_url,
        tls=tls,
        mechanism=settings.kafka_mechanism.upper(),
        user=settings.kafka_user,
        password=_password(Path(settings.kafka_password_file)),
    )


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(f"HUB_KAFKA_CA_FILE: cannot be used ({error.strerror or error})") from None


def _password(path: Path) -> str:
    try:
        password = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"HUB_KAFKA_PASSWORD_FILE: cannot be read ({type(error).__name__})") from None
    if not password:
        raise SettingsError("HUB_KAFKA_PASSWORD_FILE: is empty")
    return password
