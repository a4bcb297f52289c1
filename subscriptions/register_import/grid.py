"""A file as rows of cells, whatever kind of file it was."""

import datetime as dt
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.enrolments import tidy
from subscriptions.old_encodings import OldEncoding

SHOWN = 80
"""Characters of a value that are shown back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """A cell whose formula failed: `shown` is what Excel shows in it."""

    shown: str


Cell = str | int | float | bool | dt.date | CellError


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, numbered as Excel numbers rows or an editor numbers lines.

    `fault` is set for a line that cannot be split into cells safely; `cells` then
    holds the whole line.
    """

    number: int
    cells: Sequence[Cell]
    fault: str | None = None

    def cell(self, column: int) -> Cell:
        """Return a cell; beyond the end of the row all are empty."""
        return self.cells[column] if column < len(self.cells) else ""

    @property
    def is_blank(self) -> bool:
        """Tell whether there is nothing to read in it."""
        return not any(show(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedCell:
    """A text that a font older than Unicode spelled as `value`, and what it means.

    `column` counts from 0.
    """

    row: int
    column: int
    value: str
    became: str
    font: OldEncoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a file; `name` is empty for a text file.

    `mended` were spelled in an old font and already stand in `rows` as they were meant;
    `unsure` can be read both ways and stand as they came.
    """

    name: str
    rows: Sequence[Row]
    hidden: bool = False
    mended: Sequence[MendedCell] = ()
    unsure: Sequence[MendedCell] = ()


def show(cell: Cell) -> str:
    """Return a cell as the person who typed it would read it, on one line."""
    return tidy(text_of(cell)) if cell != "" else ""


def text_of(cell: Cell) -> str:
    """Return a cell's text with its line breaks; invisible characters are dropped."""
    if isinstance(cell, str) and cell.isprintable():
        return cell
    if isinstance(cell, CellError):
        return cell.shown
    if isinstance(cell, dt.date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float) and math.isfinite(cell) and cell.is_integer():
        return str(int(cell))
    return "".join(c for c in str(cell) if c.isspace() or _is_visible(c))


def shorten(text: str) -> str:
    """Return a value short enough to be shown back."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def letters_of(column: int) -> str:
    """Return Excel's letters for a column counted from 0."""
    letters = ""
    place = column + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
