"""Reasons as sentences, in Chinese and English. It must never add anything that the reason does not say."""

from collections.abc import Mapping
from typing import Literal

from hub.vocabulary.move_phrases import MOVE_EXTRAS, MOVE_SENTENCES, MOVE_WORDS
from hub.vocabulary.supervision_phrases import SUPERVISION_EXTRAS, SUPERVISION_SENTENCES, SUPERVISION_WORDS
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Fact, Why

Language = Literal["zh", "en"]


def phrase(why: Why, language: Language, names: Mapping[str, str] | None = None) -> str:
    """One sentence for a reason. `names` turns ids among its facts (bureaus, categories, districts) into names."""
    side = 0 if language == "zh" else 1
    told = _Told(why, language, names or {})
    sentences = _SENTENCES.get((why.stage, why.verdict))
    if sentences is None:
        return _unknown(why, language, told)
    clauses = [extra[side] for fact, extra in _EXTRAS.items() if _adds(why, fact)]
    return "".join((sentences[side], *clauses)).format_map(told) + ("。" if language == "zh" else ".")


def is_known(why: Why) -> bool:
    """Whether this kind of reason has a sentence of its own."""
    return (why.stage, why.verdict) in _SENTENCES


class _Told(dict[str, str]):
    """The facts of a reason as a person reads them; one that is missing reads as unknown."""

    def __init__(self, why: Why, language: Language, names: Mapping[str, str]) -> None:
        super().__init__(
            {key: _value(key, fact, language, names) for key, fact in why.facts.items()},
            # The id of a route or a clock may be that of a bureau as well; only these rules are things with a name.
            rule=names.get(why.rule, why.rule) if _names_its_rule(why) else why.rule,
        )
        self._language = language

    def __missing__(self, key: str) -> str:
        return "未知" if self._language == "zh" else "unknown"


def _value(key: str, fact: Fact, language: Language, names: Mapping[str, str]) -> str:
    if fact is None:
        return "未知" if language == "zh" else "unknown"
    if isinstance(fact, bool):
        return {"zh": "是" if fact else "否", "en": "yes" if fact else "no"}[language]
    if key in _SHARES and isinstance(fact, int | float):
        return f"{fact:.0%}"
    if isinstance(fact, float):
        return f"{fact:.0f}" if abs(fact) >= _WHOLE_FROM else f"{fact:g}"
    if isinstance(fact, int):
        return str(fact)
    if key in _LISTS:
        return ("、" if language == "zh" else ", ").join(_word(key, one, language, names) for one in fact.split(", "))
    return _word(key, fact, language, names)


def _word(key: str, fact: str, language: Language, names: Mapping[str, str]) -> str:
    word = _WORDS.get((key, fact))
    return names.get(fact, fact) if word is None else word[0 if language == "zh" else 1]


def _names_its_rule(why: Why) -> bool:
    """Whether the rule of a reason is a category or a source."""
    return why.stage is Stage.CLASSIFY or why.verdict in ("category_default", "source_severity")


def _adds(why: Why, fact: str) -> bool:
    """Whether an optional fact has something to add: not absent, not empty, not false."""
    stage, _, key = fact.rpartition(".")
    return why.stage == stage and bool(why.facts.get(key))


def _unknown(why: Why, language: Language, told: Mapping[str, str]) -> str:
    facts = [f"{key}={value}" for key, value in told.items() if key != "rule"]
    if language == "zh":
        detail = f"（{'，'.join(facts)}）" if facts else ""
        return f"{_STAGES[why.stage][0]}：按“{told['rule']}”判定为 {why.verdict}{detail}。"
    detail = f" ({', '.join(facts)})" if facts else ""
    return f"{_STAGES[why.stage][1]}: by “{told['rule']}”, {why.verdict.replace('_', ' ')}{detail}."


#: Facts that name several things, with a comma between.
_LISTS = frozenset({"supervisors", "beside", "assist", "to", "left_out", "raises"})
#: Facts from 0 to 1, read as per cent.
_SHARES = frozenset({"likeness", "place", "time", "words", "category", "join_at", "suggest_at"})
#: Numbers this large are read without decimals.
_WHOLE_FROM = 100.0

