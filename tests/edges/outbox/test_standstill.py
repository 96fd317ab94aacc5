"""What stands still and what does not, look by look."""

import pytest

from hub.edges.outbox.standstill import Standstill
from hub.edges.store.canaries import Standing


def _row(read_to: int, *, canary: int = 9, partition: int = 0) -> Standing:
    return Standing(topic="feed.grid", partition=partition, canary=canary, read_to=read_to, restarts=0, stalled_at=None)


@pytest.mark.parametrize(
    ("looks", "stalled_at"),
    [
        pytest.param([(s, _row(5)) for s in range(20)], 10, id="nothing moves"),
        pytest.param([(s, _row(9)) for s in range(20)], None, id="the canary was passed"),
        pytest.param([(s, _row(s // 5)) for s in range(40)], None, id="a backlog that moves"),
        pytest.param([(s, _row(5, canary=9 + s // 8)) for s in range(40)], None, id="another canary"),
        pytest.param([(s, _row(5 if s > 6 else 4)) for s in range(20)], 17, id="stands still after it had moved"),
        pytest.param([(s, _row(9 if s == 8 else 5)) for s in range(20)], 19, id="passed in between"),
    ],
)
def test_a_partition_stands_still(looks: list[tuple[int, Standing]], stalled_at: int | None) -> None:
    standstill = Standstill()
    seen = [second for second, row in looks if standstill.look([row], float(second), patience=lambda _: 10.0)]
    assert (seen[0] if seen else None) == stalled_at


def test_an_outage_is_nobodys_fault() -> None:
    standstill = Standstill()
    assert not standstill.look([_row(5)], 0.0, patience=lambda _: 10.0)
    standstill.excuse()
    assert not standstill.look([_row(5)], 11.0, patience=lambda _: 10.0)
    assert standstill.look([_row(5)], 21.0, patience=lambda _: 10.0)


def test_who_reads_anew_has_the_whole_patience() -> None:
    standstill = Standstill()
    for second, owner in ((0, "w1"), (9, "w2"), (18, "w2")):
        still = standstill.look([_row(5)], float(second), patience=lambda _: 10.0, owner=lambda _, o=owner: o)
        assert not still
    assert standstill.look([_row(5)], 19.0, patience=lambda _: 10.0, owner=lambda _: "w2")


def test_each_partition_has_its_own_time() -> None:
    standstill = Standstill()
    standstill.look([_row(5)], 0.0, patience=lambda _: 10.0)
    rows = [_row(5), _row(5, partition=1)]
    standstill.look(rows, 5.0, patience=lambda _: 10.0)
    assert [row.partition for row in standstill.look(rows, 10.0, patience=lambda _: 10.0)] == [0]
