"""Settings from HUB_* environment variables, typed and checked at once. It must never hold a secret's default."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

import msgspec

_LARGEST_PORT = 65_535


class SettingsError(ValueError):
    """A setting is wrong; the message names the variable and what it expects."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs between a laptop and a city. Each field is the variable HUB_<FIELD> in capitals."""

    #: City folder under `rules_dir` to run.
    city: str = "yuncheng"
    #: Folder that holds the city folders; empty: the one shipped with the package.
    rules_dir: str = ""
    #: Where the embedded PostgreSQL, Apache Kafka's data and the logs are kept.
    data_dir: str = ".hub"
    #: PostgreSQL to use; empty: the embedded one under `data_dir`.
    database_url: str = ""
    #: Kafka bootstrap servers, `host:port[,host:port]`; empty: the broker that `hub up` starts.
    kafka_url: str = ""
    #: How to reach it: `plaintext`, `tls`, or `sasl_tls` (TLS, with a user and a password).
    kafka_security: str = "plaintext"
    #: `scram-sha-512` or `scram-sha-256`.
    kafka_mechanism: str = "scram-sha-512"
    kafka_user: str = ""
    #: File that holds the user's password and nothing else.
    kafka_password_file: str = ""
    #: PEM file of the authority that signed the servers' certificates; empty: those that this machine trusts.
    kafka_ca_file: str = ""
    #: Broker that `hub up` starts when `kafka_url` is empty: `embedded` (in memory) or `kafka` (Apache Kafka).
    broker: str = "embedded"
    #: Port of the broker that `hub up` starts; 0 takes a free one.
    broker_port: int = 0
    #: Memory in MiB after which the embedded broker is recycled, since it never frees old records.
    broker_limit_mib: int = 1024
    #: Address the web server (pages, API, intake) binds.
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    #: Address the live server (WebSocket) binds.
    live_host: str = "127.0.0.1"
    live_port: int = 8081
    #: URL under which browsers reach the live server; empty: same host as the page, `live_port`.
    live_url: str = ""
    #: Origins of pages on other hosts that may open the live channel, with spaces between: `https://wall.example.gov.cn`.
    live_origins: str = ""
    #: Most screens on one live server; more get 503.
    live_max_screens: int = 2000
    #: File of API keys, one `role:name:key` a line; required when anything binds beyond loopback.
    api_keys_file: str = ""
    #: Partitions of each feed topic; more of them let more workers share a feed.
    partitions: int = 4
    #: Replication factor of the topics.
    replication: int = 1
    #: Most messages decided in one transaction.
    batch_size: int = 500
    #: Kafka group session timeout; a killed worker's partitions are taken over after it.
    session_timeout_seconds: float = 6.0
    #: Largest body in bytes that the intake door takes.
    max_body_bytes: int = 4 * 1024 * 1024
    #: Worker processes that `hub up` starts.
    workers: int = 1
    #: `debug`, `info`, `warning` or `error`.
    log_level: str = "info"
    #: `json` or `console`.
    log_format: str = "console"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read HUB_* from a mapping. Raises SettingsError naming the first wrong variable."""
        known = {f"HUB_{name.upper()}": name for name in cls.__struct_fields__}
        given = {name: value for name, value in environ.items() if name.startswith("HUB_")}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise SettingsError(f"{unknown[0]}: no such setting; known are {', '.join(sorted(known))}")
        values = {known[name]: value for name, value in given.items()}
        try:
            settings = msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            raise SettingsError(_with_variable(str(error))) from None
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse what could not run or would leave a door open."""
        if not (is_loopback(self.web_host) and is_loopback(self.live_host)) and not self.api_keys_file:
            raise SettingsError(
                "HUB_API_KEYS_FILE: needed when HUB_WEB_HOST or HUB_LIVE_HOST is not loopback; "
                "write one `role:name:key` a line"
            )
        if self.broker not in ("embedded", "kafka"):
            raise SettingsError(f"HUB_BROKER: `embedded` or `kafka`, not `{self.broker}`")
        for name in ("web_port", "live_port", "partitions", "batch_size", "workers", "replication", "live_max_screens"):
            if getattr(self, name) < 1:
                raise SettingsError(f"HUB_{name.upper()}: must be at least 1")
        for name in ("web_port", "live_port", "broker_port"):
            if not 0 <= getattr(self, name) <= _LARGEST_PORT:
                raise SettingsError(f"HUB_{name.upper()}: a port is at most {_LARGEST_PORT}")
        if self.web_port == self.live_port:
            raise SettingsError("HUB_LIVE_PORT: must be another port than HUB_WEB_PORT")
        for server in self.kafka_url.split(",") if self.kafka_url else ():
            host, _, port = server.rpartition(":")
            if not host or not port.isdigit():
                raise SettingsError("HUB_KAFKA_URL: must be `host:port[,host:port]`")
        self._check_kafka()

    def _check_kafka(self) -> None:
        security = self.kafka_security
        if security not in ("plaintext", "tls", "sasl_tls"):
            raise SettingsError(f"HUB_KAFKA_SECURITY: `plaintext`, `tls` or `sasl_tls`, not `{security}`")
        if self.kafka_mechanism.lower() not in ("scram-sha-512", "scram-sha-256"):
            raise SettingsError("HUB_KAFKA_MECHANISM: `scram-sha-512` or `scram-sha-256`")
        if security != "plaintext" and not self.kafka_url:
            raise SettingsError("HUB_KAFKA_URL: needed with HUB_KAFKA_SECURITY; the hub's own broker has none")
        for name, value, wanted in (
            ("USER", self.kafka_user, security == "sasl_tls"),
            ("PASSWORD_FILE", self.kafka_password_file, security == "sasl_tls"),
        ):
            if wanted and not value:
                raise SettingsError(f"HUB_KAFKA_{name}: needed with HUB_KAFKA_SECURITY=sasl_tls")
            if value and not wanted:
                raise SettingsError(f"HUB_KAFKA_{name}: does nothing without HUB_KAFKA_SECURITY=sasl_tls")
        if self.kafka_ca_file and security == "plaintext":
            raise SettingsError("HUB_KAFKA_CA_FILE: does nothing with HUB_KAFKA_SECURITY=plaintext")

    def city_dir(self) -> Path:
        """The city folder to run."""
        return (Path(self.rules_dir) if self.rules_dir else shipped("rules")) / self.city


def is_loopback(host: str) -> bool:
    """Whether an address or name is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shipped(name: str) -> Path:
    """A folder shipped with the package: inside it in a wheel, beside it in a checkout."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def _with_variable(message: str) -> str:
    text, _, path = message.partition(" - at `$.")
    return f"HUB_{path.rstrip('`').upper()}: {text}" if path else text
