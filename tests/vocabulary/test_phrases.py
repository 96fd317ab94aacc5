"""Every reason that a room can give has a sentence in both languages."""

import ast
import re
from pathlib import Path

import pytest

from hub.vocabulary.phrases import Language, is_known, phrase
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Why

HUB = Path(__file__).parents[2] / "hub"
#: How the verdicts of the rooms look; a room that finds a new word for one must add it here and to the phrases.
VERDICT = re.compile(r"(by|opened|matched)_\w+")
OTHERS = {
    Stage.CLASSIFY: ("unclassified",),
    Stage.SEVERITY: ("category_default", "source_severity", "severity_rule", "worsened", "condition_failed"),
    Stage.LOCATE: ("default_point", "no_location"),
    Stage.FUSE: ("joined", "suggested", "kept", "moved_but_kept", "condition_failed"),
    Stage.ROUTE: ("matched", "district_bureau", "fallback", "added", "condition_failed"),
    Stage.MUTE: ("muted", "mute_ended", "mute_removed", "mute_outgrown", "condition_failed"),
    Stage.SUPERVISE: ("condition_failed",),
    Stage.PERCEIVE: (
        "many_reports",
        "many_incidents",
        "in_sequence",
        "seen_too",
        "inside_warning",
        "silent",
        "silent_in_office_hours",
        "speaks_again",
    ),
    Stage.DEADLINES: (
        *("urgent_hour", "work_hour", "work_day", "natural_day", "no_deadline", "overdue"),
        "condition_failed",
    ),
}


def said_by(stage: Stage) -> set[str]:
    """The verdicts written in a room's source."""
    found = set(OTHERS[stage])
    for path in (HUB / "stages" / stage.value).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERDICT.fullmatch(node.value):
                found.add(node.value)
    return found


ALL = [(stage, verdict) for stage in OTHERS for verdict in sorted(said_by(stage))]


@pytest.mark.parametrize(("stage", "verdict"), ALL)
def test_each_has_a_sentence(stage: Stage, verdict: str) -> None:
    why = Why(stage=stage, rule="r", verdict=verdict)
    assert is_known(why)
    zh, en = phrase(why, "zh"), phrase(why, "en")
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert (zh[-1], en[-1]) == ("。", ".")


FUSED = Why(
    stage=Stage.FUSE,
    rule="near",
    verdict="joined",
    facts={
        "incident": "X-1",
        "likeness": 0.88,
        "place": 0.75,
        "time": 1.0,
        "words": 0.5,
        "category": 1.0,
        "join_at": 0.7,
    },
)


@pytest.mark.parametrize(
    ("why", "language", "sentence"),
    [
        (FUSED, "zh", "并入事件 X-1：相似度 88%（地点 75%、时间 100%、用词 50%、类别 100%）达到 70%。"),
        (FUSED, "en", "Joined X-1: likeness 88% (place 75%, time 100%, words 50%, category 100%) reaches 70%."),
        (
            Why(stage=Stage.ROUTE, rule="water", verdict="matched", facts={"lead": "b1", "district": None}),
            "zh",
            "按派遣规则“water”由 水务局 牵头。",
        ),
        (
            Why(stage=Stage.DEADLINES, rule="d", verdict="work_hour", facts={"kind": "accept", "amount": 0.5}),
            "zh",
            "规则“d”：签收时限 0.5 工作时。",
        ),
        (
            Why(
                stage=Stage.DEADLINES,
                rule="d",
                verdict="work_day",
                facts={"kind": "resolve", "amount": 2.0, "calendar_unknown_year": 2031},
            ),
            "en",
            "Rule “d”: 2 work day(s) to resolve; calendar.yaml lacks the holidays of 2031: "
            "counted by Monday to Friday until completed.",
        ),
        (
            Why(
                stage=Stage.SEVERITY,
                rule="gas",
                verdict="severity_rule",
                facts={"severity": "I", "words": "爆炸、燃气"},
            ),
            "zh",
            "规则“gas”定为 I 级，依据“爆炸、燃气”。",
        ),
        # Braces in what a source wrote are only text.
        (
            Why(stage=Stage.LOCATE, rule="x", verdict="no_location", facts={"given": "{0.__class__}"}),
            "en",
            "The source gave no usable location (“{0.__class__}” is not known).",
        ),
        # A reason of a later version of the hub still reads.
        (
            Why(stage=Stage.FUSE, rule="r1", verdict="split_off", facts={"n": 2, "by": "op"}),
            "en",
            "Fusion: by “r1”, split off (n=2, by=op).",
        ),
        (Why(stage=Stage.FUSE, rule="r1", verdict="split_off"), "zh", "归并：按“r1”判定为 split_off。"),
    ],
)
def test_sentences(why: Why, language: Language, sentence: str) -> None:
    assert phrase(why, language, {"b1": "水务局"}) == sentence
