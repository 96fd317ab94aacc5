"""Files that nobody vouches for: read when they are plain workbooks, refused in words when they are not."""

import datetime
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from hub.edges.duties.workbook import MAX_PART_BYTES, WorkbookError, read_workbook
from tests.edges.duties.workbooks import a_workbook

_SHEET = "xl/worksheets/sheet1.xml"


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one part changed, or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[name] = change(parts.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    return path


def in_sheet(path: Path, old: bytes, new: bytes) -> Path:
    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new, 1)

    return with_part(path, _SHEET, change)


def a_formula(path: Path) -> Path:
    return a_workbook(path, [(1, "设施", 7, "路边钟", "=A1", "甲", "停走", "校准", "4小时")])


def a_bomb(path: Path) -> Path:
    return with_part(a_workbook(path), "xl/media/big.xml", lambda _: bytes(MAX_PART_BYTES + 1))


def many_small_bombs(path: Path) -> Path:
    with zipfile.ZipFile(a_workbook(path), "a", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            archive.writestr(f"xl/big{n}.xml", bytes(MAX_PART_BYTES - 1))
    return path


def a_lying_size(path: Path) -> Path:
    """The archive says that a part is small, and it goes on."""
    with_part(a_workbook(path), "xl/big.xml", lambda _: b"<a>" + b" " * 3_000_000 + b"</a>")
    body = path.read_bytes()
    true, small = (3_000_007).to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert body.count(true) == 2
    path.write_bytes(body.replace(true, small))
    return path


def a_million_empty_rows(path: Path) -> Path:
    rows = b"".join(b'<row r="%d"/>' % n for n in range(10, 1_000_000))
    return in_sheet(a_workbook(path), b"</sheetData>", rows + b"</sheetData>")


def a_sheet_elsewhere(path: Path) -> Path:
    """The same rows in a sheet that lies where no sheet is looked for."""
    a_million_empty_rows(path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(_SHEET)
    with_part(path, "xl/theme/other.xml", lambda _: sheet)
    with_part(path, _SHEET, lambda _: b"<worksheet/>")
    return with_part(
        path, "xl/_rels/workbook.xml.rels", lambda body: body.replace(b"worksheets/sheet1", b"theme/other")
    )


def a_sheet_under_another_name(path: Path) -> Path:
    a_million_empty_rows(path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(_SHEET)
    with_part(path, "xl/worksheets/sheet1.dat", lambda _: sheet)
    with_part(path, _SHEET, lambda _: b"<worksheet/>")
    for part in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        with_part(path, part, lambda body: body.replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.dat"))
    return path


def a_last_row_far_down(path: Path) -> Path:
    return in_sheet(a_workbook(path), b"</sheetData>", b'<row r="1048576"/></sheetData>')


def a_last_column_far_out(path: Path) -> Path:
    cell = b'<row r="9"><c r="XFD9" t="n"><v>1</v></c></row></sheetData>'
    return in_sheet(a_workbook(path), b"</sheetData>", cell)


def entities(path: Path) -> Path:
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return with_part(a_workbook(path), "xl/workbook.xml", lambda body: head + body[body.index(b"<workbook") :])


def laughs(path: Path) -> Path:
    many = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">' + many + b"]>"
    return with_part(a_workbook(path), "xl/styles.xml", lambda body: head + body[body.index(b"<styleSheet") :])


def macros(path: Path) -> Path:
    return with_part(a_workbook(path), "xl/vbaProject.bin", lambda _: b"\xd0\xcf")


def a_password(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    return path


def text(path: Path) -> Path:
    path.write_text("小类代码,小类名称\n", encoding="utf-8")
    return path


def another_archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    return path


def cut_short(path: Path) -> Path:
    a_workbook(path)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def broken_xml(path: Path) -> Path:
    return with_part(a_workbook(path), _SHEET, lambda body: body[: len(body) // 2])


def no_content(path: Path) -> Path:
    return with_part(a_workbook(path), "[Content_Types].xml", lambda _: b"<x/>")


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


HOSTILE = [
    (a_formula, "E3 in xl/worksheets/sheet1.xml holds a formula"),
    (a_bomb, "at most 24000000 are read"),
    (many_small_bombs, "the workbook unpacks to"),
    (a_lying_size, "not readable as a workbook"),
    (a_million_empty_rows, "at most 20000 are read"),
    (a_sheet_elsewhere, "at most 20000 are read"),
    (a_sheet_under_another_name, "no sheet with cells"),
    (a_last_row_far_down, "runs down to row 1048576"),
    (a_last_column_far_out, "too wide"),
    (entities, "xl/workbook.xml declares a document type"),
    (laughs, "xl/styles.xml declares a document type"),
    (macros, "holds macros"),
    (a_password, "an old .xls, or a workbook with a password"),
    (text, "no .xlsx workbook"),
    (another_archive, "holds no xl/workbook.xml"),
    (cut_short, "no .xlsx workbook"),
    (broken_xml, "not readable as a workbook"),
    (no_content, "not readable as a workbook"),
    (a_folder, "there is no file"),
    (lambda path: path, "there is no file"),
]


@pytest.mark.parametrize(("make", "reason"), HOSTILE, ids=[getattr(make, "__name__", "") for make, _ in HOSTILE])
def test_a_hostile_file_is_refused_in_words_and_costs_little(
    make: Callable[[Path], Path], reason: str, tmp_path: Path
) -> None:
    path = make(tmp_path / "list.xlsx")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(WorkbookError) as refused:
        read_workbook(path)
    assert reason in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert time.process_time() - started < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


def test_cells_are_read_as_a_person_reads_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "部件"
    page.append([1, 1.0, 2.5, " 甲 ", True, datetime.date(2026, 1, 2), None, "'=x"])
    page["A1"].number_format = "00"
    book.create_sheet("旧").sheet_state = "hidden"
    book.save(tmp_path / "list.xlsx")
    sheet, hidden = read_workbook(tmp_path / "list.xlsx")
    assert [(cell.text, cell.odd) for _, cell in sorted(sheet.cells.items())] == [
        ("01", ""),
        ("1", ""),
        ("2.5", ""),
        ("甲", ""),
        ("True", "a yes/no value"),
        ("2026-01-02 00:00:00", "a date or time"),
        ("'=x", ""),
    ]
    assert hidden.hidden
    assert not sheet.hidden


def test_a_merged_cell_points_to_its_first(tmp_path: Path) -> None:
    (sheet,) = read_workbook(a_workbook(tmp_path / "list.xlsx", merged=("E3:F4",)))
    assert {at: sheet.merged[at] for at in ((3, 6), (4, 5), (4, 6))} == dict.fromkeys([(3, 6), (4, 5), (4, 6)], (3, 5))
    assert (3, 5) not in sheet.merged
