"""The API keeps what its OpenAPI document promises, whatever is sent to it."""

import uuid
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from litestar import Litestar
from schemathesis.checks import CHECKS, load_all_checks

from hub.edges.activating.edition import standing
from hub.edges.embedded.postgres import EmbeddedPostgres
from hub.edges.metrics import Metrics
from hub.edges.store.gathering import GatheredLanding
from hub.edges.store.landing import LandingStore
from hub.edges.store.pool import open_pool
from hub.edges.web.app import build_web
from hub.settings import Settings
from tests.edges.web.conftest import documented_app, seed, the_book
from tests.edges.web.serving import ServedInThread, a_database

load_all_checks()
#: A random string is a valid `cursor` to the schema but not to the hub.
LEFT_OUT = CHECKS.get_by_names(["positive_data_acceptance"])

schema = schemathesis.openapi.from_dict(documented_app().openapi_schema.to_schema())


@pytest.fixture(scope="module")
def served(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A seeded hub on a socket."""

    async def build() -> Litestar:
        pool = await open_pool(await a_database(postgres.url, f"t{uuid.uuid4().hex}"), size=4)
        await seed(pool)
        landing = GatheredLanding(LandingStore(pool))
        app = build_web(Settings(), standing(the_book()), pool, landing, Metrics(), lambda: None)
        app.on_shutdown.append(pool.close)
        return app

    with ServedInThread(build) as serving:
        yield serving.url


@schema.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_contract(case: schemathesis.Case, served: str) -> None:
    case.call_and_validate(base_url=served, excluded_checks=LEFT_OUT, timeout=30)