_STAGES: Mapping[Stage, tuple[str, str]] = {
    Stage.NORMALISE: ("解析", "Reading"),
    Stage.CLASSIFY: ("分类", "Category"),
    Stage.LOCATE: ("定位", "Place"),
    Stage.SEVERITY: ("定级", "Severity"),
    Stage.FUSE: ("归并", "Fusion"),
    Stage.ROUTE: ("派遣", "Dispatch"),
    Stage.DEADLINES: ("时限", "Deadline"),
    Stage.MUTE: ("静默", "Mute"),
    Stage.SUPERVISE: ("督办", "Supervision"),
    Stage.PERCEIVE: ("感知", "Pattern"),
    Stage.PROGRESS: ("流转", "Progress"),
}

_WORDS: Mapping[tuple[str, str], tuple[str, str]] = {
    **MOVE_WORDS,
    **SUPERVISION_WORDS,
    ("kind", "accept"): ("签收", "accept"),
    ("kind", "resolve"): ("处置", "resolve"),
    ("kind", "component"): ("部件", "component"),
    ("kind", "event"): ("事件", "event"),
    ("kind", "service"): ("服务", "service"),
    ("source_status", "active"): ("办理中", "active"),
    ("source_status", "closed"): ("已办结", "closed"),
    ("source_status", "cancelled"): ("已撤销", "cancelled"),
    ("source_status", "test"): ("测试", "a test"),
    ("failed", "severity_at_most"): ("等级已升高", "it became more severe"),
    ("failed", "feeds"): ("另有来源上报", "another feed told of it"),
    ("failed", "near"): ("位置在静默范围之外", "its place lies outside"),
    ("failed", "districts"): ("不在静默区县", "its district is another"),
    ("failed", "categories"): ("类别不在静默之列", "its category is another"),
    ("failed", "when"): ("条件（when）不成立", "its `when` does not hold"),
    ("failed", "families"): ("类别不在静默之列", "its family is another"),
    ("feed", "hotline"): ("热线", "the hotline"),
    ("feed", "grid"): ("网格", "the grid platform"),
    ("feed", "traffic"): ("交通", "traffic"),
    ("feed", "emergency"): ("应急", "emergency"),
    ("feed", "medical"): ("急救", "medical"),
    ("feed", "city"): ("城管", "city management"),
    ("feed", "video"): ("视频", "video"),
    ("feed", "open311"): ("开放311", "Open311"),
    ("system", "wgs84"): ("WGS-84", "WGS 84"),
    ("system", "gcj02"): ("GCJ-02", "GCJ-02"),
    ("system", "bd09"): ("BD-09", "BD-09"),
}

_FUSED = (
    "相似度 {likeness}（地点 {place}、时间 {time}、用词 {words}、类别 {category}）",
    "likeness {likeness} (place {place}, time {time}, words {words}, category {category})",
)

