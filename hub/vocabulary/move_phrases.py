"""Sentences for the moves of a task and for what bars one, in Chinese and English. They must never say more."""

from collections.abc import Mapping

from hub.vocabulary.moves import ActorRole, Bar
from hub.vocabulary.terms import Stage

#: Roles as they are said.
ROLES: Mapping[ActorRole, tuple[str, str]] = {
    ActorRole.CLERK: ("经办人", "clerk"),
    ActorRole.DISPATCHER: ("派遣员", "dispatcher"),
    ActorRole.VERIFIER: ("核查员", "verifier"),
    ActorRole.ARBITRATOR: ("裁决员", "arbitrator"),
    ActorRole.SUPERVISOR: ("值班领导", "duty supervisor"),
    ActorRole.LEADER: ("分管领导", "leader"),
}

#: Words of facts, for `hub.vocabulary.phrases`.
MOVE_WORDS: Mapping[tuple[str, str], tuple[str, str]] = {
    **{("role", role.value): words for role, words in ROLES.items()},
    ("move", "uphold"): ("同意退单", "its return was upheld"),
    ("move", "reassign"): ("改派", "reassigned"),
}

_ZH, _EN = "{role}{by}", " by {by}, {role}"

#: A sentence for each row of the table of moves, and for what it does to the clocks.
MOVE_SENTENCES: Mapping[tuple[Stage, str], tuple[str, str]] = {
    (Stage.PROGRESS, "accept"): (f"{_ZH}签收", f"Accepted{_EN}"),
    (Stage.PROGRESS, "start"): (f"{_ZH}开始处置", f"Work started{_EN}"),
    (Stage.PROGRESS, "report_back"): (f"{_ZH}反馈处置结果", f"Reported back{_EN}"),
    (Stage.PROGRESS, "verify"): (f"{_ZH}核查通过", f"Verified{_EN}"),
    (Stage.PROGRESS, "rework"): (f"{_ZH}核查不通过，要求返工", f"Sent back for rework{_EN}"),
    (Stage.PROGRESS, "return"): (f"{_ZH}退单", f"Returned{_EN}"),
    (Stage.PROGRESS, "uphold"): (f"{_ZH}裁决：同意退单", f"Return upheld{_EN}"),
    (Stage.PROGRESS, "overrule"): (f"{_ZH}裁决：驳回退单，强制派遣", f"Return overruled, dispatch forced{_EN}"),
    (Stage.PROGRESS, "reassign"): (f"{_ZH}改派", f"Reassigned{_EN}"),
    (Stage.PROGRESS, "extend"): (f"{_ZH}申请延期 {{days}} 个工作日", f"{{days}} work day(s) more asked for{_EN}"),
    (Stage.PROGRESS, "defer"): (f"{_ZH}申请挂账 {{days}} 个工作日", f"Deferral by {{days}} work day(s) asked for{_EN}"),
    (Stage.PROGRESS, "approve_extension"): (
        f"{_ZH}同意延期 {{days}} 个工作日",
        f"{{days}} work day(s) more approved{_EN}",
    ),
    (Stage.PROGRESS, "approve_deferral"): (
        f"{_ZH}同意挂账 {{days}} 个工作日",
        f"Deferral by {{days}} work day(s) approved{_EN}",
    ),
    (Stage.PROGRESS, "refuse"): (
        f"{_ZH}不同意延期或挂账 {{days}} 个工作日",
        f"{{days}} work day(s) more or later refused{_EN}",
    ),
    (Stage.PROGRESS, "resume"): (f"{_ZH}恢复处置", f"Resumed{_EN}"),
    (Stage.PROGRESS, "withdraw"): (f"{_ZH}撤回任务", f"Withdrawn{_EN}"),
    (Stage.PROGRESS, "closed"): (
        "牵头任务已核查通过，没有未完成的协办任务，事件结案",
        "The lead task is verified and no assisting one is open: the incident is closed",
    ),
    (Stage.ROUTE, "passed_on"): (
        "由 {from} 转交 {lead}（{move}）",
        "Passed on from {from} to {lead} ({move})",
    ),
    (Stage.DEADLINES, "met"): (
        "{kind}时钟停止，已用 {used_hours} 小时，未超过 {due_at} 的时限（规则“{rule}”）",
        "The clock to {kind} stopped in time: {used_hours} h used, due {due_at} (rule “{rule}”)",
    ),
    (Stage.DEADLINES, "met_late"): (
        "{kind}时钟停止，已用 {used_hours} 小时，超过 {due_at} 的时限（规则“{rule}”）",
        "The clock to {kind} stopped late: {used_hours} h used, due {due_at} (rule “{rule}”)",
    ),
    (Stage.DEADLINES, "stands"): (
        "{kind}时钟停止，已用 {used_hours} 小时（规则“{rule}”）",
        "The clock to {kind} stands, {used_hours} h used (rule “{rule}”)",
    ),
    (Stage.DEADLINES, "runs_on"): (
        "{kind}时钟继续，已用 {used_hours} 小时，时限 {due_at}（规则“{rule}”）",
        "The clock to {kind} counts on, {used_hours} h used, due {due_at} (rule “{rule}”)",
    ),
    (Stage.DEADLINES, "granted"): (
        "{kind}时限延长 {days} 个工作日至 {due_at}，已用 {used_hours} 小时（规则“{rule}”）",
        "The time to {kind} is {days} work day(s) longer, due {due_at}, {used_hours} h used (rule “{rule}”)",
    ),
    (Stage.DEADLINES, "put_off"): (
        "{kind}时钟暂停 {days} 个工作日，已用 {used_hours} 小时，时限 {due_at}（规则“{rule}”）",
        "The clock to {kind} stands for {days} work day(s), {used_hours} h used, due {due_at} (rule “{rule}”)",
    ),
}

