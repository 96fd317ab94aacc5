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
from litestar.types.internal_types import RouteHandlerMapItem

from hub import __version__
from hub.edges.activating.edition import RunningRules
from hub.edges.metrics import Metrics
from hub.edges.web.backtests import run_backtest
from hub.edges.web.city import list_feeds, read_city
from hub.edges.web.draft_activation import make_draft_active
from hub.edges.web.draft_work import check_draft, export_draft, read_draft_changes, run_draft_cases
from hub.edges.web.drafts import drop_draft, list_drafts, open_draft, read_draft, save_draft_file
from hub.edges.web.guard import Guard
from hub.edges.web.headers import SecurityHeaders
from hub.edges.web.health import read_health, read_metrics, read_readiness
from hub.edges.web.incidents import explain_incident, list_incidents, read_incident
from hub.edges.web.intake import take_messages
from hub.edges.web.moves import move_one
from hub.edges.web.pages import rules_asset, rules_page, wall_asset, wall_icon, wall_page
from hub.edges.web.problems import ProblemError, on_anything, on_http, on_problem
from hub.edges.web.rejects import list_rejects, read_raw, replay_reject
from hub.edges.web.reports import read_report
from hub.edges.web.rulebook_diffs import diff_rulebooks
from hub.edges.web.rulebooks import activate_draft, activate_version, list_rulebooks, read_rulebook
from hub.edges.web.rules import list_rules, read_rule, read_rule_file, try_rules
from hub.edges.web.tasks import list_tasks, read_task
from hub.edges.web.wiring import Wiring
from hub.ports import RawStore
from hub.settings import Settings

_TAGS = [
    Tag("feeds", "Sending messages, and how the feeds (来源) are doing"),
    Tag("incidents", "Incidents (事件)"),
    Tag("tasks", "Tasks (任务) of the bureaus (承办单位)"),
    Tag("reports", "Reports (上报)"),
    Tag("rejects", "Rejects (退回件) and their replay"),
    Tag("rules", "Rules (规则) and their drafts (草稿)"),
    Tag("rulebooks", "Rulebooks (规则库): what is active, what was, activating another"),
    Tag("city", "Names and borders"),
    Tag("health", "For whoever keeps the hub running"),
]


_ENDPOINTS = [
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
    list_rules,
    read_rule,
    read_rule_file,
    try_rules,
    list_drafts,
    open_draft,
    read_draft,
    save_draft_file,
    drop_draft,
    check_draft,
    run_draft_cases,
    read_draft_changes,
    make_draft_active,
    export_draft,
    list_rulebooks,
    activate_draft,
    read_rulebook,
    activate_version,
    diff_rulebooks,
    run_backtest,
    read_city,
    read_health,
    read_readiness,
    read_metrics,
    wall_page,
    wall_icon,
    wall_asset,
    rules_page,
    rules_asset,
]


class _SchemaRouter(Router):
    """Leaves out the framework's page in HTML for paths below `/schema` that it does not know: ours are problems."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        return [] if getattr(value, "media_type", None) is MediaType.HTML else super().register(value)


class _Endpoints(Router):
    """Lets handlers of one path share one answer to OPTIONS; the framework keeps that of the first, which leaves out
    the methods of the others."""

    @property
    def route_handler_method_map(self) -> dict[str, RouteHandlerMapItem]:
        """The handlers by path and method, without those made for OPTIONS, so that they are made anew."""
        return {
            path: {method: handler for method, handler in handlers.items() if method != "OPTIONS"}
            for path, handlers in super().route_handler_method_map.items()
        }


def build_web(
    settings: Settings,
    rules: RunningRules,
    pool: asyncpg.Pool,
    landing: RawStore,
    metrics: Metrics,
    poke: Callable[[], None],
) -> Litestar:
    """The web server. `poke` wakes the relay after a commit. Raises KeyFileError when the file of keys is wrong."""
    wiring = Wiring(settings, rules, pool, landing, metrics, poke)
    return Litestar(
        route_handlers=[_Endpoints("/", route_handlers=_ENDPOINTS)],
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
