"""Text files: their encoding, separator and line ends are found, never assumed.

Every line is split by itself, so that a quote left open harms its own line: the csv
module would read on to the next quote and make one person of two.
"""

import codecs
import csv
import re
from collections.abc import Sequence

from subscriptions.enrolments import tidy
from subscriptions.old_encodings import OldEncoding, find_encoding
from subscriptions.register_import.columns import (
    HEADER_WITHIN,
    find_columns,
    headings_seen,
)
from subscriptions.register_import.grid import Row, Sheet
from subscriptions.register_import.words import refusal
from subscriptions.sheet_process import MAX_COLUMNS, MAX_ROWS, MAX_TEXT

SEPARATORS = (",", ";", "\t", "|")
_LINE_END = re.compile("\r\n|\r|\n")
_HINT = re.compile(r"sep=(.)", re.IGNORECASE)
_HEADING_LINES = 4
"""Lines that the cells of one row of headings may be broken over."""
_STRETCH = 20
"""Lines that are looked at together for the font they were typed in."""
_LOST = re.compile(r"[A-Za-zÀ-ỹ]\?[A-Za-zÀ-ỹ]|\?[a-z]")
_LOST_ENOUGH = 5
_DIGITS = re.compile("[0-9]{4}")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(data: bytes) -> Sheet:
    """Read a .csv, .tsv or .txt. Raises RegisterError."""
    text = decode(data)
    if not text.strip():
        raise refusal("empty_file")
    if "\0" in text:
        line = len(_LINE_END.findall(text[: text.index("\0")])) + 1
        raise refusal("nul_bytes", line=line)
    lines = _LINE_END.split(text)
    if len(lines) > MAX_ROWS:
        raise refusal("too_many_rows", limit=MAX_ROWS)
    return Sheet(name="", rows=_rows(lines))


def decode(data: bytes) -> str:
    """Return the text. Raises RegisterError when its alphabet cannot be known.

    Without a mark it is UTF-8, or UTF-16 when every other byte is empty, or what
    Windows calls ANSI: in Viet Nam code page 1258, elsewhere 1252. A list typed in a
    font older than Unicode is given as its Western letters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    unmarked = _unmarked_utf16(data)
    if unmarked:
        return _decoded(data, unmarked)
    for candidate in ("utf-8", "cp1258", "cp1252"):
        try:
            text = data.decode(candidate)
        except UnicodeDecodeError:
            continue
        if candidate != "utf-8" and _is_in_an_old_font(data):
            return data.decode("latin-1")
        return text
    raise refusal("unknown_encoding")


def _is_in_an_old_font(data: bytes) -> bool:
    """Tell whether the bytes are places in a font and no letters of Windows.

    A stretch of the list is enough: a slip of the typist elsewhere says nothing.
    """
    lines = _LINE_END.split(data.decode("latin-1"))
    stretches = (
        lines[start : start + _STRETCH] for start in range(0, len(lines), _STRETCH)
    )
    return any(
        find_encoding(stretch) in (OldEncoding.TCVN3, OldEncoding.VNI)
        for stretch in stretches
    )


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as err:
        raise refusal("unknown_encoding") from err


def _unmarked_utf16(data: bytes) -> str | None:
    sample = data[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 8 and not even:
        return "utf-16-le"
    if even > len(sample) // 8 and not odd:
        return "utf-16-be"
    return None


def _rows(lines: Sequence[str]) -> list[Row]:
    hint = _HINT.fullmatch(lines[0].strip())
    separator = hint[1] if hint else _separator(lines)
    top, used = _headed(lines, separator)
    rows = top + [
        _row(number, line, separator)
        for number, line in enumerate(lines[used:], start=used + 1)
    ]
    if find_columns(rows) is None and _has_lost_letters(lines):
        raise refusal("lost_letters_file")
    return rows


def _separator(lines: Sequence[str]) -> str:
    """Choose the separator by which the most headings are known."""

    def known(separator: str) -> tuple[bool, int, int]:
        rows, _ = _headed(lines[:HEADER_WITHIN], separator)
        columns = find_columns(rows)
        fields, texts = headings_seen(rows)
        found = len(columns.places) if columns else len(fields)
        return columns is not None, found, len(texts)

    return max(SEPARATORS, key=known)


def _headed(lines: Sequence[str], separator: str) -> tuple[list[Row], int]:
    """Read as far as the headings, whose cells alone may be broken over lines.

    Returns the rows and how many lines they took.
    """
    rows: list[Row] = []
    number = 0
    while number < min(len(lines), HEADER_WITHIN):
        for height in range(1, _HEADING_LINES + 1):
            joined = "\n".join(lines[number : number + height])
            row = _row(number + 1, joined, separator)
            if row.fault is None and (height == 1 or _is_heading(row)):
                break
        else:
            height, row = 1, _row(number + 1, lines[number], separator)
        rows.append(row)
        number += height
        if find_columns(rows[-2:]):
            break
    return rows, number


def _is_heading(row: Row) -> bool:
    """Tell whether cells broken over lines are headings that hide no person."""
    return find_columns([row]) is not None and not any(
        _DIGITS.search(str(cell)) for cell in row.cells
    )


def _row(number: int, line: str, separator: str) -> Row:
    broken = Row(number=number, cells=[line[:MAX_TEXT]], fault="broken_quotes")
    if line.count('"') % 2:
        return broken
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return broken
    return Row(number=number, cells=[cell[:MAX_TEXT] for cell in cells[:MAX_COLUMNS]])


def _has_lost_letters(lines: Sequence[str]) -> bool:
    """Tell whether a save as ANSI put a question mark for each accented letter."""
    top = tidy(" ".join(line[:MAX_TEXT] for line in lines[:HEADER_WITHIN]))
    return len(_LOST.findall(top)) >= _LOST_ENOUGH
