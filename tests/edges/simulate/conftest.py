"""The simulated day of the shipped city, made once."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub.edges.rules import load_city
from hub.edges.simulate.city_day import simulate_day
from hub.edges.simulate.telling import Emission
from hub.rulebook.book import Rulebook
from hub.settings import shipped

MIDNIGHT = datetime(2026, 3, 3, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="session")
def yuncheng() -> Rulebook:
    return load_city(shipped("rules") / "yuncheng")


@pytest.fixture(scope="session")
def day(yuncheng: Rulebook) -> tuple[Emission, ...]:
    return tuple(simulate_day(1, yuncheng.city, MIDNIGHT))
