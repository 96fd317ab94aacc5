"""`/v1/reports`: one report as its source last said it, and before. It must never show the petitioner unmasked."""

from litestar import get
from litestar.params import FromPath

from hub.edges.keys import Role
from hub.edges.web.answers import ReportDetail
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import checked_text
from hub.edges.web.problems import documented, problem
from hub.edges.web.telling import Telling
from hub.edges.web.wiring import Wired

MAX_REVISIONS = 100

_ONE = documented("bad-parameter", "key-missing", "key-not-allowed", "not-found", "wrong-host", "store-unavailable")


@get("/v1/reports/{report_id:path}", opt={ROLE: Role.READ}, responses=_ONE, tags=["reports"], summary="One report")
async def read_report(wiring: Wired, report_id: FromPath[str]) -> ReportDetail:
    """`report_id` is `feed:source_id`; it may hold a `/`."""
    row = await wiring.reading.report(checked_text(str(report_id).removeprefix("/"), "report_id"))
    if row is None:
        raise problem("not-found", "There is no report of this id.")
    revisions = await wiring.reading.revisions(row.report_id, MAX_REVISIONS + 1)
    kept, truncated = revisions[:MAX_REVISIONS], len(revisions) > MAX_REVISIONS
    return Telling(wiring.book).report_detail(row, kept, truncated)
