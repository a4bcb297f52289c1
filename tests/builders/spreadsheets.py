"""Files of leaders for tests, made byte by byte as each kind of program makes them."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl

HEADINGS = ["STT", "Họ và tên", "Quan hệ", "Năm sinh", "Địa chỉ", "Số điện thoại"]
AN = [1, "Nguyễn Văn An", "Chủ hộ", 1950, "Số 1", "0912000001"]
BINH = ["", "Lê Thị Bình", "Vợ", 1955, "", "0912000002"]
CHI = [2, "Trần Văn Chí", "Chủ hộ", 1960, "Số 2", "0912000003"]
PEOPLE = [AN, BINH, CHI]

_SECTOR = 512
_END_OF_CHAIN = 0xFFFFFFFE
_FREE = 0xFFFFFFFF
_FAT = 0xFFFFFFFD


def an_xlsx(rows: Sequence[Sequence[Any]], *, sheet: str = "Tổ 5") -> bytes:
    """Return a workbook of one sheet; a value that begins with = is a formula."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for row in rows:
        page.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return the bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def a_csv(
    rows: Sequence[Sequence[Any]], *, separator: str = ",", line_end: str = "\r\n"
) -> str:
    """Return the rows as text, with quotes where a cell holds the separator."""

    def cell(value: Any) -> str:
        text = str(value)
        return f'"{text}"' if separator in text else text

    return "".join(separator.join(map(cell, row)) + line_end for row in rows)


def a_zip(parts: dict[str, bytes | str]) -> bytes:
    """Return a zip file of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def an_ods(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a LibreOffice spreadsheet of texts."""
    body = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{value}</text:p></table:table-cell>"
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {namespaces}>'
        '<office:body><office:spreadsheet><table:table table:name="Tổ 5">'
        f"{body}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    return a_zip(
        {
            "mimetype": kind,
            "content.xml": content,
            "META-INF/manifest.xml": manifest,
        }
    )


def an_xls(rows: Sequence[Sequence[Any]], *, with_password: bool = False) -> bytes:
    """Return a workbook as Excel 97 saved it (BIFF8 in a compound file)."""
    lock = _record(0x2F, struct.pack("<HHHH", 1, 1, 1, 1)) if with_password else b""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    title = "To 5".encode("utf-16-le")
    name = struct.pack("<BB", len(title) // 2, 1) + title
    head_length = len(_record(0x0809, begin)) + len(lock) + 4 + 6 + len(name) + 4
    stream = _record(0x0809, begin) + lock
    stream += _record(0x85, struct.pack("<IBB", head_length, 0, 0) + name)
    stream += _record(0x0A, b"")
    stream += _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                label = struct.pack("<HB", len(text) // 2, 1) + text
                stream += _record(0x0204, place + label)
            else:
                stream += _record(0x0203, place + struct.pack("<d", value))
    return a_compound_file("Workbook", stream + _record(0x0A, b""))


def a_compound_file(name: str, stream: bytes) -> bytes:
    """Return an OLE compound file with one stream, as old Office programs wrote."""
    size = max(len(stream), 4096)  # smaller ones live in another kind of sector
    sectors = -(-size // _SECTOR)
    chain = [*range(3, sectors + 2), _END_OF_CHAIN]
    table = [_FAT, _END_OF_CHAIN, *chain]
    fat = struct.pack(f"<{len(table)}I", *table)
    fat += struct.pack("<I", _FREE) * (_SECTOR // 4 - len(table))
    entries = _entry("Root Entry", kind=5, child=1, start=_END_OF_CHAIN, size=0)
    entries += _entry(name, kind=2, child=_FREE, start=2, size=size)
    entries += bytes(_SECTOR - len(entries))
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096,
                          _END_OF_CHAIN, 0, _END_OF_CHAIN, 0)  # fmt: skip
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    return header + fat + entries + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, *, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", _FREE, _FREE, child)
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + links
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body
