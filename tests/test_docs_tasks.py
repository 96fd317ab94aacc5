"""docs/tasks.md holds the table of moves and its diagram as the code has them."""

from pathlib import Path

import pytest

from hub.edges.task_pages import page_with_moves, write_pages
from hub.stages.progress import MOVES
from hub.stages.progress.drawing import STATES
from hub.vocabulary.moves import ActorRole
from hub.vocabulary.terms import TaskStatus

PAGE = Path(__file__).parent.parent / "docs" / "tasks.md"


def test_the_page_is_the_one_of_the_table() -> None:
    text = PAGE.read_text("utf-8")
    assert page_with_moves(text) == text, "run python -m hub.edges.task_pages"


def test_it_names_every_move_state_and_role(tmp_path: Path) -> None:
    (tmp_path / "tasks.md").write_text(PAGE.read_text("utf-8").replace("签收", "x"), "utf-8")
    write_pages(tmp_path)
    text = (tmp_path / "tasks.md").read_text("utf-8")
    assert all(f"{move.zh} {move.en}" in text for move in MOVES)
    assert set(STATES) == set(TaskStatus)
    assert all(f"{status}: {zh}" in text for status, zh in STATES.items())
    assert all(f"`{role}`" in text for role in ActorRole)


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="marks"):
        page_with_moves("# nothing")
