"""A list as it came, with what is wrong in it beside each row: for its file back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from subscriptions.register_import.columns import Columns, find_columns
from subscriptions.register_import.files import read_sheets
from subscriptions.register_import.fonts import mend_fonts
from subscriptions.register_import.grid import Cell, letters_of
from subscriptions.register_import.plans import HeldPhone
from subscriptions.register_import.values import Duplicate, Fault

Finding = Fault | Duplicate | HeldPhone


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalRow:
    """A row with its number, its cells, what is wrong and where.

    `faulty` are columns from 0, empty when the whole line is meant. `is_heading` is
    True for the one row of headings under which the people begin.
    """

    number: int
    cells: Sequence[Cell]
    is_heading: bool
    findings: Sequence[Finding]
    faulty: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The sheet that was read: how many columns it has at its widest, and its rows."""

    width: int
    rows: Iterator[OriginalRow]


def read_original(data: bytes, sheet: str, findings: Iterable[Finding]) -> Original:
    """Return the sheet of a file that was read, row by row in its own order.

    Texts typed in an old font stand as they were meant. Raises RegisterError.
    """
    named = (found for found in read_sheets(data) if found.name == sheet)
    read = mend_fonts(next(found for found in named if not found.hidden))
    columns = find_columns(read.rows)
    by_row: dict[int, list[Finding]] = {}
    for found in findings:
        by_row.setdefault(found.row, []).append(found)
    return Original(
        width=max((len(row.cells) for row in read.rows), default=0),
        rows=(
            OriginalRow(
                number=row.number,
                cells=row.cells,
                is_heading=columns is not None and row.number == columns.last_row,
                findings=by_row.get(row.number, ()),
                faulty=frozenset(_places(by_row.get(row.number, ()), columns)),
            )
            for row in read.rows
        ),
    )


def _places(findings: Iterable[Finding], columns: Columns | None) -> Iterator[int]:
    if columns is None:
        return
    for found in findings:
        for column in range(columns.width):
            if found.cell:
                is_it = found.cell == f"{letters_of(column)}{found.row}"
            else:
                is_it = found.column == columns.heading(column)
            if is_it:
                yield column
