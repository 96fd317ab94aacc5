"""Sentences for the steps of supervision (督办), in Chinese and English. They must never say more than the reason."""

from collections.abc import Mapping

from hub.vocabulary.terms import DeadlineBasis, Raise, Stage

#: What is raised, as it is said.
RAISED: Mapping[Raise, tuple[str, str]] = {
    Raise.REMINDER: ("催办", "Reminder"),
    Raise.SUPERVISION: ("督办", "Supervision order"),
    Raise.YELLOW: ("黄牌", "Yellow card"),
    Raise.RED: ("红牌", "Red card"),
    Raise.ESCALATE: ("上报", "Escalated"),
}
_BASES: Mapping[DeadlineBasis, tuple[str, str]] = {
    DeadlineBasis.URGENT_HOUR: ("紧急工作时", "h round the clock"),
    DeadlineBasis.WORK_HOUR: ("工作时", "office hour(s)"),
    DeadlineBasis.WORK_DAY: ("工作日", "work day(s)"),
    DeadlineBasis.NATURAL_DAY: ("自然日", "calendar day(s)"),
}
_SIDES = {
    "before": ("届满前 {amount} {basis}", "{amount} {basis} before"),
    "at": ("届满时", "at"),
    "after": ("届满后 {amount} {basis}", "{amount} {basis} after"),
}

#: Words of facts, for `hub.vocabulary.phrases`.
SUPERVISION_WORDS: Mapping[tuple[str, str], tuple[str, str]] = {
    **{("basis", basis.value): words for basis, words in _BASES.items()},
    **{(fact, raised.value): words for fact in ("left_out", "raises") for raised, words in RAISED.items()},
}
#: A sentence for each thing raised on each side of the deadline.
SUPERVISION_SENTENCES: Mapping[tuple[Stage, str], tuple[str, str]] = {
    (Stage.SUPERVISE, f"{raised.value}_{side}"): (
        f"{zh}（致 {{to}}）：{{kind}}时限 {{due_at}} {when_zh}，规则“{{rule}}”",
        f"{en} to {{to}}: {when_en} the time to {{kind}} runs out, {{due_at}} (rule “{{rule}}”)",
    )
    for raised, (zh, en) in RAISED.items()
    for side, (when_zh, when_en) in _SIDES.items()
} | {
    (Stage.SUPERVISE, "planned"): (
        "{kind}时限若无人办理，按督办规则“{rule}”依次 {raises}，首次在 {first}",
        "If nobody meets the time to {kind}, rule “{rule}” raises {raises}, first at {first}",
    ),
}
#: Clauses for facts that such a reason has only sometimes.
SUPERVISION_EXTRAS: Mapping[str, tuple[str, str]] = {
    "supervise.late_minutes": ("；迟发 {late_minutes} 分钟", "; raised {late_minutes} min late"),
    "supervise.left_out": ("；已过时而略去：{left_out}", "; left out as moot: {left_out}"),
}
