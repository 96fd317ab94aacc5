"""How a simulated bureau treats one task: in time or late, returned, done badly at first, put off. The same seed and
task give the same habit. It must never look at a clock or a hub."""

from random import Random

import msgspec

#: Seconds of the demo's compressed time: least and most.
_ACCEPT_S, _WORK_S, _CHECK_S = (4.0, 25.0), (15.0, 120.0), (5.0, 40.0)
#: How much longer who is late takes.
_LATE = 6.0

_REPORTS = (
    "已到现场处置完毕，恢复正常",
    "已更换损坏部件，现场已清理",
    "已联系产权单位修复，附照片",
    "已清理，安排专人复查",
)
_REWORKS = ("现场复查仍有积水", "照片与现场不符", "路面未恢复", "只处理了一半")
_RETURNS = (
    ("not-ours", "经核实不属本单位职责"),
    ("wrong-place", "经核实不在本辖区"),
    ("duplicate", "此前已派遣同一事项"),
)
_ASKS = ("等待配件到货", "需产权单位配合", "天气原因暂不能施工")
_SURNAMES = "王李张刘陈杨赵黄周吴"


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """What a bureau does with one task, drawn before it begins."""

    clerk: str
    verifier: str
    #: Never signed: it runs out, as some do.
    ignores: bool
    late: bool
    #: Reason and words of a return, or None.
    returns: tuple[str, str] | None
    #: Whether the arbitrator agrees to it.
    upheld: bool
    #: Work days asked for, or 0; whether it is put off rather than extended; whether it is granted.
    asks_days: float
    puts_off: bool
    granted: bool
    says_start: bool
    #: The first report does not hold.
    sloppy: bool
    accept_s: float
    work_s: float
    check_s: float
    report: str
    complaint: str
    ask: str


def habit_of(seed: int, task_id: str) -> Habit:
    """The habit of a bureau towards a task."""
    # Nothing here is secret; the seed makes it the same again.
    draw = Random(f"{seed}/{task_id}")  # noqa: S311
    late = draw.random() < 0.15
    slow = _LATE if late else 1.0
    asks = draw.random() < 0.08
    return Habit(
        clerk=f"{draw.choice(_SURNAMES)}工",
        verifier=f"{draw.choice(_SURNAMES)}核",
        ignores=draw.random() < 0.04,
        late=late,
        returns=draw.choice(_RETURNS) if draw.random() < 0.08 else None,
        upheld=draw.random() < 0.4,
        asks_days=draw.choice((0.5, 2.0, 10.0)) if asks else 0.0,
        puts_off=draw.random() < 0.2,
        granted=draw.random() < 0.8,
        says_start=draw.random() < 0.5,
        sloppy=draw.random() < 0.12,
        accept_s=draw.uniform(*_ACCEPT_S) * slow,
        work_s=draw.uniform(*_WORK_S) * slow,
        check_s=draw.uniform(*_CHECK_S),
        report=draw.choice(_REPORTS),
        complaint=draw.choice(_REWORKS),
        ask=draw.choice(_ASKS),
    )
