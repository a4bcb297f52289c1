"""A leader's list given back with what is wrong beside each row, to be put right."""

import datetime as dt
import math
import tempfile
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from broadcaster.services.register_uploads import Preview
from broadcaster.services.workbooks import IN_MEMORY, LONGEST_TEXT
from subscriptions.register_import import (
    Cell,
    CellError,
    Finding,
    OriginalRow,
    read_original,
)
from templates import read_words

_MARK = "#FFE08A"
_ADDED = {"back.row": 8, "back.fault": 40, "back.help": 70}
"""The columns put after the list's own, and their widths in characters."""


def faulty_list(shown: Preview) -> IO[bytes]:
    """Write the list as it came, faulty cells marked; return the file, rewound.

    Every row keeps its number, so that the file can be put right and sent again. Texts
    are text cells: a name that begins with "=" is never computed. One row at a time
    lies in memory; close the file when it is sent.
    """
    reading = shown.reading
    findings: list[Finding] = [*reading.faults, *reading.duplicates, *shown.plan.held]
    original = read_original(shown.upload.content or b"", reading.sheet, findings)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the sender closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    page = _Page(
        page=book.add_worksheet(read_words("register")["back.sheet"]),
        formats={
            (is_marked, is_day): book.add_format(
                {
                    "num_format": "dd/mm/yyyy" if is_day else "@",
                    **({"bg_color": _MARK} if is_marked else {}),
                }
            )
            for is_marked in (False, True)
            for is_day in (False, True)
        },
        width=original.width,
    )
    page.set_widths()
    for row in original.rows:
        page.write(row)
    book.close()
    file.seek(0)
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The sheet being written, row after row."""

    page: Any
    formats: dict[tuple[bool, bool], Any]
    width: int

    def set_widths(self) -> None:
        """Make room for what is added."""
        for place, width in enumerate(_ADDED.values(), start=self.width):
            self.page.set_column(place, place, width)

    def write(self, row: OriginalRow) -> None:
        """Write a row of the list and, after it, what is wrong in it."""
        for column, cell in enumerate(row.cells):
            is_marked = column in row.faulty or bool(row.findings and not row.faulty)
            self._write(row.number - 1, column, cell, is_marked=is_marked)
        for place, text in enumerate(_added(row), start=self.width):
            self._write(row.number - 1, place, text, is_marked=False)

    def _write(self, row: int, column: int, cell: Cell, *, is_marked: bool) -> None:
        style = self.formats[is_marked, isinstance(cell, dt.date)]
        if isinstance(cell, CellError):
            cell = cell.shown
        if isinstance(cell, bool):
            self.page.write_boolean(row, column, cell, style)
        elif isinstance(cell, dt.date):
            self.page.write_datetime(row, column, cell, style)
        elif isinstance(cell, str) or not math.isfinite(cell):
            self.page.write_string(row, column, str(cell)[:LONGEST_TEXT], style)
        else:
            marked = style if is_marked else None
            self.page.write_number(row, column, cell, marked)


def _added(row: OriginalRow) -> tuple[Cell, ...]:
    words = read_words("register")
    if row.is_heading:
        return tuple(words[name] for name in _ADDED)
    if not row.findings:
        return ()
    faults = "; ".join(map(_fault, row.findings))
    return row.number, faults, " ".join(found.help for found in row.findings)


def _fault(found: Finding) -> str:
    return ": ".join(filter(None, [found.column, found.value]))