_SENTENCES: Mapping[tuple[Stage, str], tuple[str, str]] = {
    **MOVE_SENTENCES,
    **SUPERVISION_SENTENCES,
    (Stage.CLASSIFY, "by_code"): (
        "来源的{kind}代码 {code} 对应类别“{rule}”",
        "The source's {kind} code {code} means category “{rule}”",
    ),
    (Stage.CLASSIFY, "by_name"): (
        "来源所用名称“{name}”对应类别“{rule}”",
        "The source's name “{name}” means category “{rule}”",
    ),
    (Stage.CLASSIFY, "by_words"): (
        "文字中的“{words}”指向类别“{rule}”（得分 {score}）",
        "The words “{words}” speak for category “{rule}” (score {score})",
    ),
    (Stage.CLASSIFY, "clause_said"): (
        "文字中的“{words}”符合职责清单{standing}：{said}",
        "The words “{words}” meet the duty list's {standing}: {said}",
    ),
    (Stage.CLASSIFY, "clause_usual"): (
        "没有说明立案条件，按职责清单{standing}的通常情形：{said}",
        "No filing condition is told: the usual one of the duty list's {standing} is taken, {said}",
    ),
    (Stage.CLASSIFY, "unclassified"): ("没有规则能确定类别，列为未分类", "No rule tells the category: unclassified"),
    (Stage.SEVERITY, "category_default"): (
        "类别“{rule}”的默认等级为 {severity} 级",
        "Category “{rule}” has severity {severity} by default",
    ),
    (Stage.SEVERITY, "source_severity"): (
        "来源“{rule}”给出的等级为 {severity} 级",
        "The source “{rule}” gives severity {severity}",
    ),
    (Stage.SEVERITY, "severity_rule"): ("规则“{rule}”定为 {severity} 级", "Rule “{rule}” sets severity {severity}"),
    (Stage.SEVERITY, "worsened"): (
        "新的上报更严重，等级由 {from} 级升为 {to} 级",
        "A worse report raised the severity from {from} to {to}",
    ),
    (Stage.LOCATE, "by_point"): ("按来源给出的坐标（{system}）定位", "Placed by the source's coordinates ({system})"),
    (Stage.LOCATE, "by_point_and_name"): (
        "按来源坐标（{system}）定位，位于界线附近，区县以来源所称为准",
        "Placed by the source's coordinates ({system}); close to a border, so the district is the one the source names",
    ),
    (Stage.LOCATE, "by_device"): ("按设备“{name}”（{device}）的位置定位", "Placed at the device “{name}” ({device})"),
    (Stage.LOCATE, "by_known_place"): (
        "地址中的“{word}”是已知地点“{name}”",
        "“{word}” in the address is the known place “{name}”",
    ),
    (Stage.LOCATE, "by_area"): (
        "按所涉区域定位，涉及 {districts} 个区县",
        "Placed by the area it covers, {districts} district(s)",
    ),
    (Stage.LOCATE, "by_whole_city"): ("按所涉区域定位，覆盖全市", "Placed by the area it covers: the whole city"),
    (Stage.LOCATE, "by_grid"): (
        "按网格编码 {word} 确定区县 {district}",
        "Grid code {word} gives the district {district}",
    ),
    (Stage.LOCATE, "by_district"): (
        "只能确定到区县 {district}（依据“{word}”）",
        "Only the district is known: {district} (by “{word}”)",
    ),
    (Stage.LOCATE, "default_point"): (
        "来源给出的是默认坐标，视为无位置",
        "The source gave its default point, which means no location",
    ),
    (Stage.LOCATE, "no_location"): ("来源没有给出可用的位置", "The source gave no usable location"),
    (Stage.FUSE, "joined"): (
        f"并入事件 {{incident}}：{_FUSED[0]}达到 {{join_at}}",
        f"Joined {{incident}}: {_FUSED[1]} reaches {{join_at}}",
    ),
    (Stage.FUSE, "suggested"): (
        f"疑似与事件 {{incident}} 重复：{_FUSED[0]}达到 {{suggest_at}}，未达 {{join_at}}，请人工判断",
        f"May be the same as {{incident}}: {_FUSED[1]} reaches {{suggest_at}} but not {{join_at}}; please decide",
    ),
    (Stage.FUSE, "opened_unlike"): (
        f"新立事件：最相近的 {{incident}} {_FUSED[0]}，未达 {{suggest_at}}",
        f"Opened anew: the nearest, {{incident}}, has {_FUSED[1]}, below {{suggest_at}}",
    ),
    (Stage.FUSE, "opened_alone"): (
        "新立事件：规则“{rule}”的范围和时间内没有同类事件",
        "Opened anew: nothing of its family within the radius and time of rule “{rule}”",
    ),
    (Stage.FUSE, "opened_no_rule"): ("新立事件：该类别没有归并规则", "Opened anew: no fusion rule for its family"),
    (Stage.FUSE, "opened_unclassified"): (
        "新立事件：未分类的上报不参与归并",
        "Opened anew: unclassified reports are never fused",
    ),
    (Stage.FUSE, "opened_apart"): (
        "新立事件：规则“{rule}”规定这类上报一人一事，不参与归并",
        "Opened anew: by rule “{rule}” each report of this kind is a matter of its own",
    ),
    (Stage.FUSE, "opened_nowhere"): ("新立事件：没有可比较的位置", "Opened anew: it has no place to compare"),
    (Stage.FUSE, "kept"): (
        "上报的第 {revision} 版（来源状态：{source_status}），仍属本事件",
        "Revision {revision} of its report ({source_status} at the source), still of this incident",
    ),
    (Stage.FUSE, "moved_but_kept"): (
        "上报的第 {revision} 版（来源状态：{source_status}）与本事件已不相符，暂留本事件，请人工判断",
        "Revision {revision} of its report ({source_status} at the source) no longer fits; kept here, please decide",
    ),
    (Stage.ROUTE, "matched"): ("按派遣规则“{rule}”由 {lead} 牵头", "By route “{rule}”, {lead} leads"),
    (Stage.ROUTE, "matched_district"): (
        "按派遣规则“{rule}”由属地 {lead} 牵头",
        "By route “{rule}”, the district's own bureau {lead} leads",
    ),
    (Stage.ROUTE, "matched_fallback"): (
        "派遣规则“{rule}”指定属地牵头，但区县未知，由兜底单位 {lead} 牵头",
        "Route “{rule}” wants the district's bureau, but none is known: {lead}, the bureau of last resort, leads",
    ),
    (Stage.ROUTE, "district_bureau"): (
        "没有派遣规则适用，由属地 {lead} 牵头",
        "No route applies: the district's own bureau {lead} leads",
    ),
    (Stage.ROUTE, "fallback"): (
        "没有派遣规则适用，区县未知，由兜底单位 {lead} 牵头",
        "No route applies and the district is unknown: {lead}, the bureau of last resort, leads",
    ),
    (Stage.ROUTE, "added"): ("派遣规则“{rule}”加派 {assist} 协办", "Route “{rule}” adds {assist} to assist"),
    **{
        (stage, "condition_failed"): (
            f"{zh}规则“{{rule}}”的条件（{{where}}）无法判定：{{message}}；该规则未适用，请修改规则",
            f"The condition of the {en} rule “{{rule}}” ({{where}}) could not be decided: {{message}}; "
            "the rule was not applied, please mend it",
        )
        for stage, zh, en in (
            (Stage.SEVERITY, "等级", "severity"),
            (Stage.FUSE, "归并", "fusion"),
            (Stage.ROUTE, "派遣", "routing"),
            (Stage.DEADLINES, "时限", "deadline"),
            (Stage.MUTE, "静默", "mute"),
            (Stage.SUPERVISE, "督办", "supervision"),
        )
    },
    (Stage.DEADLINES, "urgent_hour"): (
        "规则“{rule}”：{kind}时限 {amount} 紧急工作时（不间断计时）",
        "Rule “{rule}”: {amount} h round the clock to {kind}",
    ),
    (Stage.DEADLINES, "work_hour"): (
        "规则“{rule}”：{kind}时限 {amount} 工作时",
        "Rule “{rule}”: {amount} office hours to {kind}",
    ),
    (Stage.DEADLINES, "work_day"): (
        "规则“{rule}”：{kind}时限 {amount} 工作日",
        "Rule “{rule}”: {amount} work day(s) to {kind}",
    ),
    (Stage.DEADLINES, "natural_day"): (
        "规则“{rule}”：{kind}时限 {amount} 自然日",
        "Rule “{rule}”: {amount} calendar day(s) to {kind}",
    ),
    (Stage.DEADLINES, "no_deadline"): ("没有时限规则适用", "No deadline rule applies"),
    (Stage.MUTE, "muted"): (
        "静默规则“{rule}”（{owner} 负责）至 {until} 为止，暂不派遣",
        "Muted until {until} by rule “{rule}”, for which {owner} answers: nobody is sent for now",
    ),
    (Stage.MUTE, "mute_ended"): (
        "静默规则“{rule}”（{owner} 负责）已于 {until} 结束，现在派遣，时限从此刻起算",
        "The mute “{rule}” of {owner} ended at {until}: dispatched now, and all clocks start now",
    ),
    (Stage.MUTE, "mute_removed"): (
        "静默规则“{rule}”（{owner} 负责）已撤销或修改，不再适用，现在派遣，时限从此刻起算",
        "The mute “{rule}” of {owner} was taken back or changed: dispatched now, and all clocks start now",
    ),
    (Stage.MUTE, "mute_outgrown"): (
        "静默规则“{rule}”（{owner} 负责）不再涵盖本事件：{failed}，现在派遣，时限从此刻起算",
        "The mute “{rule}” of {owner} no longer covers it, {failed}: dispatched now, and all clocks start now",
    ),
    (Stage.DEADLINES, "overdue"): (
        "{kind}时限已于 {due_at} 届满（规则“{rule}”）",
        "The time to {kind} ran out at {due_at} (rule “{rule}”)",
    ),
    (Stage.PERCEIVE, "many_reports"): (
        "感知规则“{rule}”：{minutes} 分钟内同一片有 {n} 件上报（{reports}）",
        "Pattern “{rule}”: {n} reports in one place within {minutes} min ({reports})",
    ),
    (Stage.PERCEIVE, "many_incidents"): (
        "感知规则“{rule}”：{minutes} 分钟内同一片有 {n} 起事件（上报 {reports}）",
        "Pattern “{rule}”: {n} incidents in one place within {minutes} min (reports {reports})",
    ),
    (Stage.PERCEIVE, "in_sequence"): (
        "感知规则“{rule}”：先有 {first}，{gap_minutes} 分钟后同一片又有 {then}",
        "Pattern “{rule}”: first {first}, then {then} in the same place {gap_minutes} min later",
    ),
    (Stage.PERCEIVE, "seen_too"): (
        "感知规则“{rule}”所见的情况又见于事件 {incident}（上报 {report}）",
        "What pattern “{rule}” saw goes on in {incident} (report {report})",
    ),
    (Stage.PERCEIVE, "inside_warning"): (
        "感知规则“{rule}”：上报 {report} 在预警 {warning} 的区域内，预警有效至 {until}",
        "Pattern “{rule}”: report {report} lies inside the warning {warning}, in force until {until}",
    ),
    (Stage.PERCEIVE, "silent"): (
        "感知规则“{rule}”：{feed}来源已超过 {minutes} 分钟没有消息，最后一条在 {last}",
        "Pattern “{rule}”: nothing from {feed} for more than {minutes} min, the last message at {last}",
    ),
    (Stage.PERCEIVE, "silent_in_office_hours"): (
        "感知规则“{rule}”：{feed}来源已超过 {minutes} 分钟办公时间没有消息，最后一条在 {last}",
        "Pattern “{rule}”: nothing from {feed} for more than {minutes} min of office time, the last message at {last}",
    ),
    (Stage.PERCEIVE, "speaks_again"): (
        "{feed}来源于 {at} 恢复消息（感知规则“{rule}”）",
        "{feed} speaks again since {at} (pattern “{rule}”)",
    ),
}

