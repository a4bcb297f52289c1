"""Workbooks for Excel: any tables, written row by row.

Names and addresses come from residents and may begin with "=", "+", "-" or "@". They
are written as text cells, never guessed at: Excel computes only formula cells, so the
text stays letter for letter what was entered. An apostrophe before it, which a CSV
file would need, would here be read as a part of the name.
"""

import enum
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

LONGEST_TEXT = 32_767
"""The most characters Excel takes in a cell; xlsxwriter drops longer texts whole."""

IN_MEMORY = 1 << 20
"""Bytes of a finished workbook that stay in memory; a larger one goes to disk."""

Cell = str | int | None


class Style(enum.StrEnum):
    """How the numbers of a column are shown; texts are texts in any column."""

    TEXT = "@"
    NUMBER = "#,##0"
    VND = '#,##0"đ"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its header as people read it, its style, its width in characters."""

    header: str
    style: Style = Style.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: its name of at most 31 characters, its columns, its rows."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Iterable[Sheet]) -> IO[bytes]:
    """Write sheets one after the other and return the file, rewound.

    Rows are taken as they come: one of them at a time lies in memory, the rest on
    disk. Close the file when it is sent.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the sender closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    for sheet in sheets:
        _write(book, sheet)
    book.close()
    file.seek(0)
    return file


def _write(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 0)
    formats = []
    bold = book.add_format({"bold": True})
    for place, column in enumerate(sheet.columns):
        formats.append(book.add_format({"num_format": column.style.value}))
        page.set_column(place, place, column.width)
        page.write_string(0, place, column.header, bold)
    for number, row in enumerate(sheet.rows, start=1):
        for place, cell in enumerate(row):
            _write_cell(page, number, place, cell, formats[place])


def _write_cell(page: Any, row: int, column: int, cell: Cell, style: Any) -> None:
    if isinstance(cell, int):
        page.write_number(row, column, cell, style)
    elif cell is not None:
        page.write_string(row, column, cell[:LONGEST_TEXT])
