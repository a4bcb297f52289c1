"""Workbooks: looked over from outside, then read by a process that may die."""

import datetime as dt
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from subscriptions import sheet_process
from subscriptions.register_import.grid import Cell, CellError, Row, Sheet
from subscriptions.register_import.words import refusal

MAX_UNPACKED = 200_000_000
"""Bytes that a workbook may unpack to: a list of 50,000 people takes 30 million."""
MAX_PARTS = 2_000
TIMEOUT_SECONDS = 60

OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# [MS-XLS] 2.1.7.20.1: the workbook begins with BOF (of BIFF8 or BIFF5), perhaps
# WriteProtect, and FilePass when a password is needed.
_FILE_PASS = re.compile(
    rb"\x09\x08(?:\x10\x00\x00\x06.{14}|\x08\x00\x00\x05.{6})"
    rb"(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)


def read_zipped(data: bytes) -> list[Sheet]:
    """Read an .xlsx, .xlsm, .xlsb or .ods. Raises RegisterError."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as err:
        raise refusal("broken_workbook") from err
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > MAX_UNPACKED:
        raise refusal("too_large_inside")
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise refusal("not_a_workbook")
    return _read_apart(data)


def read_ole(data: bytes) -> list[Sheet]:
    """Read an .xls; tell a workbook with a password. Raises RegisterError."""
    if _ENCRYPTED in data or _FILE_PASS.search(data):
        raise refusal("password")
    return _read_apart(data)


def _read_apart(data: bytes) -> list[Sheet]:
    """Read in a process of its own, so that a hostile file kills only that one."""
    script = Path(sheet_process.__file__)
    try:
        ran = subprocess.run(  # noqa: S603 - our own script, the file on its stdin
            [sys.executable, "-I", str(script)],
            input=data,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as err:
        raise refusal("too_wide") from err
    if ran.returncode < 0:
        raise refusal("too_wide")
    if ran.returncode > 0:
        raise refusal("broken_workbook")
    answer = json.loads(ran.stdout)
    if "refused" in answer:
        raise refusal(answer["refused"], limit=sheet_process.MAX_ROWS)
    return [_sheet(found) for found in answer["sheets"]]


def _sheet(found: dict[str, Any]) -> Sheet:
    errors: dict[int, dict[int, CellError]] = {}
    for number, column, shown in found["errors"]:
        if column < sheet_process.MAX_COLUMNS:
            errors.setdefault(number, {})[column] = CellError(shown=shown)
    rows = [
        Row(number=number, cells=_cells(values, errors.get(number, {})))
        for number, values in enumerate(found["rows"], start=1)
    ]
    return Sheet(name=found["name"], rows=rows, hidden=found["hidden"])


def _cells(values: list[Any], errors: dict[int, CellError]) -> list[Cell]:
    width = max([len(values), *(column + 1 for column in errors)])
    padded = values + [""] * (width - len(values))
    return [
        errors[column] if column in errors and value == "" else _cell(value)
        for column, value in enumerate(padded)
    ]


def _cell(value: Any) -> Cell:
    if isinstance(value, dict):
        return dt.date.fromisoformat(value["date"])
    cell: str | int | float | bool = value
    return cell