#: Clauses for facts that a reason has only sometimes, by stage and fact.
_EXTRAS: Mapping[str, tuple[str, str]] = {
    **MOVE_EXTRAS,
    **SUPERVISION_EXTRAS,
    "severity.words": ("，依据“{words}”", ", by “{words}”"),
    "locate.named": (
        "；来源所称区县 {named} 与坐标不符",
        "; the source names the district {named}, which the point does not lie in",
    ),
    "locate.whole_city": ("，覆盖全市", ", the whole city"),
    "locate.given": ("（来源所给“{given}”无法识别）", " (“{given}” is not known)"),
    "fuse.family_moved": ("；类别已变", "; its category moved away"),
    "fuse.place_moved": ("；位置已变", "; its place moved away"),
    "route.beside": ("，{beside} 协办", ", assisted by {beside}"),
    "route.supervisors": ("；主管部门 {supervisors}", "; supervised by {supervisors}"),
    "perceive.radius_m": ("，半径 {radius_m} 米", ", within {radius_m} m"),
    "perceive.incidents": ("，见于事件 {incidents}", ", in {incidents}"),
    "perceive.opened": ("，另立事件 {opened}", "; opened {opened}"),
    "perceive.part_of": ("，属于事件 {part_of}", "; part of {part_of}"),
    "perceive.to": ("，等级由 {from} 级升为 {to} 级", "; severity raised from {from} to {to}"),
    "deadlines.calendar_unknown_year": (
        "；工作日历缺 {calendar_unknown_year} 年的节假日，按周一至周五计算，请补充 calendar.yaml",
        "; calendar.yaml lacks the holidays of {calendar_unknown_year}: counted by Monday to Friday until completed",
    ),
}
