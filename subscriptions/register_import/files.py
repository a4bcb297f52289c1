"""What kind of file it is, told by its content: names lie."""

from subscriptions.register_import.grid import Sheet
from subscriptions.register_import.text_files import read_text
from subscriptions.register_import.words import refusal
from subscriptions.register_import.workbooks import OLE_MAGIC, read_ole, read_zipped

MAX_BYTES = 10_000_000
"""Of a file; a list of 50,000 people takes 3 million."""

_NO_TABLES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"PK\x05\x06",
)
_WEB_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"mime-version")


def read_sheets(data: bytes) -> list[Sheet]:
    """Read a file's tables. Raises RegisterError when it cannot be read at all."""
    if len(data) > MAX_BYTES:
        raise refusal("too_large", limit=MAX_BYTES // 1_000_000)
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start and not data.strip():
        raise refusal("empty_file")
    if data.startswith(b"PK\x03\x04"):
        return read_zipped(data)
    if data.startswith(OLE_MAGIC):
        return read_ole(data)
    if data.startswith(_NO_TABLES):
        raise refusal("not_a_workbook")
    if start.lower().startswith(_WEB_PAGES):
        raise refusal("web_page")
    return [read_text(data)]
