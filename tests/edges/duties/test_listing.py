"""Rows as cities really write them: each becomes a clause, or is listed with its cell and the reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.edges.duties.listing import Listing, read_listing
from hub.edges.duties.units import Units
from hub.edges.duties.workbook import read_workbook
from hub.vocabulary.terms import CategoryKind
from tests.builders import a_city
from tests.edges.duties.workbooks import HEADERS, ROWS, a_workbook

CLOCK = (1, "设施", 7, "路边钟", "甲、乙", "丙", "停走、不准", "校准", "4小时")


def listing_of(path: Path, *args: Any, digits: int = 2, **fields: Any) -> Listing:
    return read_listing(read_workbook(a_workbook(path, *args, **fields)), Units(a_city()).read, digits)


def row(**changed: Any) -> tuple[Any, ...]:
    """A whole row with some cells changed, by header."""
    names = dict(
        zip(("class", "class_name", "code", "name", "units", "over", "when", "done", "limit"), CLOCK, strict=True)
    )
    return tuple({**names, **changed}.values())


def test_blank_cells_say_what_is_above(tmp_path: Path) -> None:
    listing = listing_of(tmp_path / "list.xlsx")
    assert (listing.rows, listing.imported, listing.skipped) == (2, 2, [])
    (duty,) = listing.duties.values()
    assert (duty.kind, duty.code, duty.name, duty.source) == (CategoryKind.COMPONENT, "0107", "路边钟", "部件!C3")
    assert [(clause.said, clause.limit.amount, clause.source) for clause in duty.clauses] == [
        (("停走", "不准"), 4, "部件!G3"),
        (("钟面脏",), 2, "部件!G4"),
    ]
    assert listing.classes == {CategoryKind.COMPONENT: {"01": "设施"}}


CODES = [
    (1, 7, "0107"),
    ("1", "7", "0107"),
    ("01", "07", "0107"),
    ("０１", "０７", "0107"),
    (1.0, 7.0, "0107"),
    (None, "01-07", "0107"),
    (None, "0107", "0107"),
    (1, 107, "0107"),
]


@pytest.mark.parametrize(("major", "minor", "code"), CODES)
def test_codes_are_numbers_or_text(major: Any, minor: Any, code: str, tmp_path: Path) -> None:
    listing = listing_of(tmp_path / "list.xlsx", [row(**{"class": major}, code=minor)])
    assert [duty.code for duty in listing.duties.values()] == [code], listing.skipped


def test_subclasses_of_three_digits(tmp_path: Path) -> None:
    listing = listing_of(tmp_path / "list.xlsx", [row(**{"class": 6}, code=10)], digits=3)
    assert list(listing.duties) == ["component-06010"]


def test_columns_are_found_by_their_headers_in_any_order(tmp_path: Path) -> None:
    headers = (
        "序号",
        "办结 时限",
        "立案标准",
        "责任主体",
        "监管主体",
        "小类编码",
        "小类",
        "大类编码",
        "大 类\n名称",
        "照片",
    )
    line = (1, "4小时", "停走", "甲", "丙", 7, "路边钟", 1, "设施", "见附件")
    listing = listing_of(tmp_path / "list.xlsx", [line], headers=headers)
    (duty,) = listing.duties.values()
    assert (duty.code, duty.name, len(duty.units), len(duty.supervisors)) == ("0107", "路边钟", 1, 1)
    assert duty.clauses[0].aside == {"序号": "1", "照片": "见附件"}
    assert [note.reason for note in listing.notes] == ["column `序号` is kept aside", "column `照片` is kept aside"]


def test_merged_cells_hold_for_all_their_rows(tmp_path: Path) -> None:
    rows = [
        row(),
        (None, None, None, None, None, None, "钟面脏", "擦净", None),
        (None, None, None, None, None, None, None, None, None),
        row(code=8, name="路边钟架", when="倾倒", limit="1天"),
    ]
    merged = ("A3:A6", "B3:B6", "C3:C5", "D3:D5", "E3:E5", "F3:F5", "G4:G5", "H4:H5", "I3:I4")
    listing = listing_of(tmp_path / "list.xlsx", rows, merged=merged)
    assert (listing.rows, listing.imported) == (3, 3)
    first, second = listing.duties.values()
    assert [clause.limit.amount for clause in first.clauses] == [4, 4]
    assert [clause.limit.amount for clause in second.clauses] == [1]


def test_a_new_subclass_does_not_inherit_units(tmp_path: Path) -> None:
    listing = listing_of(
        tmp_path / "list.xlsx", [row(), row(**{"class": None}, class_name=None, code=8, name="钟架", units=None)]
    )
    assert [(remark.cell, remark.reason) for remark in listing.skipped] == [
        ("E4", "no unit that handles it (处置单位)")
    ]


def test_sheets_by_kind_and_others_are_told(tmp_path: Path) -> None:
    more = (("事件", [row(name="钟声扰民")]), ("说明", []), ("Sheet4", [row()]))
    listing = listing_of(tmp_path / "list.xlsx", more=more)
    assert list(listing.duties) == ["component-0107", "event-0107"]
    assert [remark.sheet for remark in listing.skipped] == ["说明", "Sheet4"]
    assert all(remark.reason.startswith("whole sheet: neither") for remark in listing.skipped)


def test_a_kind_column_or_a_title_says_the_kind(tmp_path: Path) -> None:
    headers = ("类型", *HEADERS)
    listing = listing_of(tmp_path / "a.xlsx", [("事件", *row()), ("服务", *row())], headers=headers, sheet="清单")
    assert list(listing.duties) == ["event-0107", "service-0107"]
    titled = listing_of(tmp_path / "b.xlsx", [row()], sheet="清单", title="部件事件处置责任分解表(事件类)")
    assert list(titled.duties) == ["event-0107"]


REFUSED: list[tuple[Sequence[tuple[Any, ...]], str, str]] = [
    ([row(code="七")], "C3", "`七` is no code"),
    ([row(code=None)], "C3", "no subclass code"),
    ([row(code="1234567")], "C3", "is no code"),
    ([row(code=12345)], "C3", "too many digits"),
    ([row(**{"class": "甲"})], "A3", "`甲` is no class code"),
    ([row(name=None)], "D3", "no subclass name"),
    ([row(units=None)], "E3", "no unit that handles it"),
    ([row(when=None)], "G3", "no filing condition"),
    ([row(limit=None)], "I3", "no time limit"),
    ([row(limit="立即")], "I3", "`立即` is no limit"),
    ([row(), row(name="别的")], "C4", "component 0107 is `路边钟` in 部件!C3 already"),
    ([row(), row(units="丁")], "E4", "other units than in 部件!E3"),
    ([row(), HEADERS], "row 4", "the headers again"),
    ([row(), ("注：以上为准",)], "row 4", "a remark, no duty"),
]


@pytest.mark.parametrize(("rows", "cell", "reason"), REFUSED, ids=[reason for _, _, reason in REFUSED])
def test_a_row_that_cannot_be_imported_is_listed(
    rows: Sequence[tuple[Any, ...]], cell: str, reason: str, tmp_path: Path
) -> None:
    listing = listing_of(tmp_path / "list.xlsx", rows)
    assert listing.rows == len(rows) == listing.imported + len(listing.skipped)
    (remark,) = listing.skipped
    assert (remark.sheet, remark.cell) == ("部件", cell)
    assert reason in remark.reason


@pytest.mark.parametrize("missing", ["小类代码", "小类名称", "处置单位", "立案条件", "处置时限"])
def test_a_sheet_without_a_needed_column_says_which(missing: str, tmp_path: Path) -> None:
    headers = ["" if header == missing else header for header in HEADERS]
    listing = listing_of(tmp_path / "list.xlsx", ROWS, headers=headers)
    (remark,) = listing.skipped
    assert f"row 2 has no header for {missing}" in remark.reason


def test_what_stands_behind_a_limit_is_told(tmp_path: Path) -> None:
    listing = listing_of(tmp_path / "list.xlsx", [row(limit="1紧急工作时制止")])
    assert [(note.cell, note.reason) for note in listing.notes] == [("I3", "`制止` behind the limit is left out")]
