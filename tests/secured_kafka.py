"""An Apache Kafka that asks everybody who they are: TLS, SCRAM, and the rights that the administrator's page names."""

import secrets
import ssl
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from aiokafka.protocol.admin import CreateAclsRequest

from hub.edges.embedded.java import find_java
from hub.edges.embedded.kafka import KafkaNode, prepare_kafka
from hub.edges.kafka_access import KafkaAccess
from tests.brokers import RunningBroker, until_it_answers

_TOPIC, _GROUP = 2, 3
_LITERAL, _PREFIXED = 3, 4
_READ, _WRITE, _CREATE = 3, 4, 5
_ALLOW = 3

#: Kind, name, pattern, operations: what each process of the hub needs, and nothing more.
_RIGHTS: Mapping[str, Iterable[tuple[int, str, int, tuple[int, ...]]]] = {
    "worker": [(_TOPIC, "feed.", _PREFIXED, (_READ, _CREATE)), (_GROUP, "tongguan", _LITERAL, (_READ,))],
    "relay": [(_TOPIC, "feed.", _PREFIXED, (_WRITE, _CREATE)), (_TOPIC, "changes", _LITERAL, (_WRITE, _CREATE))],
    "live": [(_TOPIC, "changes", _LITERAL, (_READ, _CREATE))],
    "stranger": [],
}
#: One of the users comes by the other mechanism.
_MECHANISMS = {"live": "SCRAM-SHA-256"}


class SecuredKafka:
    """A node, its users and their passwords."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password = secrets.token_hex(8)
        self.ca_file = folder / "ca.pem"
        self.passwords = {user: secrets.token_hex(12) for user in ("admin", *_RIGHTS)}
        _make_certificate(folder, self._password)
        self.node: KafkaNode = prepare_kafka(folder, options=self._options(), format_options=self._users())
        self._broker = RunningBroker("kafka", folder, node=self.node)

    async def start(self) -> None:
        """Start it, and give each user its rights."""
        self._broker.start()
        admin = await until_it_answers(self.access("admin"))
        for user, rights in _RIGHTS.items():
            for kind, name, pattern, operations in rights:
                for operation in operations:
                    acl = CreateAclsRequest(kind, name, pattern, f"User:{user}", "*", operation, _ALLOW)
                    answer = await admin._send_to_controller(acl)
                    assert [code for code, _ in answer.creation_responses] == [0], answer
        await admin.close()

    def stop(self) -> None:
        """End it."""
        self._broker.stop()

    def access(self, user: str, *, password: str = "") -> KafkaAccess:
        """How a user comes in."""
        return KafkaAccess(
            self.node.url,
            tls=self.tls(),
            mechanism=_mechanism(user),
            user=user,
            password=password or self.passwords[user],
        )

    def tls(self) -> ssl.SSLContext:
        """Trusts this node."""
        return ssl.create_default_context(cafile=self.ca_file)

    def environ(self, user: str, *, password: str = "") -> dict[str, str]:
        """The same, as the settings of a process."""
        file = self._folder / f"password-{secrets.token_hex(4)}"
        file.write_text((password or self.passwords[user]) + "\n", "utf-8")
        return {
            "HUB_KAFKA_URL": self.node.url,
            "HUB_KAFKA_SECURITY": "sasl_tls",
            "HUB_KAFKA_MECHANISM": _mechanism(user).lower(),
            "HUB_KAFKA_USER": user,
            "HUB_KAFKA_PASSWORD_FILE": str(file),
            "HUB_KAFKA_CA_FILE": str(self.ca_file),
        }

    def _users(self) -> list[str]:
        return [
            word
            for user, password in self.passwords.items()
            for word in ("--add-scram", f"{_mechanism(user)}=[name={user},password={password}]")
        ]

    def _options(self) -> dict[str, str]:
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        return {
            "listener.security.protocol.map": "HUB:SASL_SSL,CONTROLLER:SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.hub.scram-sha-512.sasl.jaas.config": (
                f'{login} username="admin" password="{self.passwords["admin"]}";'
            ),
            "listener.name.hub.scram-sha-256.sasl.jaas.config": f"{login};",
            "ssl.keystore.type": "PKCS12",
            "ssl.keystore.location": str(self._folder / "node.p12"),
            "ssl.keystore.password": self._password,
            "ssl.key.password": self._password,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca_file),
            "listener.name.controller.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin;User:CN=node",
        }


def _mechanism(user: str) -> str:
    return _MECHANISMS.get(user, "SCRAM-SHA-512")


def _make_certificate(folder: Path, password: str) -> None:
    """A key and a certificate that signs itself, by the tool that comes with every Java."""
    java = find_java()
    assert java is not None
    store = ["-alias", "node", "-keystore", str(folder / "node.p12"), "-storepass", password]
    made = ["-genkeypair", "-storetype", "PKCS12", "-keyalg", "EC", "-dname", "CN=node", "-validity", "2"]
    extensions = [
        *("-ext", "san=ip:127.0.0.1"),
        *("-ext", "bc:c=ca:true"),
        *("-ext", "ku:c=digitalSignature,keyCertSign"),
    ]
    told = ["-exportcert", "-rfc", "-file", str(folder / "ca.pem")]
    for words in ([*made, *extensions], told):
        subprocess.run([str(java.resolve().parent / "keytool"), *words, *store], check=True, capture_output=True)
