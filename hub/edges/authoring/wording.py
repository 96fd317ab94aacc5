"""An explanation as a short text, Chinese first: what to paste into a dispute. It must never hold a petitioner."""

from collections.abc import Iterator

from hub.edges.authoring.explaining import Border, Explanation, Step, Tried
from hub.rulebook.book import Rulebook
from hub.rulebook.conditions import CONDITION_FAILED
from hub.rulebook.names import names_of
from hub.vocabulary.masking import mask
from hub.vocabulary.phrases import Language, phrase
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Why

#: Rules that did not hold and are named; the others before the one that held are counted.
_NAMED = 6

_STAGES = {
    Stage.CLASSIFY: ("类别", "Category"),
    Stage.SEVERITY: ("等级", "Severity"),
    Stage.LOCATE: ("位置", "Place"),
    Stage.FUSE: ("归并", "Fusion"),
    Stage.ROUTE: ("派遣", "Dispatch"),
    Stage.DEADLINES: ("时限", "Deadline"),
    Stage.PERCEIVE: ("感知", "Pattern"),
    Stage.MUTE: ("静默", "Mute"),
    Stage.SUPERVISE: ("督办", "Supervision"),
}
_STEPS = {
    "by_code": ("代码", "code"),
    "by_name": ("名称", "name"),
    "by_words": ("文字", "words"),
    "point": ("坐标", "point"),
    "device": ("设备", "device"),
    "known_place": ("已知地点", "known place"),
    "area_outline": ("区域边界", "area outline"),
    "area_codes": ("区域代码", "area codes"),
    "grid_code": ("网格编码", "grid code"),
    "district_code": ("区县代码", "district code"),
    "district_name": ("区县名称", "district name"),
    "address_words": ("地址文字", "words of the address"),
}
_FAILED = {
    "not_given": ("未提供", "not given"),
    "unknown": ("无法识别", "not known"),
    "default_point": ("是默认坐标", "the default point"),
    "says_too_little": ("不足以判定", "say too little"),
    "districts": ("区县不符", "another district"),
    "severity_at_least": ("等级未达到", "not severe enough"),
    "source_at_least": ("来源等级未达到", "not severe enough at the source"),
    "feeds": ("来源渠道不符", "another feed"),
    "resolve_within_hours": ("处置时限没有那么短", "the limit to resolve is not that short"),
    "too_little_seen": ("所见不够", "too little was seen"),
    "words": ("没有所列词语", "none of its words"),
    "limit_within_hours": ("时限没有那么短", "its limit is not that short"),
    "severity_at_most": ("等级过高，不可静默", "too severe to be muted"),
    "from_until": ("当时不在静默期", "it did not run then"),
    "near": ("不在所划范围", "outside its circle"),
    "when": ("条件（when）不成立", "its `when` does not hold"),
    "other": ("其他条件不符", "another condition"),
}


def explained(explanation: Explanation, book: Rulebook, language: Language) -> str:
    """The whole explanation; one block a room, what was tried and why it ended so."""
    return "\n".join(_Wording(book, language).lines(explanation))


class _Wording:
    def __init__(self, book: Rulebook, language: Language) -> None:
        self._language = language
        self._side = 0 if language == "zh" else 1
        self._city = self._pick((book.city.name.zh, book.city.name.en))
        names = names_of(book)
        self._names = {id: self._pick((name.zh, name.en)) for id, name in names.items()}

    def lines(self, explanation: Explanation) -> Iterator[str]:
        yield self._pick(
            (
                f"上报 {explanation.report_id}，{self._city}规则版本 {explanation.rulebook_version}",
                f"Report {explanation.report_id}, rulebook {explanation.rulebook_version} of {self._city}",
            )
        )
        if explanation.sent_version != explanation.rulebook_version:
            yield self._pick(
                (
                    f"所在事件早于此上报，派遣和时限依据规则版本 {explanation.sent_version}",
                    f"Its incident is older; bureaus and limits are by rulebook {explanation.sent_version}",
                )
            )
        done: set[Stage] = set()
        for step in explanation.steps:
            if step.stage not in done:
                done.add(step.stage)
                yield self._pick((f"【{_STAGES[step.stage][0]}】", f"[{_STAGES[step.stage][1]}]"))
            yield from self._step(step, explanation.border)

    def _step(self, step: Step, border: Border | None) -> Iterator[str]:
        broken = {why.rule for why in step.why if why.verdict == CONDITION_FAILED}
        failed = [tried for tried in step.tried if tried.failed and tried.rule not in broken]
        if step.stage in (Stage.CLASSIFY, Stage.LOCATE):
            if failed:
                yield "  ✗ " + self._pick(("；", "; ")).join(self._failed(tried) for tried in failed)
        else:
            yield from self._rules_passed(failed, step.about_others)
        held = {tried.rule: tried for tried in step.tried if not tried.failed}
        for why in step.why:
            mark = "✗" if why.verdict == CONDITION_FAILED else "✓"
            yield f"  {mark} {self._sentence(why)}{self._clause(held.get(why.rule))}"
        if step.stage is Stage.DEADLINES and len(broken) == len(step.why) and step.tried:
            yield self._pick(("  － 没有适用的时限规则", "  - no deadline rule applies"))
        if step.stage is Stage.LOCATE and border is not None:
            yield f"  ✓ {self._border(border)}"

    def _rules_passed(self, failed: list[Tried], others: int) -> Iterator[str]:
        for tried in failed[:_NAMED]:
            yield f"  ✗ {self._failed(tried)}"
        more = len(failed) - _NAMED
        if more > 0:
            yield self._pick((f"  ✗ 另有 {more} 条不符", f"  ✗ {more} more do not hold"))
        if others:
            yield self._pick(
                (f"  · 之前有 {others} 条与此类别无关", f"  · {others} before it are not about this category")
            )

    def _failed(self, tried: Tried) -> str:
        subject = self._pick(_STEPS.get(tried.rule, (tried.rule, tried.rule)))
        reasons = self._pick(("、", ", ")).join(
            self._pick(_FAILED.get(condition, (condition, condition))) for condition in tried.failed
        )
        return self._pick((f"{subject}：{reasons}", f"{subject}: {reasons}"))

    def _clause(self, held: Tried | None) -> str:
        """What the rule author wrote: the clause of the duty list, the order of a leader, an experience."""
        if held is None or not held.ground:
            return ""
        return self._pick((f"依据：{held.ground}", f" Ground: {held.ground}"))

    def _border(self, border: Border) -> str:
        name = self._names.get(border.district, border.district)
        if border.inside:
            return self._pick(
                (
                    f"坐标在{name}（{border.district}）边界之内，边界 {border.corners} 个折点。",
                    f"The point lies inside the border of {name} ({border.district}), {border.corners} corners.",
                )
            )
        return self._pick(
            (
                f"坐标不在{name}（{border.district}）边界之内，但在界线误差之内或地址指明该区县。",
                f"The point is not inside the border of {name} ({border.district}), but near it, or so it is told.",
            )
        )

    def _sentence(self, why: Why) -> str:
        return mask(phrase(why, self._language, self._names))

    def _pick(self, both: tuple[str, str]) -> str:
        return both[self._side]
