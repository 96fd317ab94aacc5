"""Each record once, in order, none skipped, whatever faust hands out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.continuity import Continuity, Verdict
from agents.records import Record
from tests.builders import a_raw

TAKE, DROP, REWIND = Verdict.TAKE, Verdict.DROP, Verdict.REWIND


def _record(offset: int, partition: int = 0) -> Record:
    return Record(topic="feed.hotline", partition=partition, offset=offset, message=a_raw())


@pytest.mark.parametrize(
    ("offsets", "verdicts"),
    [
        pytest.param([5, 6, 7], [TAKE, TAKE, TAKE], id="in order"),
        pytest.param([5, 6, 5, 6, 7], [TAKE, TAKE, DROP, DROP, TAKE], id="handed out twice"),
        pytest.param([3, 4, 5], [DROP, DROP, TAKE], id="settled by an earlier worker"),
        pytest.param([5, 8, 9, 6, 7, 8], [TAKE, REWIND, DROP, TAKE, TAKE, TAKE], id="a gap is read again, once"),
        pytest.param([5, 8, 9, 7, 8, 9], [TAKE, REWIND, DROP, TAKE, TAKE, TAKE], id="a gap is filled in part"),
        pytest.param([5, 8, 8, 9], [TAKE, REWIND, TAKE, TAKE], id="a gap that stays is no loss"),
        pytest.param([5, 8, 9, 8, 12], [TAKE, REWIND, DROP, TAKE, REWIND], id="the next gap is read again too"),
    ],
)
def test_admission(offsets: list[int], verdicts: list[Verdict]) -> None:
    continuity = Continuity()
    continuity.begin("feed.hotline", 0, 5)
    assert [continuity.admit(_record(offset)) for offset in offsets] == verdicts


def test_a_wish_to_go_back_that_was_lost_is_made_again() -> None:
    continuity = Continuity()
    continuity.begin("feed.hotline", 0, 5)
    assert continuity.admit(_record(8)) is REWIND
    assert REWIND in {continuity.admit(_record(offset)) for offset in range(9, 30_000)}
    assert continuity.admit(_record(5)) is TAKE


def test_partitions_do_not_disturb_each_other() -> None:
    continuity = Continuity()
    continuity.begin("feed.hotline", 0, 5)
    continuity.begin("feed.hotline", 1, 0)
    assert continuity.admit(_record(9)) is REWIND
    assert continuity.admit(_record(0, partition=1)) is TAKE


@given(st.lists(st.integers(0, 30), max_size=60))
def test_what_is_taken_is_taken_once_and_in_order(offsets: list[int]) -> None:
    continuity = Continuity()
    continuity.begin("feed.hotline", 0, 0)
    taken = [offset for offset in offsets if continuity.admit(_record(offset)) is TAKE]
    assert taken == sorted(set(taken))
