"""A process that reads one workbook on standard input, and dies rather than its caller.

Two cells at the far ends of a sheet, in a file of five kilobytes, make any reader that
keeps the sheet as a table ask for half a terabyte: calamine aborts the whole process.
So a workbook is read here, under limits that the kernel keeps. Runs as a script, by
itself, and imports nothing of ours; prints one JSON object.
"""

import datetime as dt
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

MAX_MEMORY = 1 << 30
"""Bytes of address space: a list of 50,000 rows takes a fifth of it."""
MAX_CPU_SECONDS = 30
MAX_COLUMNS = 256
"""Columns read from the left; no list of people is wider."""
MAX_ROWS = 50_000
"""Every person of a ward of 17,000 households in one list."""
MAX_TEXT = 1_000
"""Characters kept of a cell: more than any field may have."""
MAX_TOTAL = 40_000_000
"""Characters handed over in all."""

_CELL = re.compile(rb"<(?:\w+:)?c ([^>/]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>/]*>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>/]*>([^<]*)<")
_SHEET = re.compile(r'<(?:\w+:)?sheet [^>]*?\b\w+:id="([^"]+)"')
_RELATION = re.compile(r"<(?:\w+:)?Relationship [^>]*>")


class TooMuchError(Exception):
    """The workbook holds more than any list of people; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def main() -> None:
    """Read the workbook on standard input and print what is in it, or why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = _read(sys.stdin.buffer.read())
    except PasswordError:
        answer = {"refused": "password"}
    except CalamineError:
        answer = {"refused": "broken_workbook"}
    except TooMuchError as err:
        answer = {"refused": err.reason}
    except MemoryError:
        answer = {"refused": "too_wide"}
    json.dump(answer, sys.stdout, ensure_ascii=True)


def _read(data: bytes) -> dict[str, Any]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    errors = _Errors(data)
    sheets = []
    budget = _Budget()
    for place, meta in enumerate(book.sheets_metadata):
        if meta.typ is not SheetTypeEnum.WorkSheet:
            continue
        hidden = meta.visible is not SheetVisibleEnum.Visible
        sheets.append(
            {
                "name": meta.name,
                "hidden": hidden,
                "rows": []
                if hidden
                else list(_rows(book.get_sheet_by_index(place), budget)),
                "errors": [] if hidden else errors.of_sheet(place),
            }
        )
    return {"sheets": sheets}


class _Budget:
    """How many characters may still be handed over."""

    def __init__(self) -> None:
        self.left = MAX_TOTAL

    def spend(self, text: object) -> None:
        self.left -= len(text) if isinstance(text, str) else 8
        if self.left < 0:
            raise TooMuchError("too_large_inside")


def _rows(sheet: CalamineSheet, budget: _Budget) -> Iterator[list[Any]]:
    """Give the rows with their empty ones, so that places are those Excel shows."""
    first_column = sheet.start[1] if sheet.start else 0
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if number > MAX_ROWS:
            raise TooMuchError("too_many_rows")
        cells = [_plain(value) for value in values[: MAX_COLUMNS - first_column]]
        while cells and cells[-1] == "":
            cells.pop()
        for cell in cells:
            budget.spend(cell)
        yield [""] * first_column + cells if cells else []


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, dt.datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return value if isinstance(value, (bool, int, float)) else str(value)


class _Errors:
    """Cells of an .xlsx whose formula failed or was never worked out.

    calamine gives both as empty, and an empty phone cell is no fault: the person
    would enter without the phone and nobody would be told.
    """

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data)) if data[:2] == b"PK" else None
        self._parts = _sheet_parts(self._zip) if self._zip else []

    def of_sheet(self, place: int) -> list[list[Any]]:
        """Return [row from 1, column from 0, what Excel shows] of each."""
        if self._zip is None or place >= len(self._parts):
            return []
        try:
            xml = self._zip.read(self._parts[place])
        except (KeyError, zipfile.BadZipFile, NotImplementedError, OSError):
            return []
        found = (_error(match[1], match[2]) for match in _CELL.finditer(xml))
        return [error for error in found if error]


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode(
            "utf-8", "replace"
        )
    except (KeyError, zipfile.BadZipFile, NotImplementedError, OSError):
        return []
    targets: dict[str, str] = {}
    for relation in _RELATION.findall(relations):
        found = dict(re.findall(r'(\w+)="([^"]*)"', relation))
        targets[found.get("Id", "")] = found.get("Target", "")
    names = [targets.get(identity, "") for identity in _SHEET.findall(book)]
    return [
        name.lstrip("/") if name.startswith("/") else f"xl/{name}" for name in names
    ]


def _error(attributes: bytes, body: bytes) -> list[Any] | None:
    reference = _REFERENCE.search(attributes)
    if reference is None:
        return None
    value = _VALUE.search(body)
    formula = _FORMULA.search(body)
    if b't="e"' in attributes and value:
        shown = value[1]
    elif formula and not value and b't="str"' not in attributes:
        shown = b"=" + formula[1]
    else:
        return None
    column = 0
    for letter in reference[1].decode():
        column = column * 26 + ord(letter) - ord("A") + 1
    text = unescape(shown.decode("utf-8", "replace"))[:MAX_TEXT]
    return [int(reference[2]), column - 1, text]


if __name__ == "__main__":
    main()
