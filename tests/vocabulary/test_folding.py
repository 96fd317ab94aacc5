"""Folding makes spellings one, and its short cut gives what NFKC gives."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vocabulary.folding import fold, fold_tight

FOLDED = [
    ("  Fire   Alarm ", "fire alarm"),
    ("ＡＢＣ１２３", "abc123"),
    ("井 盖　缺失", "井盖缺失"),
    ("解放路 12 号", "解放路12号"),
    ("公交站亭（牌）", "公交站亭(牌)"),
    ("ｱｲｳ", "アイウ"),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


def test_fold_tight_drops_all_but_letters_and_digits() -> None:
    assert fold_tight("解放路，12 号（东侧）_A-1") == "解放路12号东侧a1"


@given(st.text(alphabet="水管，。！？：；（）、“”《》a1 Ａ１　㎡①é"))
def test_the_short_cut_gives_what_nfkc_gives(text: str) -> None:
    slow = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    assert fold(text).replace(" ", "") == slow.replace(" ", "")


@given(st.text(alphabet="水管，。！（）ABCabc１２ 　é"))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
