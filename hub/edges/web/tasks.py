"""`/v1/tasks`: what each bureau has to do. It must never change a task: that is the actions' work."""

from litestar import get
from litestar.params import FromPath, FromQuery

from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.store.reading import TaskFilter
from hub.edges.store.rows import TaskRow
from hub.edges.web.answers import TaskPage
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import Cursor, Limit, Since, TextKey, checked_since, checked_text, from_cursor, page_of
from hub.edges.web.problems import documented, problem
from hub.edges.web.task_details import TaskDetail, detail_of
from hub.edges.web.telling import Telling
from hub.edges.web.wiring import Wired
from hub.vocabulary.terms import TaskRole, TaskStatus

_LIST = documented("bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable")
_ONE = documented("bad-parameter", "key-missing", "key-not-allowed", "not-found", "wrong-host", "store-unavailable")


@get("/v1/tasks", opt={ROLE: Role.READ}, responses=_LIST, tags=["tasks"], summary="List tasks, newest first")
async def list_tasks(
    wiring: Wired,
    status: FromQuery[tuple[TaskStatus, ...]] = (),
    bureau: FromQuery[str | None] = None,
    incident: FromQuery[str | None] = None,
    role: FromQuery[TaskRole | None] = None,
    overdue: FromQuery[bool | None] = None,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TaskPage:
    """`overdue`: a deadline of the task has passed and is not met. `since`: offered at or after."""
    wanted = TaskFilter(
        status=status or None,
        bureau=checked_text(bureau, "bureau"),
        incident=checked_text(incident, "incident"),
        role=role,
        overdue=overdue,
        since=checked_since(since),
    )
    rows = await wiring.reading.tasks(wanted, from_cursor(cursor, TextKey), limit + 1, utc_now())
    return page_of(TaskPage, rows, limit, Telling(wiring.book).task, _key)


@get("/v1/tasks/{task_id:str}", opt={ROLE: Role.READ}, responses=_ONE, tags=["tasks"], summary="One task")
async def read_task(wiring: Wired, task_id: FromPath[str]) -> TaskDetail:
    """The task with its deadlines, why the bureau got it, how far it is, and the moves that are legal now."""
    row = await wiring.reading.task(checked_text(task_id, "task_id"))
    if row is None:
        raise problem("not-found", "There is no task of this id.")
    case = await wiring.progressing.case_of(row.id)
    return detail_of(Telling(wiring.book).task(row), case, wiring.book, utc_now())


def _key(row: TaskRow) -> TextKey:
    return TextKey(row.offered_at, row.id)
