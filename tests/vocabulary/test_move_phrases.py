"""Every move of a task, what it does to a clock and whatever bars it has a sentence in both languages."""

import re

import pytest

from hub.stages.progress import MOVES
from hub.vocabulary.move_phrases import ROLES, bar_sentence
from hub.vocabulary.moves import ActorRole, Bar
from hub.vocabulary.phrases import is_known
from hub.vocabulary.terms import Stage
from hub.vocabulary.why import Why

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.id)
def test_each_move_has_a_sentence(move: object) -> None:
    verdict = move.id.replace("-", "_")  # type: ignore[attr-defined]
    assert is_known(Why(stage=Stage.PROGRESS, rule="r", verdict=verdict))


@pytest.mark.parametrize("verdict", ["met", "met_late", "stands", "runs_on", "granted", "put_off"])
def test_each_change_of_a_clock_has_a_sentence(verdict: str) -> None:
    assert is_known(Why(stage=Stage.DEADLINES, rule="r", verdict=verdict))


@pytest.mark.parametrize("bar", Bar)
def test_each_bar_has_a_sentence(bar: Bar) -> None:
    detail = "clerk leader" if bar is Bar.ROLE else "3"
    zh, en = bar_sentence(bar, "note", detail)
    assert CHINESE.search(zh)
    assert not CHINESE.search(en)
    assert "{" not in zh + en


def test_each_role_has_a_name() -> None:
    assert set(ROLES) == set(ActorRole)
    assert bar_sentence(Bar.ROLE, "", "verifier dispatcher")[0] == "此操作须由 核查员、派遣员 进行"
    assert bar_sentence(Bar.UNKNOWN, "reason", "not-ours")[1] == "`reason` is not known; there are not-ours"
