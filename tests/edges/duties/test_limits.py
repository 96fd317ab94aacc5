"""Time limits as lists write them."""

import pytest

from hub.edges.duties.limits import Limit, read_limit
from hub.vocabulary.terms import DeadlineBasis

URGENT, HOUR, DAY, NATURAL = (
    DeadlineBasis.URGENT_HOUR, DeadlineBasis.WORK_HOUR, DeadlineBasis.WORK_DAY, DeadlineBasis.NATURAL_DAY,
)  # fmt: skip

READ = [
    ("2紧急工作时", Limit(URGENT, 2)),
    ("1紧急工作时制止", Limit(URGENT, 1, "制止")),
    ("1紧急工作时\n", Limit(URGENT, 1)),
    ("2 个紧急工作时内", Limit(URGENT, 2)),
    ("2紧急工作日", Limit(NATURAL, 2)),
    ("4小时", Limit(HOUR, 4)),
    ("４小时以内", Limit(HOUR, 4)),
    ("4个工作时", Limit(HOUR, 4)),
    ("半小时", Limit(HOUR, 0.5)),
    ("30分钟", Limit(HOUR, 0.5)),
    ("1天", Limit(DAY, 1)),
    ("1.5天", Limit(DAY, 1.5)),
    ("五个工作日", Limit(DAY, 5)),
    ("十五天", Limit(DAY, 15)),
    ("两天", Limit(DAY, 2)),
    ("1周", Limit(DAY, 5)),
    ("3自然日", Limit(NATURAL, 3)),
    ("不超过7天（拆除）", Limit(DAY, 7, "拆除")),
]


@pytest.mark.parametrize(("text", "limit"), READ, ids=[repr(text) for text, _ in READ])
def test_a_limit_is_read(text: str, limit: Limit) -> None:
    assert read_limit(text) == limit


UNREADABLE = [
    ("立即", "is no limit"),
    ("5", "is no limit"),
    ("", "is no limit"),
    ("4小时/1天", "more than one limit"),
    ("2小时，重大的1天", "more than one limit"),
    ("0天", "out of range"),
    ("9999天", "out of range"),
]


@pytest.mark.parametrize(("text", "reason"), UNREADABLE)
def test_what_is_no_limit_is_never_guessed_at(text: str, reason: str) -> None:
    found = read_limit(text)
    assert isinstance(found, str)
    assert reason in found
