"""Opens an .xlsx that nobody vouches for and hands over its cells. It must never run, follow or unpack without a limit.

The parts of the archive are counted and looked through first, and openpyxl is handed a copy of those parts only: a
small, plain workbook without pictures, macros or links.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
from lxml import etree
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from hub.settings import SettingsError

MAX_FILE_BYTES = 20_000_000
MAX_PARTS = 500
MAX_PART_BYTES = 24_000_000
MAX_UNPACKED_BYTES = 48_000_000
MAX_ROW = 20_000
MAX_COLUMN = 200
MAX_CELLS = 400_000

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_LETTERS = re.compile(r"[A-Z]{1,3}")
_ZEROS = re.compile(r"0{2,6}")
#: What openpyxl raises, by experience, for archives that are no workbook or a broken one.
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, ValueError, TypeError, AttributeError,
    IndexError, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip


class WorkbookError(SettingsError):
    """A file that is refused; the message says why and what to do."""


class Cell(msgspec.Struct, frozen=True):
    """What stands in a cell, as a person reads it. `odd` names a type that no duty list has, such as a date."""

    text: str
    odd: str = ""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of a sheet by (row, column), counted from 1; merged cells all have the text of the first."""

    name: str
    hidden: bool
    cells: Mapping[tuple[int, int], Cell]
    #: Cells that repeat the first cell of a merged range → that first cell.
    merged: Mapping[tuple[int, int], tuple[int, int]]
    last_row: int
    last_column: int


