"""Small duty lists as workbooks, made up for tests."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

HEADERS = ("大类代码", "大类名称", "小类代码", "小类名称", "处置单位", "主管部门", "立案条件", "结案条件", "处置时限")
#: One subclass with two conditions, as most lists write them: blank cells say what is above.
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, "设施", 7, "路边钟", "节约用水中心、各产权单位", "指挥中心", "停走、不准", "校准", "4小时"),
    (None, None, None, None, None, None, "钟面脏", "擦净", "2天"),
)


def a_workbook(
    path: Path,
    rows: Iterable[Sequence[Any]] = ROWS,
    *,
    headers: Sequence[Any] = HEADERS,
    sheet: str = "部件",
    title: str = "某市处置责任分解表",
    merged: Iterable[str] = (),
    more: Iterable[tuple[str, Iterable[Sequence[Any]]]] = (),
) -> Path:
    """A workbook with a title row, a header row and rows; `more` are further sheets with the same headers."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines in ((sheet, rows), *more):
        page = book.create_sheet(name)
        page.append([title])
        page.append(list(headers))
        for line in lines:
            page.append(list(line))
    for span in merged:
        book.worksheets[0].merge_cells(span)
    book.save(path)
    return path
