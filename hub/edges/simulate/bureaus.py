"""Simulated bureaus: they take what is offered and move it over the API as people would, so that incidents close. They
must never touch a task faster than they are told to, nor stop because a single move was refused."""

import asyncio
from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Any

import msgspec
import structlog

from hub.edges.desk import Desk, Refused
from hub.edges.simulate.habits import Habit, habit_of
from hub.vocabulary.moves import Action, ActorRole, Verdict

_log = structlog.get_logger(__name__)
#: Tasks at work at one time for each move a second: about as many as get through without waiting for their turn.
_AT_WORK = 40
#: Seconds between two looks at what is offered.
_LOOK_S = 3.0
_NEWEST = 100
#: Answers that no other try makes better.
_DENIED = frozenset({401, 403})


class Acted(msgspec.Struct, kw_only=True):
    """What the bureaus have done so far."""

    moves: int = 0
    closed: int = 0
    returned: int = 0
    refused: int = 0


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """The next thing that somebody does with a task."""

    task: str
    bureau: str
    #: What is done: `sign`, `start`, `ask`, `answer`, `report`, `check`, `judge`.
    what: str
    #: It was refused or sent back before.
    again: bool = False


async def run_bureaus(
    url: str,
    key: str | None,
    *,
    seed: int,
    moves_per_second: float,
    acted: Acted | None = None,
) -> None:
    """Act until cancelled; returns when the key may not move tasks."""
    async with Desk.open(url, key, patience_seconds=None) as desk:
        office = Office(desk, seed, moves_per_second, Acted() if acted is None else acted)
        try:
            await office.run()
        except Refused as error:
            _log.warning("the simulated bureaus stop", reason=str(error))


class Office:
    """Every bureau of the city, with the centre's own people: an agenda of errands by time."""

    def __init__(self, desk: Desk, seed: int, moves_per_second: float, acted: Acted, hurry: float = 1.0) -> None:
        self._desk = desk
        self._seed = seed
        self._pause_s = 1.0 / moves_per_second
        self._most = max(20, int(_AT_WORK * moves_per_second))
        #: How many times as fast as the habits say.
        self._hurry = hurry
        self._acted = acted
        self._agenda: list[tuple[float, int, Errand]] = []
        self._number = count()
        self._taken: set[str] = set()

    async def run(self) -> None:
        """Look what is offered, then do what is due, one errand after the other."""
        loop = asyncio.get_running_loop()
        look_at = 0.0
        while True:
            now = loop.time()
            if now >= look_at and len(self._agenda) < self._most:
                look_at = now + _LOOK_S / self._hurry
                await self._take_up()
            if self._agenda and self._agenda[0][0] <= now:
                _, _, errand = heappop(self._agenda)
                await self._run_errand(errand)
                await asyncio.sleep(self._pause_s)
            else:
                await asyncio.sleep(min(self._pause_s, 0.5))

    async def _take_up(self) -> None:
        for task in await self._desk.tasks(status="offered", limit=_NEWEST):
            if len(self._agenda) >= self._most:
                return
            if task["id"] in self._taken:
                continue
            # The other bureaus of the incident too, so that it can close.
            for other in await self._desk.tasks(incident=task["incident_id"], status="offered"):
                self._take(other["id"], other["bureau"])

    def _take(self, task: str, bureau: str) -> None:
        if task in self._taken:
            return
        self._taken.add(task)
        habit = habit_of(self._seed, task)
        if not habit.ignores:
            self._plan(habit.accept_s, Errand(task=task, bureau=bureau, what="sign"))

    def _plan(self, in_s: float, errand: Errand) -> None:
        at = asyncio.get_running_loop().time() + in_s / self._hurry
        heappush(self._agenda, (at, next(self._number), errand))

    async def _run_errand(self, errand: Errand) -> None:
        habit = habit_of(self._seed, errand.task)
        action, body = step_of(errand, habit)
        try:
            made = await self._desk.move(errand.task, action, body)
        except Refused as error:
            if error.status in _DENIED and "state" not in error.problem:
                raise
            # Somebody else was there first, or it cannot be done now; people shrug, or do what else there is.
            self._acted.refused += 1
            if errand.what in ("ask", "answer"):
                self._plan(habit.work_s, _then(errand, "report"))
            elif errand.what in ("sign", "judge") and not errand.again:
                self._plan(habit.accept_s, msgspec.structs.replace(errand, again=True))
            return
        self._account(made)
        self._go_on(errand, habit, action, made)

    def _account(self, made: Mapping[str, Any]) -> None:
        self._acted.moves += 1
        self._acted.closed += made["incident_status"] == "closed"
        self._acted.returned += made["move"] == "return"

    def _go_on(self, errand: Errand, habit: Habit, action: Action, made: Mapping[str, Any]) -> None:
        match action:
            case Action.RETURN:
                self._plan(habit.check_s, _then(errand, "judge"))
            case Action.ACCEPT if habit.asks_days:
                self._plan(habit.work_s / 3, _then(errand, "ask"))
            case Action.EXTEND | Action.DEFER:
                self._plan(habit.check_s, _then(errand, "answer"))
            case Action.ACCEPT if habit.says_start:
                self._plan(habit.work_s / 3, _then(errand, "start"))
            case Action.ACCEPT | Action.START | Action.APPROVE | Action.REFUSE:
                self._plan(habit.work_s, _then(errand, "report"))
            case Action.REPORT_BACK:
                # A second report holds, whatever the first was.
                self._plan(habit.check_s, msgspec.structs.replace(errand, what="check"))
            case Action.REWORK:
                again = msgspec.structs.replace(errand, what="report", again=True)
                self._plan(habit.work_s / 2, again)
            case Action.ARBITRATE if made["status"] == "accepted":
                self._plan(habit.work_s, _then(errand, "report"))
            case _:
                pass  # verified, or somebody else's now: what is offered is found by looking


def step_of(errand: Errand, habit: Habit) -> tuple[Action, dict[str, Any]]:
    """The move that an errand is, and what is said with it."""
    clerk = {"by": habit.clerk, "role": ActorRole.CLERK.value, "bureau": errand.bureau}
    checker = {"by": habit.verifier, "role": ActorRole.VERIFIER.value}
    leader = {"by": "孙主任", "role": ActorRole.LEADER.value}
    match errand.what:
        case "sign" if habit.returns is not None and not errand.again:
            reason, note = habit.returns
            return Action.RETURN, {**clerk, "reason": reason, "clause": "职责清单", "note": note}
        case "sign":
            return Action.ACCEPT, clerk
        case "start":
            return Action.START, clerk
        case "ask":
            action = Action.DEFER if habit.puts_off else Action.EXTEND
            return action, {**clerk, "days": habit.asks_days, "note": habit.ask}
        case "answer" if habit.granted:
            return Action.APPROVE, leader
        case "answer":
            return Action.REFUSE, {**leader, "note": "请按时限办理"}
        case "judge" if habit.upheld and not errand.again:
            return Action.ARBITRATE, {**leader, "verdict": Verdict.UPHOLD.value, "note": "同意退单"}
        case "judge":
            return Action.ARBITRATE, {**leader, "verdict": Verdict.OVERRULE.value, "note": "属职责清单范围"}
        case "report":
            return Action.REPORT_BACK, {**clerk, "evidence": [habit.report]}
        case "check" if habit.sloppy and not errand.again:
            return Action.REWORK, {**checker, "note": habit.complaint}
        case _:
            return Action.VERIFY, checker


def _then(errand: Errand, what: str) -> Errand:
    return msgspec.structs.replace(errand, what=what, again=False)
