"""Lists typed in fonts older than Unicode: a file is in one, so its columns decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from subscriptions.old_encodings import (
    FONTS,
    OldEncoding,
    decode,
    find_encoding,
    has_two_readings,
    repair,
)
from subscriptions.register_import.columns import HEADER_WITHIN, find_columns
from subscriptions.register_import.grid import Cell, MendedCell, Row, Sheet


def mend_fonts(sheet: Sheet) -> Sheet:
    """Return the sheet as it was meant, with what was changed and what is unsure.

    Headings are judged row by row, people column by column: a single short word can be
    Vietnamese in two fonts, its column seldom. Where a column holds both old and new
    spelling, only the cells that are sure by themselves are read anew.
    """
    top = [_mend_row(row) for row in sheet.rows[: HEADER_WITHIN + 1]]
    columns = find_columns(top)
    if columns is None:
        return replace(sheet, rows=[*top, *sheet.rows[len(top) :]])
    heads = [row for row in top if row.number <= columns.last_row]
    body = sheet.rows[len(heads) :]
    texts = _by_column(body)
    fonts = _fonts_of(texts)
    mended: list[MendedCell] = []
    unsure: list[MendedCell] = []
    for column, cells in texts.items():
        if column in fonts:
            mended += _read_anew(cells, column, fonts[column])
        else:
            alone = list(_sure_alone(cells, column))
            mended += alone
            unsure += _with_two_readings(cells, column, alone)
    return replace(
        sheet,
        rows=[*heads, *_with_mended(body, mended)],
        mended=sorted(mended, key=lambda cell: (cell.row, cell.column)),
        unsure=unsure,
    )


Texts = Sequence[tuple[int, str]]
"""Row numbers, with the texts of a column that are more than ASCII."""


def _mend_row(row: Row) -> Row:
    texts = [cell for cell in row.cells if isinstance(cell, str)]
    font = find_encoding(texts)
    if row.fault or font is None:
        return row
    return replace(row, cells=[_decoded(cell, font) for cell in row.cells])


def _decoded(cell: Cell, font: OldEncoding) -> Cell:
    if not isinstance(cell, str):
        return cell
    return decode(cell, font) or cell


def _by_column(rows: Sequence[Row]) -> dict[int, list[tuple[int, str]]]:
    texts: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        if row.fault:
            continue
        for column, cell in enumerate(row.cells):
            if isinstance(cell, str) and not cell.isascii():
                texts.setdefault(column, []).append((row.number, cell))
    return texts


def _fonts_of(texts: Mapping[int, Texts]) -> dict[int, OldEncoding]:
    """Return the columns that are in an old font, the doubtful after the sure ones."""
    fonts: dict[int, OldEncoding] = {}
    for column, cells in texts.items():
        font = find_encoding([text for _, text in cells])
        if font is not None:
            fonts[column] = font
    used = set(fonts.values())
    if len(used) != 1:
        return fonts
    (font,) = used
    for column, cells in texts.items():
        if find_encoding([text for _, text in cells], expected=font):
            fonts[column] = font
    return fonts


def _read_anew(cells: Texts, column: int, font: OldEncoding) -> Iterator[MendedCell]:
    for row, text in cells:
        became = decode(text, font)
        if became is not None and became != text:
            yield MendedCell(
                row=row, column=column, value=text, became=became, font=font
            )


def _sure_alone(cells: Texts, column: int) -> Iterator[MendedCell]:
    for row, text in cells:
        repaired = repair(text)
        if repaired is not None and repaired.encoding in FONTS:
            yield MendedCell(
                row=row,
                column=column,
                value=text,
                became=repaired.text,
                font=repaired.encoding,
            )


def _with_two_readings(
    cells: Texts, column: int, mended: Sequence[MendedCell]
) -> Iterator[MendedCell]:
    """Give the cells that may be old or new, beside some that are surely old."""
    done = {cell.row for cell in mended}
    for font in {cell.font for cell in mended}:
        for row, text in cells:
            if row not in done and has_two_readings(text, font):
                became = decode(text, font) or text
                yield MendedCell(
                    row=row, column=column, value=text, became=became, font=font
                )


def _with_mended(rows: Sequence[Row], mended: Iterable[MendedCell]) -> list[Row]:
    by_row: dict[int, dict[int, str]] = {}
    for cell in mended:
        by_row.setdefault(cell.row, {})[cell.column] = cell.became
    return [
        replace(
            row,
            cells=[by_row[row.number].get(c, cell) for c, cell in enumerate(row.cells)],
        )
        if row.number in by_row
        else row
        for row in rows
    ]
