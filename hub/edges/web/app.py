"""Puts the web server together: routes, guard, problems, headers, OpenAPI. It must never do a route's work."""

from collections.abc import Callable

import asyncpg
from litestar import Litestar, MediaType, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler

from hub import __version__
from hub.edges.metrics import Metrics
from hub.edges.web.city import list_feeds, read_city
from hub.edges.web.guard import Guard
from hub.edges.web.headers import SecurityHeaders
from hub.edges.web.health import read_health, read_metrics, read_readiness
from hub.edges.web.incidents import explain_incident, list_incidents, read_incident
from hub.edges.web.intake import take_messages
from hub.edges.web.moves import move_one
from hub.edges.web.pages import wall_asset, wall_icon, wall_page
from hub.edges.web.problems import ProblemError, on_anything, on_http, on_problem
from hub.edges.web.rejects import list_rejects, read_raw, replay_reject
from hub.edges.web.reports import read_report
from hub.edges.web.tasks import list_tasks, read_task
from hub.edges.web.wiring import Wiring
from hub.ports import RawStore
from hub.rulebook.book import Rulebook
from hub.settings import Settings

_TAGS = [
    Tag("feeds", "Sending messages, and how the feeds (来源) are doing"),
    Tag("incidents", "Incidents (事件)"),
    Tag("tasks", "Tasks (任务) of the bureaus (承办单位)"),
    Tag("reports", "Reports (上报)"),
    Tag("rejects", "Rejects (退回件) and their replay"),
    Tag("city", "Names and borders"),
    Tag("health", "For whoever keeps the hub running"),
]


class _SchemaRouter(Router):
    """Leaves out the framework's page in HTML for paths below `/schema` that it does not know: ours are problems."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        return [] if getattr(value, "media_type", None) is MediaType.HTML else super().register(value)


def build_web(
    settings: Settings,
    book: Rulebook,
    pool: asyncpg.Pool,
    landing: RawStore,
    metrics: Metrics,
    poke: Callable[[], None],
) -> Litestar:
    """The web server. `poke` wakes the relay after a commit. Raises KeyFileError when the file of keys is wrong."""
    wiring = Wiring(settings, book, pool, landing, metrics, poke)
    return Litestar(
        route_handlers=[
            take_messages,
            list_feeds,
            list_incidents,
            read_incident,
            explain_incident,
            list_tasks,
            read_task,
            move_one,
            read_report,
            list_rejects,
            read_raw,
            replay_reject,
            read_city,
            read_health,
            read_readiness,
            read_metrics,
            wall_page,
            wall_icon,
            wall_asset,
        ],
        dependencies={"wiring": Provide(lambda: wiring, sync_to_thread=False)},
        guards=[Guard(wiring)],
        exception_handlers={ProblemError: on_problem, HTTPException: on_http, Exception: on_anything},
        before_send=[SecurityHeaders(settings)],
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Tongguan",
        version=__version__,
        summary="统管: a city's feeds become incidents, and incidents become tasks",
        description="Errors are `application/problem+json` (RFC 9457). Lists come in pages: send `next_cursor` back as "
        "`cursor` until it is null. Keys go into `Authorization: Bearer` or `X-API-Key`; a hub on loopback needs none.",
        tags=_TAGS,
        openapi_router=_SchemaRouter("/schema", route_handlers=[], include_in_schema=False),
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer"),
                "key": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
            }
        ),
        security=[{"bearer": []}, {"key": []}, {}],
    )
