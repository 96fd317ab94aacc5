"""Tasks as lines of text for a terminal, in Chinese or English. They must never say less than what went wrong."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hub.stages.progress import MOVES
from hub.stages.progress.drawing import STATES

_NOTHING = {"zh": "没有任务", "en": "no tasks"}
_KINDS = {"accept": ("签收", "accept"), "resolve": ("处置", "resolve")}
_NAMES = {move.id: (move.zh, move.en) for move in MOVES}
_STATES = {status.value: zh for status, zh in STATES.items()}
_INCIDENTS = {
    "open": "待派遣",
    "dispatched": "已派遣",
    "handling": "处置中",
    "verifying": "待核查",
    "closed": "已结案",
    "cancelled": "作废",
    "merged": "并入",
}


def rows(tasks: list[dict[str, Any]], language: str) -> Iterator[str]:
    """A line a task: id, state, part, bureau, when it is due, what it is about."""
    if not tasks:
        yield _NOTHING[language]
    for task in tasks:
        due = min((clock["due_at"] for clock in task["deadlines"] if not clock["met_at"]), default="")
        bureau = _named(task["bureau_name"], task["bureau"], language)
        part = {"lead": ("牵头", "lead"), "assist": ("协办", "assist")}[task["role"]][_side(language)]
        state = _state(task["status"], language)
        yield f"{task['id']}  {state}  {part}  {bureau}  {_local(due) if due else '–'}  {task['incident_title']}"


def shown(task: Mapping[str, Any], language: str) -> Iterator[str]:
    """A task with its clocks, its reasons and what may be done with it."""
    side = _side(language)
    bureau = _named(task["bureau_name"], task["bureau"], language)
    yield f"{task['id']}  {_state(task['status'], language)}  v{task['version']}  {bureau}"
    yield f"  {task['incident_title']}"
    words = (("已用", "小时", "时限", "计时中", "停止"), ("used", "h", "due", "counting", "stands"))[side]
    for clock in task["clocks"]:
        kind = _KINDS[clock["kind"]][side]
        counting = words[3] if clock["counting"] else words[4]
        due = f"{words[2]} {_local(clock['due_at'])}"
        yield f"  {kind}  {due}  {words[0]} {clock['used_hours']:g} {words[1]}  {counting}"
    yield from (f"  · {why[language]}" for why in task["why"])
    if asked := task["asked"]:
        name = _NAMES[asked["action"]][side]
        yield f"  ? {name} {asked['days']:g}  {asked['by']}  {asked['note']}  → {asked['approver']}"
    yield ("可进行的操作:", "what may be done:")[side]
    for option in task["moves"]:
        needs = f"  [{', '.join(option['needs'])}]" if option["needs"] else ""
        yield f"  {option['action']:<12} {option['name'][language]}  ({', '.join(option['roles'])}){needs}"
    if any(option["action"] == "return" for option in task["moves"]):
        until = _local(task["return_until"])
        yield (f"退单期限 {until}，理由:", f"may be returned until {until}, reasons:")[side]
        yield from (f"  {code:<15} {name[language]}" for code, name in task["return_reasons"].items())


def moved(answer: Mapping[str, Any], language: str) -> str:
    """What a move has done."""
    side = _side(language)
    name = _NAMES[answer["move"]][side]
    incident = _INCIDENTS[answer["incident_status"]] if side == 0 else answer["incident_status"]
    more = (
        "" if answer["successor"] is None else (f"，新任务 {answer['successor']}", f", now {answer['successor']}")[side]
    )
    state = _state(answer["status"], language)
    if side == 0:
        return f"{answer['task_id']} {name}：{state}（第 {answer['version']} 版），事件{incident}{more}"
    return f"{answer['task_id']} {name}: {state} (version {answer['version']}), incident {incident}{more}"


def refused(problem: Mapping[str, Any], language: str) -> str:
    """Why a task was not moved, and what may be done instead."""
    side = _side(language)
    said = problem.get("detail_zh") if side == 0 else None
    text = str(said or problem.get("detail") or "")
    if "state" not in problem:
        return text
    legal = ("、", ", ")[side].join(_NAMES[move][side] for move in problem["legal"]) or ("无", "nothing")[side]
    state = _state(problem["state"], language)
    return text + (f"当前状态：{state}；可进行：{legal}" if side == 0 else f" State: {state}; legal: {legal}")


def _side(language: str) -> int:
    return 0 if language == "zh" else 1


def _state(status: str, language: str) -> str:
    return _STATES[status] if language == "zh" else status


def _named(name: Mapping[str, str] | None, id: str, language: str) -> str:
    return name[language] if name else id


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
