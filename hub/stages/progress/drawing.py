"""The table of moves as documentation: a table and a diagram. It must never say what the table does not."""

from collections.abc import Iterator

from hub.stages.progress.table import MOVES, Move, Pace, Who
from hub.vocabulary.terms import TaskStatus

#: States as they are said.
STATES = {
    TaskStatus.OFFERED: "待签收",
    TaskStatus.ACCEPTED: "处置中",
    TaskStatus.DONE: "已反馈",
    TaskStatus.VERIFIED: "核查通过",
    TaskStatus.RETURNED: "退单",
    TaskStatus.REWORK: "返工",
    TaskStatus.EXTENDED: "延期",
    TaskStatus.DEFERRED: "挂账",
    TaskStatus.WITHDRAWN: "撤回",
}
_WHO = {
    Who.BUREAU: "a clerk of its bureau 经办人",
    Who.DISPATCH: "dispatcher 派遣员, or above",
    Who.EITHER: "a clerk of its bureau, or the dispatcher",
    Who.CHECK: "verifier 核查员, as `tasks.yaml` says; never who handled it",
    Who.ARBITRATE: "arbitrator 裁决员 or leader 分管领导; never who handled it",
    Who.APPROVE: "the role that the length asks for, or above; never who asked",
}
_PACES = {
    Pace.STOP: "stands",
    Pace.RUN: "counts on",
    Pace.EXTEND: "more time",
    Pace.PAUSE: "stands until the days are over",
}


def table_lines() -> Iterator[str]:
    """The table of moves in Markdown."""
    yield "| move | `POST …/` | from | to | who | the body says | clocks |"
    yield "|---|---|---|---|---|---|---|"
    for move in MOVES:
        sources = ", ".join(STATES[status] for status in move.sources)
        to = "stays" if move.to is None else f"{move.to} {STATES[move.to]}"
        cells = (f"{move.zh} {move.en}", f"`{move.action}`", sources, to, _WHO[move.who], _needs(move), _clocks(move))
        yield f"| {' | '.join(cells)} |"


def diagram_lines() -> Iterator[str]:
    """The states and moves as a Mermaid diagram."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for status in TaskStatus:
        yield f"    {status}: {STATES[status]} {status}"
    yield "    [*] --> offered: 派遣"
    arrows: dict[tuple[TaskStatus, TaskStatus], list[str]] = {}
    for move in MOVES:
        for source in move.sources if move.to else ():
            arrows.setdefault((source, move.to or source), []).append(move.zh)
    for (source, to), names in arrows.items():
        yield f"    {source} --> {to}: {' / '.join(names)}"
    yield "    verified --> [*]"
    yield "    withdrawn --> [*]"
    yield "```"


def _needs(move: Move) -> str:
    verdict = () if move.verdict is None else (f"`verdict: {move.verdict}`",)
    return ", ".join((*verdict, *(f"`{field}`" for field in move.needs))) or "–"


def _clocks(move: Move) -> str:
    told = []
    if move.accept_clock is not None:
        told.append(f"签收 {_PACES[move.accept_clock]}")
    if move.resolve_clock is not None:
        told.append(f"处置 {_PACES[move.resolve_clock]}")
    return "; ".join(told) or "–"
