"""A broker that is away is told in a line, not in thousands; and nothing else is swallowed."""

import logging
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaProducer

from hub.edges.floods import BrokerAway
from hub.edges.kafka_access import KafkaAccess
from tests.brokers import RunningBroker, until_it_answers
from tests.running import wait_for, wait_until


class Heard(logging.Handler):
    """Keeps what is written."""

    def __init__(self, flood: BrokerAway) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.addFilter(flood)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class Clock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def loggers() -> Iterator[list[logging.Logger]]:
    """Those of the library and our own, with nothing of the tests' own on them."""
    loggers = [logging.getLogger(name) for name in ("aiokafka", "hub.edges.floods")]
    before = [(logger.handlers[:], logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.propagate = False
    yield loggers
    for logger, (handlers, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate


def _heard(loggers: list[logging.Logger], flood: BrokerAway) -> Heard:
    heard = Heard(flood)
    for logger in loggers:
        logger.addHandler(heard)
    return heard


def test_one_line_when_it_goes_one_a_minute_and_one_when_it_is_back(loggers: list[logging.Logger]) -> None:
    clock = Clock()
    heard = _heard(loggers, BrokerAway(quiet_seconds=1.0, clock=clock))
    fetcher = logging.getLogger("aiokafka.consumer.fetcher")
    for tick in range(1_300):
        clock.now = 1_000.0 + tick / 10
        fetcher.error("Failed fetch messages from %s: %s", 1, "NodeNotReadyError: not ready")
    clock.now += 10
    wait_for(lambda: len(heard.lines) == 4, within_seconds=60, saying=lambda: str(heard.lines))
    said = "Failed fetch messages from 1: NodeNotReadyError: not ready"
    assert heard.lines == [
        f"the broker is away: {said}",
        f"the broker is away for 60 s, 599 such lines left out: {said}",
        f"the broker is away for 120 s, 1198 such lines left out: {said}",
        "the broker is back: away for 130 s, 1297 such lines left out",
    ]
    fetcher.error("Unable connect to node with id 1")
    assert heard.lines[-1] == "the broker is away: Unable connect to node with id 1", "it may go again"


def test_whatever_else_is_said_passes(loggers: list[logging.Logger]) -> None:
    heard = _heard(loggers, BrokerAway())
    for _ in range(3):
        logging.getLogger("aiokafka").error("Topic %s is not authorized", "feed.grid")
        logging.getLogger("aiokafka").error("Unable connect to node with id 1: Authentication failed")
        logging.getLogger("hub.edges.floods").error("NodeNotReadyError of our own")
    assert len(heard.lines) == 9


@pytest.mark.broker
async def test_what_the_client_says_of_a_broker_that_died_is_one_line(
    loggers: list[logging.Logger], hands_on: RunningBroker, broker: str
) -> None:
    flood = BrokerAway(quiet_seconds=0.5)
    everything, heard = Heard(logging.Filter()), _heard(loggers, flood)  # type: ignore[arg-type]
    logging.getLogger("aiokafka").addHandler(everything)
    producer = AIOKafkaProducer(bootstrap_servers=broker, metadata_max_age_ms=100)
    await producer.start()
    hands_on.kill()
    try:
        await wait_until(lambda: len(everything.lines) > 30, within_seconds=60)
        assert [line.partition(":")[0] for line in heard.lines] == ["the broker is away"], heard.lines
    finally:
        await producer.stop()
        hands_on.start()
        await (await until_it_answers(KafkaAccess(broker))).close()
    await wait_until(lambda: heard.lines[-1].startswith("the broker is back"), within_seconds=60)
