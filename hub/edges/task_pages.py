"""Writes the table and the diagram of moves into docs/tasks.md. It must never touch a line outside its marks."""

from pathlib import Path

from hub.settings import shipped
from hub.stages.progress.drawing import diagram_lines, table_lines

_BEGIN, _END = "<!-- {name}: made by python -m hub.edges.task_pages -->", "<!-- end of {name} -->"


def page_with_moves(page: str) -> str:
    """The page with what is between its marks made anew."""
    for name, lines in (("table", table_lines()), ("diagram", diagram_lines())):
        begin, end = _BEGIN.format(name=name), _END.format(name=name)
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the page has no marks for the {name}")
        page = "\n".join([before + begin, *lines, end + after])
    return page


def write_pages(docs: Path) -> None:
    """Write docs/tasks.md; run this after a change of the table of moves."""
    path = docs / "tasks.md"
    path.write_text(page_with_moves(path.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_pages(shipped("schemas").parent / "docs")