#: Clauses for facts that a reason has only sometimes, by stage and fact, in the order in which they are said.
MOVE_EXTRAS: Mapping[str, tuple[str, str]] = {
    "progress.bureau": ("（{bureau}）", " ({bureau})"),
    "progress.reason": ("；理由：{reason_zh}", "; reason: {reason_en}"),
    "progress.clause": ("；依据：{clause}", "; clause: {clause}"),
    "progress.evidence": ("；处置情况：{evidence}", "; done: {evidence}"),
    "progress.passed_to": ("；转交 {passed_to}", "; passed on to {passed_to}"),
    "progress.note": ("；说明：{note}", "; note: {note}"),
    "deadlines.extended_days": ("；已延期 {extended_days} 个工作日", "; {extended_days} work day(s) more were granted"),
    "deadlines.put_off_until": ("；挂账至 {put_off_until}", "; put off until {put_off_until}"),
}

#: What bars a move, as a person is told.
BARS: Mapping[Bar, tuple[str, str]] = {
    Bar.STATE: ("当前状态不能进行此操作", "This cannot be done in the present state"),
    Bar.OVER: ("事件已结束（{detail}）", "The incident has ended ({detail})"),
    Bar.VERSION: (
        "任务已被他人变更，现为第 {detail} 版，请刷新后再试",
        "Somebody changed the task meanwhile; it is at version {detail} now: look again",
    ),
    Bar.ROLE: ("此操作须由 {detail} 进行", "This is for the role {detail}"),
    Bar.BUREAU: ("此任务属于 {detail}", "This task is of the bureau {detail}"),
    Bar.HANDLER: (
        "处置单位和经办人不能核查、裁决或批准自己的任务",
        "Who handles a task cannot verify, arbitrate or approve it",
    ),
    Bar.MISSING: ("缺少 {field}", "`{field}` is missing"),
    Bar.UNKNOWN: ("{field} 不存在{detail}", "`{field}` is not known{detail}"),
    Bar.TOO_LATE: ("退单期限已过（{detail}）", "It could be returned until {detail}"),
    Bar.TOO_OFTEN: ("已达次数上限 {detail} 次", "It may be done {detail} time(s) at most"),
    Bar.TOO_LONG: ("最多可申请 {detail} 个工作日", "At most {detail} work days can be asked for"),
    Bar.FORCED: ("退单已被驳回，不能再次退单", "A return was overruled: it cannot be returned again"),
    Bar.DONE_BEFORE: ("已经开始处置", "It was done before"),
    Bar.NOTHING_ASKED: ("没有待批准的延期或挂账申请", "Nothing was asked for"),
    Bar.STILL_ASKED: ("已有申请等待批准", "An earlier request still waits for its answer"),
    Bar.LEAD: (
        "牵头任务不能撤回，请改派",
        "An incident needs its lead: reassign the task instead",
    ),
    Bar.NO_CLOCK: ("此任务没有处置时限", "The task has no time limit"),
    Bar.HAS_TASK: ("{detail} 已有此事件的任务", "The bureau {detail} has a task of this incident already"),
    Bar.NOWHERE: ("没有其他单位可以承接，请指定 to_bureau", "No other bureau is left: name one as `to_bureau`"),
}


def bar_sentence(bar: Bar, field: str, detail: str) -> tuple[str, str]:
    """What bars a move, in Chinese and English."""
    zh, en = BARS[bar]
    if bar is Bar.UNKNOWN and detail:
        return zh.format(field=field, detail=f"，可用：{detail}"), en.format(
            field=field, detail=f"; there are {detail}"
        )
    if bar is Bar.ROLE:
        roles = [ActorRole(role) for role in detail.split()]
        chinese, english = ("、".join(ROLES[role][0] for role in roles), " or ".join(role.value for role in roles))
        return zh.format(detail=chinese), en.format(detail=english)
    return zh.format(field=field, detail=detail), en.format(field=field, detail=detail)
