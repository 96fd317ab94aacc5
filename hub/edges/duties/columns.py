"""Finds the columns of a duty list by their headers, in whatever order they stand. It must never go by position."""

import re
import unicodedata
from enum import StrEnum

import msgspec

from hub.edges.duties.workbook import Sheet
from hub.vocabulary.terms import CategoryKind

#: Rows that are looked at for headers.
_HEADER_WITHIN = 30
_SPACES_AND_MARKS = re.compile(r"[\s()\[\]【】:*、,/\\-]+")


class Column(StrEnum):
    """What a column of a duty list holds."""

    KIND = "kind"
    CLASS_CODE = "class_code"
    CLASS_NAME = "class_name"
    CODE = "code"
    NAME = "name"
    UNITS = "units"
    SUPERVISORS = "supervisors"
    CONDITION = "condition"
    CLOSING = "closing"
    LIMIT = "limit"


_HEADERS: dict[Column, tuple[str, ...]] = {
    Column.KIND: ("类型", "类别", "问题类型", "部件事件", "案件类型"),
    Column.CLASS_CODE: ("大类代码", "大类编码", "大类编号", "大类号", "大类码", "一级代码"),
    Column.CLASS_NAME: ("大类名称", "大类", "问题大类", "一级分类", "大类名"),
    Column.CODE: ("小类代码", "小类编码", "小类编号", "小类号", "小类码", "代码", "编码", "二级代码", "类别代码"),
    Column.NAME: ("小类名称", "小类", "问题小类", "事项名称", "部件名称", "事件名称", "二级分类", "小类名", "名称"),
    Column.UNITS: (
        "处置单位", "责任主体", "责任单位", "承办单位", "处置主体", "处置责任单位", "处置部门", "处置责任主体",
        "责任部门", "主办单位", "牵头单位",
    ),
    Column.SUPERVISORS: (
        "主管部门", "监管主体", "监管单位", "主管单位", "监管部门", "行业主管部门", "监督单位", "行业监管部门",
    ),
    Column.CONDITION: ("立案条件", "立案标准", "立案情形", "立案规范", "问题描述", "立案"),
    Column.CLOSING: ("结案条件", "结案标准", "结案规范", "处置标准", "结案"),
    Column.LIMIT: ("处置时限", "处理时限", "时限", "办结时限", "处置时间", "处置期限", "办理时限", "整改时限"),
}  # fmt: skip
_MEANING = {header: column for column, headers in _HEADERS.items() for header in headers}
_NEEDED = (Column.CODE, Column.NAME, Column.UNITS, Column.CONDITION, Column.LIMIT)
_KIND_WORDS = {
    "部件": CategoryKind.COMPONENT,
    "事件": CategoryKind.EVENT,
    "事项": CategoryKind.EVENT,
    "服务": CategoryKind.SERVICE,
}


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The header row of a sheet and what its columns hold."""

    header_row: int
    #: Column number by meaning.
    at: dict[Column, int]
    #: Headers that mean nothing to the importer, by column number: kept aside.
    aside: dict[int, str]
    #: Kind by the name of the sheet or its title; None: a column says it.
    kind: CategoryKind | None


def find_columns(sheet: Sheet) -> Columns | str:
    """The columns of a sheet, or why it is no duty list."""
    best: tuple[int, dict[Column, int], dict[int, str]] | None = None
    for row in range(1, min(sheet.last_row, _HEADER_WITHIN) + 1):
        at, aside = _headers(sheet, row)
        if best is None or len(at) > len(best[1]):
            best = (row, at, aside)
    if best is None or len(best[1]) < 2:
        return "no row with the headers of a duty list (小类代码, 小类名称, 处置单位, 立案条件, 处置时限)"
    row, at, aside = best
    missing = [column for column in _NEEDED if column not in at]
    if missing:
        return f"row {row} has no header for {', '.join(_HEADERS[column][0] for column in missing)}"
    kind = _kind(sheet, row)
    if kind is None and Column.KIND not in at:
        return "neither the sheet's name nor its title nor a column 类型 says 部件, 事件 or 服务"
    return Columns(header_row=row, at=at, aside=aside, kind=kind)


def kind_named(text: str) -> CategoryKind | None:
    """The one kind that a text names; None when it names none or several."""
    found = {kind for word, kind in _KIND_WORDS.items() if word in text}
    return found.pop() if len(found) == 1 else None


def plain_header(text: str) -> str:
    """A header without spaces, marks and full width."""
    return _SPACES_AND_MARKS.sub("", unicodedata.normalize("NFKC", text))


def _headers(sheet: Sheet, row: int) -> tuple[dict[Column, int], dict[int, str]]:
    at: dict[Column, int] = {}
    aside: dict[int, str] = {}
    for column in range(1, sheet.last_column + 1):
        cell = sheet.cells.get((row, column))
        if cell is None:
            continue
        meaning = _MEANING.get(plain_header(cell.text))
        if meaning is None or meaning in at:
            aside[column] = cell.text
        else:
            at[meaning] = column
    return at, aside


def _kind(sheet: Sheet, header_row: int) -> CategoryKind | None:
    by_name = kind_named(sheet.name)
    if by_name is not None:
        return by_name
    title = " ".join(cell.text for (row, _), cell in sorted(sheet.cells.items()) if row < header_row)
    # A title may name both kinds and say in brackets which of them the sheet holds.
    bracketed = kind_named(" ".join(re.findall(r"[(（]([^()（）]*)[)）]", title)))
    return bracketed or kind_named(title)