def read_workbook(path: Path) -> tuple[Sheet, ...]:
    """The sheets of a workbook. Raises WorkbookError for whatever is no plain .xlsx of reasonable size."""
    _look_at_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _look_at_parts(archive)
            plain = _plain_copy(archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(plain, keep_links=False, rich_text=False)
        sheets = tuple(_sheet(sheet) for sheet in book.worksheets)
    except WorkbookError:
        raise
    except _BROKEN as error:
        raise WorkbookError(f"{path.name}: not readable as a workbook: {type(error).__name__}") from error
    if not sheets:
        raise WorkbookError(f"{path.name}: the workbook has no sheet with cells")
    return sheets


def cell_name(row: int, column: int) -> str:
    """A cell as people name it, such as E3."""
    return f"{get_column_letter(column)}{row}"


def _look_at_file(path: Path) -> None:
    if not path.is_file():
        raise WorkbookError(f"there is no file {path}")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise WorkbookError(f"{path.name}: {size} bytes; a duty list has at most {MAX_FILE_BYTES}")
    with path.open("rb") as file:
        start = file.read(len(_OLD_OFFICE))
    if start == _OLD_OFFICE:
        raise WorkbookError(
            f"{path.name}: an old .xls, or a workbook with a password; open it and save it as .xlsx without a password"
        )
    if not zipfile.is_zipfile(path):
        raise WorkbookError(f"{path.name}: no .xlsx workbook; save the list as .xlsx")


def _look_at_parts(archive: zipfile.ZipFile) -> None:
    """Numbers and sizes first: nothing is unpacked yet."""
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if "xl/workbook.xml" not in names:
        raise WorkbookError("no .xlsx workbook: the archive holds no xl/workbook.xml; save the list as .xlsx")
    if len(parts) > MAX_PARTS:
        raise WorkbookError(f"{len(parts)} parts in the workbook; at most {MAX_PARTS} are read")
    if len(set(names)) != len(names):
        raise WorkbookError("the workbook holds two parts of one name")
    if any(part.flag_bits & 1 for part in parts):
        raise WorkbookError("the workbook has a password; save it without one")
    if any("vbaproject" in name.lower() or name.lower().startswith("xl/macrosheets/") for name in names):
        raise WorkbookError("the workbook holds macros; save it as .xlsx without macros")
    for part in parts:
        if part.file_size > MAX_PART_BYTES:
            raise WorkbookError(f"{part.filename} unpacks to {part.file_size} bytes; at most {MAX_PART_BYTES} are read")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES:
        raise WorkbookError(f"the workbook unpacks to {unpacked} bytes; at most {MAX_UNPACKED_BYTES} are read")


def _plain_copy(archive: zipfile.ZipFile) -> io.BytesIO:
    """The parts that are XML, each looked through: none declares entities, no sheet holds a formula or runs on."""
    cells = 0
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as plain:
        for part in archive.infolist():
            if not part.filename.endswith((".xml", ".rels")):
                continue
            body = archive.read(part)
            cells += _look_through(part.filename, body)
            if cells > MAX_CELLS:
                raise WorkbookError(f"more than {MAX_CELLS} cells; delete what does not belong to the list")
            plain.writestr(part.filename, body)
    copy.seek(0)
    return copy


def _look_through(name: str, body: bytes) -> int:
    """The number of cells of a part; anything that is refused raises."""
    cells = row = column = 0
    is_sheet = first = False
    for event, element in etree.iterparse(
        io.BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    ):
        if not first:
            first = True
            # By what it is and not by where it lies: a workbook may keep its sheets anywhere.
            is_sheet = etree.QName(element).localname == "worksheet"
            if element.getroottree().docinfo.doctype:
                raise WorkbookError(f"{name} declares a document type; entities are not allowed")
        if event == "end":
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            continue
        if not is_sheet:
            continue
        tag = etree.QName(element).localname
        if tag == "row":
            row = _row_number(element, row)
        elif tag == "c":
            cells += 1
            column = _column_number(element)
            if column > MAX_COLUMN or cells > MAX_CELLS:
                raise WorkbookError(f"{name} is too wide; at most {MAX_COLUMN} columns and {MAX_CELLS} cells are read")
        elif tag == "f":
            where = cell_name(row, column) if row and column else name
            raise WorkbookError(f"{where} in {name} holds a formula; copy the sheet and paste it as values")
    return cells


def _row_number(element: Any, before: int) -> int:
    given = element.get("r", "")
    row = int(given) if given.isdecimal() and len(given) < 9 else before + 1
    if row > MAX_ROW:
        raise WorkbookError(
            f"a sheet runs down to row {row} or further; at most {MAX_ROW} are read: delete the rows below the list"
        )
    return row


def _column_number(element: Any) -> int:
    letters = _LETTERS.match(element.get("r", ""))
    return column_index_from_string(letters.group()) if letters else 1


def _sheet(sheet: Any) -> Sheet:
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        raise WorkbookError(f"sheet {sheet.title}: more than {MAX_CELLS} cells between the first and the last")
    cells = {
        (cell.row, cell.column): Cell(*_read(cell))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and _read(cell)[0]
    }
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    for span in sheet.merged_cells.ranges:
        anchor = (span.min_row, span.min_col)
        for row in range(span.min_row, min(span.max_row, MAX_ROW) + 1):
            for column in range(span.min_col, min(span.max_col, MAX_COLUMN) + 1):
                if (row, column) != anchor:
                    merged[row, column] = anchor
    return Sheet(
        name=sheet.title,
        hidden=sheet.sheet_state != "visible",
        cells=cells,
        merged=merged,
        last_row=sheet.max_row,
        last_column=sheet.max_column,
    )


def _read(cell: Any) -> tuple[str, str]:
    """A cell's text, and the name of its type when no duty list has such cells."""
    value = cell.value
    if isinstance(value, bool):
        return str(value), "a yes/no value"
    if isinstance(value, int | float):
        whole = int(value) if float(value).is_integer() and abs(value) < 1e12 else None
        zeros = _ZEROS.fullmatch(cell.number_format or "")
        if whole is None:
            return f"{value:g}", ""
        return (str(whole).zfill(len(zeros.group())) if zeros else str(whole)), ""
    if isinstance(value, date | time | timedelta):
        return str(value), "a date or time"
    if cell.data_type == "e":
        return str(value), "an error value"
    return str(value).strip(), ""
