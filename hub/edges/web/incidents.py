"""`/v1/incidents`: lists, stories and reasons. It must never answer with an unbounded list."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec.structs import replace

from hub.edges.authoring.stored import MAX_TASKS, MAX_TIMELINE, explain_report
from hub.edges.authoring.wording import explained
from hub.edges.keys import Role
from hub.edges.store.reading import IncidentFilter
from hub.edges.store.rows import IncidentRow
from hub.edges.web.answers import IncidentPage, Reasons, Story
from hub.edges.web.guard import ROLE
from hub.edges.web.languages import LanguageWanted, preferred
from hub.edges.web.paging import (
    Cursor,
    Limit,
    Since,
    TextKey,
    checked_since,
    checked_text,
    checked_texts,
    from_cursor,
    page_of,
)
from hub.edges.web.problems import documented, problem
from hub.edges.web.telling import Telling
from hub.edges.web.wiring import Wired, Wiring
from hub.vocabulary.phrases import Language
from hub.vocabulary.terms import Feed, IncidentStatus, Severity

#: Reports of a story; a screen that shows more would not be read.
MAX_REPORTS = 200

_LIST = documented("bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable")
_ONE = documented("bad-parameter", "key-missing", "key-not-allowed", "not-found", "wrong-host", "store-unavailable")

District = Annotated[str | None, QueryParameter(description="Six-digit district code.")]
Bureau = Annotated[str | None, QueryParameter(description="Bureau id; incidents with a task of this bureau.")]


@get(
    "/v1/incidents", opt={ROLE: Role.READ}, responses=_LIST, tags=["incidents"], summary="List incidents, newest first"
)
async def list_incidents(
    wiring: Wired,
    status: FromQuery[tuple[IncidentStatus, ...]] = (),
    severity: FromQuery[tuple[Severity, ...]] = (),
    category: FromQuery[tuple[str, ...]] = (),
    district: District = None,
    bureau: Bureau = None,
    feed: FromQuery[Feed | None] = None,
    overdue: FromQuery[bool | None] = None,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> IncidentPage:
    """`status`, `severity` and `category` may be given several times; any of them matches."""
    wanted = IncidentFilter(
        status=status or None,
        severity=severity or None,
        category=checked_texts(category, "category"),
        district=checked_text(district, "district"),
        bureau=checked_text(bureau, "bureau"),
        feed=feed,
        overdue=overdue,
        since=checked_since(since),
    )
    rows = await wiring.reading.incidents(wanted, from_cursor(cursor, TextKey), limit + 1)
    return page_of(IncidentPage, rows, limit, Telling(wiring.book).incident, _key)


@get("/v1/incidents/{incident_id:str}", opt={ROLE: Role.READ}, responses=_ONE, tags=["incidents"], summary="The story")
async def read_incident(wiring: Wired, incident_id: FromPath[str]) -> Story:
    """The incident with its reports, tasks, timeline and reasons."""
    row = await _found(wiring, incident_id)
    telling, reading = Telling(wiring.book), wiring.reading
    reports = await reading.reports_of(row.id, MAX_REPORTS + 1)
    timeline = await reading.timeline(row.id, MAX_TIMELINE + 1)
    tasks = await reading.tasks_of(row.id, MAX_TASKS)
    first = await reading.first_report(row.id)
    kept = timeline[-MAX_TIMELINE:]
    return Story(
        incident=telling.incident(row),
        reports=tuple(telling.report(report) for report in reports[:MAX_REPORTS]),
        reports_truncated=len(reports) > MAX_REPORTS,
        tasks=tuple(telling.task(task) for task in tasks),
        timeline=tuple(telling.timeline(entry) for entry in kept),
        timeline_truncated=len(timeline) > MAX_TIMELINE,
        why=telling.reasons(first, kept, tasks),
    )


@get("/v1/incidents/{incident_id:str}/why", opt={ROLE: Role.READ}, responses=_ONE, tags=["incidents"], summary="Why")
async def explain_incident(
    wiring: Wired, request: Request[Any, Any, Any], incident_id: FromPath[str], language: LanguageWanted = None
) -> Reasons:
    """Every reason behind the incident: what it was taken for, why its reports belong together, who got it and why.

    `steps` are the rules tried for its first report, in order, with the conditions that failed, by the rulebook that
    decided. `text` is all of it to paste into a dispute, Chinese unless `language` or `Accept-Language` wants English.
    """
    row = await _found(wiring, incident_id)
    reading = wiring.reading
    first = await reading.first_report(row.id)
    timeline = await reading.timeline(row.id, MAX_TIMELINE)
    tasks = await reading.tasks_of(row.id, MAX_TASKS)
    telling = Telling(wiring.book)
    told = Reasons(
        incident_id=row.id,
        rulebook_version=row.rulebook_version,
        text="",
        why=telling.reasons(first, timeline, tasks),
        steps=(),
        border=None,
    )
    wanted: Language = language or preferred(request.headers.get("accept-language", ""))
    found = None if first is None else await explain_report(first, row, timeline, tasks, wiring.versions, wiring.book)
    if found is None:
        return replace(told, text="\n".join(why.zh if wanted == "zh" else why.en for why in told.why))
    explanation, book = found
    return replace(
        told,
        rulebook_version=explanation.rulebook_version,
        text=explained(explanation, book, wanted),
        steps=telling.steps(explanation.steps),
        border=telling.border(explanation.border),
    )


async def _found(wiring: Wiring, incident_id: str) -> IncidentRow:
    row = await wiring.reading.incident(checked_text(incident_id, "incident_id"))
    if row is None:
        raise problem("not-found", "There is no incident of this id.")
    return row


def _key(row: IncidentRow) -> TextKey:
    return TextKey(row.opened_at, row.id)
