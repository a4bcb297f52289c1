"""Which rows are people, and which of them are one household."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from subscriptions.names import search_key
from subscriptions.register_import.columns import (
    Columns,
    Field,
    is_repeated_heading,
    words,
)
from subscriptions.register_import.dates import without_days
from subscriptions.register_import.findings import Findings
from subscriptions.register_import.grid import Row, show

_PHONE_DIGITS = 8
_YEAR_DIGITS = 4
_NOT_LETTERS = " .:,;()-–*"


class Start(enum.StrEnum):
    """How one can tell that a row begins a household."""

    HOUSEHOLD_COLUMN = "household_column"
    RELATION = "relation"
    RELATION_AND_NUMBER = "relation_and_number"
    NUMBER = "number"
    ADDRESS = "address"
    EVERY_ROW = "every_row"


@dataclass(slots=True, kw_only=True)
class RowGroup:
    """The rows of one household, in their order."""

    rows: list[Row]
    headless: bool = False
    """Whether its first row says that it is not the head's."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where we are in the list."""

    groups: list[RowGroup] = field(default_factory=list)
    open: RowGroup | None = None
    broken_row: int | None = None
    """A line that could not be read: who comes next may belong to its household."""


def people_rows(rows: Sequence[Row], columns: Columns, findings: Findings) -> list[Row]:
    """Return the rows that are people, and the lines that could not be split.

    Titles, totals and signatures are left out with a remark, rows without a name
    with a fault.
    """
    kept: list[Row] = []
    ended = False
    for row in rows:
        if row.number <= columns.last_row or row.is_blank:
            continue
        if row.fault is not None:
            kept.append(row)
        elif not findings.has_letters and _spills_over(row, columns):
            kept.append(replace(row, fault="too_many_cells"))
        elif is_repeated_heading(row, columns):
            continue
        elif _is_person(row, columns, ended=ended):
            kept.append(row)
        else:
            ended = ended or _ends_list(row)
            text = " ".join(text for text in map(show, row.cells) if text)
            findings.remark("row_skipped", value=text, row=row.number)
    return kept


def group_rows(
    rows: Sequence[Row], columns: Columns, findings: Findings
) -> list[RowGroup]:
    """Put people's rows together by household.

    A line that cannot be read ends the household before it: it may have been the
    head of those who follow, and nobody is put into a home that is not theirs.
    """
    start = _how_they_start([r for r in rows if r.fault is None], columns)
    walk = _Walk()
    for row in rows:
        if row.fault is not None:
            findings.fault_in_row(row, row.fault)
            walk.open, walk.broken_row = None, row.number
        elif _completes(row, columns, walk.open):
            walk.groups[-1].rows.append(row)
            walk.groups[-1].headless = False
        elif _starts(row, columns, start, walk.open):
            headless = start is Start.RELATION_AND_NUMBER and _is_member(row, columns)
            walk.open, walk.broken_row = RowGroup(rows=[row], headless=headless), None
            walk.groups.append(walk.open)
        elif walk.open is not None:
            walk.open.rows.append(row)
        elif walk.broken_row is not None:
            findings.fault_in_row(row, "household_left_out", other=walk.broken_row)
        else:
            findings.fault_in_row(row, "no_head")
    return walk.groups


def is_head(row: Row, columns: Columns) -> bool:
    """Tell whether the row says that it is the head's."""
    relation = search_key(columns.text(row, Field.RELATION)).strip(_NOT_LETTERS)
    return relation in words()["people"]["head"]


def _completes(row: Row, columns: Columns, group: RowGroup | None) -> bool:
    """Tell whether it is the head, listed after others of the household."""
    numbered = bool(columns.text(row, Field.NUMBER))
    return (
        group is not None and group.headless and is_head(row, columns) and not numbered
    )


def _is_member(row: Row, columns: Columns) -> bool:
    return bool(columns.text(row, Field.RELATION)) and not is_head(row, columns)


def _is_person(row: Row, columns: Columns, *, ended: bool) -> bool:
    """Tell a person's row from a title, a total and a signature."""
    phone = columns.text(row, Field.PHONE)
    has_phone = _digits(without_days(phone)) >= _PHONE_DIGITS
    has_birth = _digits(columns.text(row, Field.BIRTH)) >= _YEAR_DIGITS
    if has_phone or has_birth:
        return True
    if _ends_list(row):
        return False
    number = columns.text(row, Field.NUMBER)
    numbered = _digits(number) > 0
    if next(columns.cells(row, Field.NAME), None) is None:
        return numbered and bool(phone)
    if numbered or columns.text(row, Field.RELATION):
        return True
    return not (number or ended or _is_section(row))


def _spills_over(row: Row, columns: Columns) -> bool:
    """Tell whether a line has cells beyond the headings: all may be shifted."""
    return any(show(cell) for cell in row.cells[columns.width :])


def _is_section(row: Row) -> bool:
    """Tell whether one cell alone names a street or a block: "Ngõ 54"."""
    texts = [text for text in map(show, row.cells) if text]
    return len(texts) == 1 and _digits(texts[0]) > 0


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _ends_list(row: Row) -> bool:
    """Tell whether a total or a signature begins here.

    By words with their accents, for Tô Trường Sơn is no `tổ trưởng`.
    """
    endings = words()["people"]["end_of_list"]
    texts = [show(cell).lower().strip(_NOT_LETTERS) for cell in row.cells]
    return any(
        text == ending or (" " in ending and text.startswith(ending))
        for text in texts
        if text
        for ending in endings
    )


def _how_they_start(rows: Sequence[Row], columns: Columns) -> Start:
    def filled(field: Field) -> int:
        return sum(bool(columns.text(row, field)) for row in rows)

    numbers = filled(Field.NUMBER)
    sparse = 0 < numbers < len(rows)
    if filled(Field.HOUSEHOLD):
        return Start.HOUSEHOLD_COLUMN
    if any(is_head(row, columns) for row in rows):
        return Start.RELATION_AND_NUMBER if sparse else Start.RELATION
    if sparse:
        return Start.NUMBER
    if 0 < filled(Field.ADDRESS) < len(rows):
        return Start.ADDRESS
    return Start.EVERY_ROW


def _starts(row: Row, columns: Columns, start: Start, group: RowGroup | None) -> bool:
    if start is Start.EVERY_ROW:
        return True
    if start is Start.RELATION:
        return is_head(row, columns)
    if start is Start.RELATION_AND_NUMBER:
        return is_head(row, columns) or bool(columns.text(row, Field.NUMBER))
    if start is Start.NUMBER:
        return bool(columns.text(row, Field.NUMBER))
    key = Field.ADDRESS if start is Start.ADDRESS else Field.HOUSEHOLD
    mine = search_key(columns.text(row, key))
    return bool(mine) and (
        group is None or mine != search_key(columns.text(group.rows[0], key))
    )
