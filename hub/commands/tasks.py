"""task list, show and every move of a task, over the API of a running hub. It must never move one by another road."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer

from hub.commands.running import settings_here
from hub.settings import SettingsError
from hub.vocabulary.moves import Action, ActorRole, Verdict
from hub.vocabulary.terms import TaskStatus

if TYPE_CHECKING:
    from hub.edges.desk import Desk

T = TypeVar("T")

task = typer.Typer(
    help="What a bureau has to do (任务): list, show, accept, report back and so on. Who you are comes before the "
    "command, or from TONGGUAN_BY, TONGGUAN_ROLE and TONGGUAN_BUREAU.",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(help="Id of the task.", metavar="TASK")]
Note = Annotated[str, typer.Option(help="In your own words (说明).")]
Days = Annotated[float, typer.Option(help="Work days (工作日).", min=0.1)]


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks which hub, and how they want it told."""

    url: str
    key: str
    by: str
    role: str
    bureau: str
    seen: int | None
    language: str
    as_json: bool


@task.callback()
def who(
    context: typer.Context,
    url: Annotated[str, typer.Option(help="Address of the hub; the one running here.", envvar="TONGGUAN_URL")] = "",
    key: Annotated[str, typer.Option(help="API key, when the hub wants one.", envvar="TONGGUAN_KEY")] = "",
    by: Annotated[str, typer.Option(help="Who you are: name or number.", envvar="TONGGUAN_BY")] = "",
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ActorRole)}.", envvar="TONGGUAN_ROLE")] = "",
    bureau: Annotated[str, typer.Option(help="Your bureau (承办单位), as a clerk.", envvar="TONGGUAN_BUREAU")] = "",
    seen: Annotated[int | None, typer.Option(help="Move only what is still at this version.", min=1)] = None,
    language: Annotated[str, typer.Option(help="zh or en.", envvar="TONGGUAN_LANGUAGE")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Who you are, and which hub is asked."""
    if language not in ("zh", "en"):
        raise typer.BadParameter("--language: zh or en")
    if role and role not in set(ActorRole):
        raise typer.BadParameter(f"--role: one of {', '.join(ActorRole)}")
    context.obj = Asking(
        url=url, key=key, by=by, role=role, bureau=bureau, seen=seen, language=language, as_json=as_json
    )


@task.command("list")
def list_tasks(
    context: typer.Context,
    status: Annotated[list[TaskStatus] | None, typer.Option(help="Only these states; may be given again.")] = None,
    incident: Annotated[str, typer.Option(help="Only of this incident.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=200)] = 50,
) -> None:
    """Tasks, newest first; those of your bureau when you are of one."""
    from hub.commands.task_texts import rows

    asking: Asking = context.obj

    async def ask(desk: "Desk") -> list[dict[str, Any]]:
        states = [one.value for one in status or ()]
        late = "true" if overdue else None
        return await desk.tasks(bureau=asking.bureau, status=states, incident=incident, overdue=late, limit=limit)

    found = _with_desk(asking, ask)
    typer.echo(msgspec.json.encode(found) if asking.as_json else "\n".join(rows(found, asking.language)))


@task.command()
def show(context: typer.Context, task_id: Id) -> None:
    """One task: its clocks, how far it is, and what may be done with it now."""
    from hub.commands.task_texts import shown

    asking: Asking = context.obj
    found = _with_desk(asking, lambda desk: desk.task(task_id))
    typer.echo(msgspec.json.encode(found) if asking.as_json else "\n".join(shown(found, asking.language)))


@task.command()
def accept(context: typer.Context, task_id: Id, note: Note = "") -> None:
    """签收: the bureau takes the task."""
    _move(context, task_id, Action.ACCEPT, note=note)


@task.command()
def start(context: typer.Context, task_id: Id, note: Note = "") -> None:
    """开始处置: somebody is on the way or at work."""
    _move(context, task_id, Action.START, note=note)


@task.command("report-back")
def report_back(
    context: typer.Context,
    task_id: Id,
    evidence: Annotated[list[str], typer.Option(help="What was done, address of a photo; may be given again.")],
    note: Note = "",
) -> None:
    """反馈: what was done, with evidence."""
    _move(context, task_id, Action.REPORT_BACK, evidence=evidence, note=note)


@task.command()
def verify(context: typer.Context, task_id: Id, note: Note = "") -> None:
    """核查通过: it was looked at, and it is done. By somebody who did not do it."""
    _move(context, task_id, Action.VERIFY, note=note)


@task.command()
def rework(context: typer.Context, task_id: Id, note: Note) -> None:
    """返工: it was looked at, and it is not done."""
    _move(context, task_id, Action.REWORK, note=note)


@task.command("return")
def return_(
    context: typer.Context,
    task_id: Id,
    reason: Annotated[str, typer.Option(help="Code of the reason (退单理由); `hub task show` lists them.")],
    clause: Annotated[str, typer.Option(help="Clause of the duty list that you rest on (依据条款).")],
    note: Note = "",
) -> None:
    """退单: it is not ours."""
    _move(context, task_id, Action.RETURN, reason=reason, clause=clause, note=note)


@task.command()
def arbitrate(
    context: typer.Context,
    task_id: Id,
    verdict: Annotated[Verdict, typer.Option(help="uphold 同意退单, overrule 驳回退单 (强制派遣).")],
    note: Note,
    to_bureau: Annotated[str, typer.Option("--to", help="Bureau that gets it; the district's when left out.")] = "",
) -> None:
    """裁决: whose is it?"""
    _move(context, task_id, Action.ARBITRATE, verdict=verdict.value, note=note, to_bureau=to_bureau)


@task.command()
def reassign(
    context: typer.Context,
    task_id: Id,
    to_bureau: Annotated[str, typer.Option("--to", help="Bureau that gets it.")],
    note: Note,
) -> None:
    """改派: another bureau gets it, with whole clocks."""
    _move(context, task_id, Action.REASSIGN, to_bureau=to_bureau, note=note)


@task.command()
def extend(context: typer.Context, task_id: Id, days: Days, note: Note) -> None:
    """申请延期: ask for more time."""
    _move(context, task_id, Action.EXTEND, days=days, note=note)


@task.command()
def defer(context: typer.Context, task_id: Id, days: Days, note: Note) -> None:
    """申请挂账: ask to put it off."""
    _move(context, task_id, Action.DEFER, days=days, note=note)


@task.command()
def approve(context: typer.Context, task_id: Id, note: Note = "") -> None:
    """同意延期或挂账: grant what was asked for."""
    _move(context, task_id, Action.APPROVE, note=note)


@task.command()
def refuse(context: typer.Context, task_id: Id, note: Note) -> None:
    """不同意延期或挂账: refuse what was asked for."""
    _move(context, task_id, Action.REFUSE, note=note)


@task.command()
def resume(context: typer.Context, task_id: Id, note: Note = "") -> None:
    """恢复处置: what was put off goes on."""
    _move(context, task_id, Action.RESUME, note=note)


@task.command()
def withdraw(context: typer.Context, task_id: Id, note: Note) -> None:
    """撤回: an assisting bureau is not needed any more."""
    _move(context, task_id, Action.WITHDRAW, note=note)


def _move(context: typer.Context, task_id: str, action: Action, **said: object) -> None:
    from hub.commands.task_texts import moved, refused
    from hub.edges.desk import Refused

    asking: Asking = context.obj
    _check_who(asking)
    body = {
        "by": asking.by,
        "role": asking.role or None,
        # A verifier or a leader is of no bureau, whatever the shell says for its clerk.
        "bureau": None if asking.role not in ("", ActorRole.CLERK) else asking.bureau or None,
        "version": asking.seen,
        **{name: value for name, value in said.items() if value not in ("", None)},
    }
    try:
        answer = _with_desk(asking, lambda desk: desk.move(task_id, action, body))
    except Refused as error:
        raise SettingsError(refused(error.problem, asking.language) or str(error)) from None
    typer.echo(msgspec.json.encode(answer) if asking.as_json else moved(answer, asking.language))


def _check_who(asking: Asking) -> None:
    """Said here in the words of the command line; with a key the hub may know it already."""
    if asking.key:
        return
    if not asking.by:
        raise SettingsError("--by, TONGGUAN_BY: say who you are, before the command: hub task --by 王工 …")
    if not asking.role:
        raise SettingsError(f"--role, TONGGUAN_ROLE: in what capacity? One of {', '.join(ActorRole)}")
    if asking.role == ActorRole.CLERK and not asking.bureau:
        raise SettingsError("--bureau, TONGGUAN_BUREAU: of which bureau? Its id, such as water-bureau")


def _with_desk(asking: Asking, ask: "Callable[[Desk], Awaitable[T]]") -> T:
    from hub.edges.desk import Desk
    from hub.edges.embedded.services import running_services

    url = asking.url
    if not url:
        services = running_services(settings_here())
        if services is None:
            raise SettingsError("no hub runs here; give --url, or start one with `hub up`")
        url = services.web_url

    async def work() -> T:
        async with Desk.open(url, asking.key or None) as desk:
            return await ask(desk)

    return asyncio.run(work())
