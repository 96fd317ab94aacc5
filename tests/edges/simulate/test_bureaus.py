"""Simulated bureaus: the same seed does the same, all kinds of habits occur, and over the API incidents close."""

import asyncio

import pytest

from hub.edges.clock import utc_now
from hub.edges.desk import Desk, Refused
from hub.edges.simulate.bureaus import Acted, Errand, Office, step_of
from hub.edges.simulate.habits import habit_of
from hub.vocabulary.moves import Action
from tests.edges.web.conftest import BASE, MakeWeb, Web, keys_file, make_web, seed, seeded, web
from tests.running import wait_until

__all__ = ["keys_file", "make_web", "seeded", "web"]
TASKS = [f"140800-{n}-1" for n in range(400)]


def test_the_same_seed_has_the_same_habits() -> None:
    assert [habit_of(7, task) for task in TASKS] == [habit_of(7, task) for task in TASKS]
    assert [habit_of(7, task) for task in TASKS] != [habit_of(8, task) for task in TASKS]


def test_all_kinds_of_people_occur_and_most_are_sound() -> None:
    habits = [habit_of(1, task) for task in TASKS]
    for odd in ("late", "returns", "sloppy", "asks_days", "ignores"):
        share = sum(bool(getattr(habit, odd)) for habit in habits) / len(habits)
        assert 0.01 < share < 0.3, odd


@pytest.mark.parametrize(
    ("what", "again", "actions"),
    [
        ("sign", False, {Action.ACCEPT, Action.RETURN}),
        ("sign", True, {Action.ACCEPT}),
        ("start", False, {Action.START}),
        ("ask", False, {Action.EXTEND, Action.DEFER}),
        ("answer", False, {Action.APPROVE, Action.REFUSE}),
        ("judge", False, {Action.ARBITRATE}),
        ("report", False, {Action.REPORT_BACK}),
        ("check", False, {Action.VERIFY, Action.REWORK}),
        ("check", True, {Action.VERIFY}),
    ],
)
def test_an_errand_is_a_move_with_all_it_needs(what: str, again: bool, actions: set[Action]) -> None:
    steps = [step_of(Errand(task=task, bureau="water", what=what, again=again), habit_of(1, task)) for task in TASKS]
    assert {action for action, _ in steps} == actions
    assert all(body["by"] and body["role"] for _, body in steps)


@pytest.mark.services
async def test_they_close_incidents_over_the_api(seeded: Web) -> None:
    # What was offered long ago could not be returned any more.
    await seeded.pool.execute("update tasks set offered_at = $1", utc_now())
    acted = Acted()
    office = Office(Desk(seeded.client, BASE, None, 30.0), 3, 200.0, acted, hurry=500.0)
    working = asyncio.create_task(office.run())
    try:
        await wait_until(lambda: acted.closed, within_seconds=120, saying=lambda: str(acted))
    finally:
        working.cancel()
        await asyncio.wait({working})
    closed = await seeded.pool.fetchval("select count(*) from incidents where status = 'closed'")
    assert closed >= 1
    assert await seeded.pool.fetchval("select count(*) from moves") >= acted.moves > 0


@pytest.mark.services
async def test_a_key_that_may_not_move_ends_them(make_web: MakeWeb, keys_file: str) -> None:
    web = make_web(api_keys_file=keys_file)
    await seed(web.pool)
    office = Office(Desk(web.client, BASE, "read-key-0123456789abc", 30.0), 1, 200.0, Acted(), hurry=500.0)
    with pytest.raises(Refused, match="needs task"):
        await asyncio.wait_for(office.run(), 60)
