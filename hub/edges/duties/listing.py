"""Reads the rows of a duty list (职责清单) into entries. It must never lose a row: each is imported or has a reason."""

import re
import unicodedata
from collections.abc import Callable, Iterator

import msgspec

from hub.edges.duties.columns import Column, Columns, find_columns, kind_named, plain_header
from hub.edges.duties.conditions import digest_of, short_words
from hub.edges.duties.limits import Limit, read_limit
from hub.edges.duties.workbook import Cell, Sheet, cell_name
from hub.vocabulary.terms import CategoryKind

ReadUnits = Callable[[str], tuple[str, ...]]

_CODE = re.compile(r"(?:(\d{1,2})[-_. ])?(\d{1,5})", re.ASCII)
_NOTE = re.compile(r"^(?:注|备注|说明|合计|总计|小计|填表|制表)")
_CLASS_DIGITS = 2
#: Columns whose blank cells say what the cell above says.
_INHERITED = (Column.CLASS_CODE, Column.CLASS_NAME, Column.CODE, Column.NAME, Column.KIND)
_OF_SUBCLASS = (Column.UNITS, Column.SUPERVISORS, Column.LIMIT)


class Remark(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something to tell about a cell."""

    sheet: str
    cell: str
    reason: str


class ListedClause(msgspec.Struct, kw_only=True):
    """One row of the list."""

    digest: str
    said: tuple[str, ...]
    limit: Limit
    #: Where it stands: sheet and cell.
    source: str
    aside: dict[str, str]


class ListedDuty(msgspec.Struct, kw_only=True):
    """One subclass of the list."""

    kind: CategoryKind
    code: str
    name: str
    units: tuple[str, ...]
    supervisors: tuple[str, ...]
    source: str
    units_source: str
    supervisors_source: str
    clauses: list[ListedClause] = []


class Listing(msgspec.Struct, kw_only=True):
    """A whole workbook, every row of it accounted for."""

    duties: dict[str, ListedDuty] = {}
    #: Class names by kind and class code.
    classes: dict[CategoryKind, dict[str, str]] = {}
    rows: int = 0
    imported: int = 0
    skipped: list[Remark] = []
    notes: list[Remark] = []


def read_listing(sheets: tuple[Sheet, ...], units: ReadUnits, digits: int = 2) -> Listing:
    """Every row of every sheet. `digits` are those of a subclass code: 2, or 3 from GB/T 47678.5 on."""
    listing = Listing()
    for sheet in sheets:
        columns = find_columns(sheet)
        if sheet.hidden or isinstance(columns, str):
            reason = "the sheet is hidden" if sheet.hidden else str(columns)
            if sheet.cells:
                listing.skipped.append(Remark(sheet=sheet.name, cell="", reason=f"whole sheet: {reason}"))
            continue
        for number, header in sorted(columns.aside.items()):
            cell = cell_name(columns.header_row, number)
            listing.notes.append(Remark(sheet=sheet.name, cell=cell, reason=f"column `{header[:40]}` is kept aside"))
        _Rows(sheet, columns, listing, units, digits).read()
    return listing


class _Refused(Exception):
    """A row that cannot be imported."""

    def __init__(self, column: Column | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


class _Rows:
    """The rows of one sheet, with what their blank cells inherit."""

    def __init__(self, sheet: Sheet, columns: Columns, listing: Listing, units: ReadUnits, digits: int) -> None:
        self._sheet = sheet
        self._columns = columns
        self._listing = listing
        self._units = units
        self._digits = digits
        self._by_row: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in sheet.cells.items():
            self._by_row.setdefault(row, {})[column] = cell
        header = self._by_row[columns.header_row]
        self._headers = {plain_header(header[column].text) for column in columns.at.values()}
        self._above: dict[Column, tuple[int, Cell]] = {}
        self._class = ""
        self._subclass = ""

    def read(self) -> None:
        for row in self._filled_rows():
            self._listing.rows += 1
            try:
                self._take(row)
            except _Refused as refused:
                at = self._columns.at
                cell = "" if refused.column is None else cell_name(row, at.get(refused.column, 1))
                self._listing.skipped.append(
                    Remark(sheet=self._sheet.name, cell=cell or f"row {row}", reason=refused.reason)
                )
            else:
                self._listing.imported += 1

    def _filled_rows(self) -> Iterator[int]:
        """Rows below the header with a cell of their own; those that only continue a merged cell are none."""
        yield from sorted(row for row in self._by_row if row > self._columns.header_row)

    def _take(self, row: int) -> None:
        self._refuse_other_rows(row)
        self._start_subclass(row)
        kind, code, name = self._identity(row)
        duty = self._duty(row, kind, code, name)
        condition_at, condition = self._own(row, Column.CONDITION)
        if condition is None:
            raise _Refused(Column.CONDITION, "no filing condition (立案条件)")
        limit_at, text = self._cell(row, Column.LIMIT)
        if text is None:
            raise _Refused(Column.LIMIT, "no time limit (处置时限)")
        limit = read_limit(text.text) if not text.odd else f"the limit is {text.odd}"
        if isinstance(limit, str):
            raise _Refused(Column.LIMIT, limit)
        if limit.rest:
            self._note(limit_at, Column.LIMIT, f"`{limit.rest[:20]}` behind the limit is left out")
        duty.clauses.append(
            ListedClause(
                digest=digest_of(condition.text),
                said=short_words(condition.text),
                limit=limit,
                source=self._source(condition_at, Column.CONDITION),
                aside=self._aside(row),
            )
        )
        self._listing.duties.setdefault(f"{kind}-{code}", duty)

    def _refuse_other_rows(self, row: int) -> None:
        """Headers printed again on each page, remarks below the list."""
        cells = self._by_row[row]
        headers = {plain_header(cell.text) for cell in cells.values()}
        first = cells[min(cells)].text
        if len(headers) > 1 and headers <= self._headers:
            raise _Refused(None, "the headers again")
        if len(cells) == 1 and _NOTE.match(first):
            raise _Refused(None, "a remark, no duty")

    def _start_subclass(self, row: int) -> None:
        """A new class or subclass does not inherit the units, and a new class not the subclass, of what is above."""
        own_class = self._own(row, Column.CLASS_CODE)[1] or self._own(row, Column.CLASS_NAME)[1]
        own_code = self._own(row, Column.CODE)[1] or self._own(row, Column.NAME)[1]
        if own_class is not None and own_class.text != self._class:
            self._class = own_class.text
            self._forget(Column.CODE, Column.NAME, *_OF_SUBCLASS)
        if own_code is not None and own_code.text != self._subclass:
            self._subclass = own_code.text
            self._forget(Column.CODE, Column.NAME, *_OF_SUBCLASS)
        for column in (*_INHERITED, *_OF_SUBCLASS):
            at, cell = self._own(row, column)
            if cell is not None:
                self._above[column] = (at, cell)

    def _forget(self, *columns: Column) -> None:
        for column in columns:
            self._above.pop(column, None)

    def _identity(self, row: int) -> tuple[CategoryKind, str, str]:
        kind = self._columns.kind
        if kind is None:
            named = self._cell(row, Column.KIND)[1]
            kind = kind_named(named.text) if named is not None else None
            if kind is None:
                raise _Refused(Column.KIND, "neither 部件 nor 事件 nor 服务")
        code = self._code(row)
        name = self._cell(row, Column.NAME)[1]
        if name is None:
            raise _Refused(Column.NAME, "no subclass name (小类名称)")
        class_name = self._cell(row, Column.CLASS_NAME)[1]
        if class_name is not None:
            names = self._listing.classes.setdefault(kind, {})
            first = names.setdefault(code[:_CLASS_DIGITS], _line(class_name.text))
            if first != _line(class_name.text):
                self._note(row, Column.CLASS_NAME, f"class {code[:_CLASS_DIGITS]} is called `{first}` above")
        return kind, code, _line(name.text)

    def _code(self, row: int) -> str:
        """Class and subclass digits; zeros that a number lost come back."""
        cell = self._cell(row, Column.CODE)[1]
        if cell is None:
            raise _Refused(Column.CODE, "no subclass code (小类代码)")
        text = unicodedata.normalize("NFKC", cell.text).strip()
        match = _CODE.fullmatch(text) if not cell.odd else None
        if match is None:
            raise _Refused(Column.CODE, f"`{text[:20]}` is {cell.odd or 'no code'}; expected digits, such as 01")
        major, minor = match[1], match[2]
        if major is None and len(minor) > self._digits:
            whole = minor.zfill(_CLASS_DIGITS + self._digits)
            if len(whole) > _CLASS_DIGITS + self._digits:
                raise _Refused(Column.CODE, f"`{text}` has too many digits; {_CLASS_DIGITS} + {self._digits} expected")
            return whole
        if major is None:
            class_cell = self._cell(row, Column.CLASS_CODE)[1]
            major = "" if class_cell is None else unicodedata.normalize("NFKC", class_cell.text).strip()
            if not re.fullmatch(r"\d{1,2}", major, re.ASCII):
                raise _Refused(Column.CLASS_CODE, f"`{major[:20]}` is no class code (大类代码); expected two digits")
        return major.zfill(_CLASS_DIGITS) + minor.zfill(self._digits)

    def _duty(self, row: int, kind: CategoryKind, code: str, name: str) -> ListedDuty:
        known = self._listing.duties.get(f"{kind}-{code}")
        units_at, units = self._cell(row, Column.UNITS)
        if units is None:
            raise _Refused(Column.UNITS, "no unit that handles it (处置单位)")
        supervisors_at, supervisors = self._cell(row, Column.SUPERVISORS)
        handled = self._units(units.text)
        watched = () if supervisors is None else self._units(supervisors.text)
        if known is None:
            return ListedDuty(
                kind=kind,
                code=code,
                name=name,
                units=handled,
                supervisors=watched,
                source=self._source(row, Column.CODE),
                units_source=self._source(units_at, Column.UNITS),
                supervisors_source="" if supervisors is None else self._source(supervisors_at, Column.SUPERVISORS),
            )
        if known.name != name:
            raise _Refused(Column.CODE, f"{kind} {code} is `{known.name}` in {known.source} already")
        if (known.units, known.supervisors) != (handled, watched):
            raise _Refused(Column.UNITS, f"other units than in {known.units_source}; one subclass has one set of units")
        return known

    def _own(self, row: int, column: Column) -> tuple[int, Cell | None]:
        """What stands in a cell itself, or in the merged cell that it is part of."""
        at = self._columns.at.get(column)
        if at is None:
            return row, None
        position = self._sheet.merged.get((row, at), (row, at))
        return position[0], self._sheet.cells.get(position) if position[0] > self._columns.header_row else None

    def _cell(self, row: int, column: Column) -> tuple[int, Cell | None]:
        """As `_own`, or what a cell inherits from above."""
        at, own = self._own(row, column)
        if own is not None:
            return at, own
        above = self._above.get(column)
        return (row, None) if above is None else above

    def _aside(self, row: int) -> dict[str, str]:
        aside = {}
        for number, header in self._columns.aside.items():
            cell = self._sheet.cells.get(self._sheet.merged.get((row, number), (row, number)))
            if cell is not None:
                aside[header] = cell.text
        return aside

    def _source(self, row: int, column: Column) -> str:
        return f"{self._sheet.name}!{cell_name(row, self._columns.at[column])}"

    def _note(self, row: int, column: Column, reason: str) -> None:
        cell = cell_name(row, self._columns.at[column])
        self._listing.notes.append(Remark(sheet=self._sheet.name, cell=cell, reason=reason))


def _line(text: str) -> str:
    return "".join(text.split())
