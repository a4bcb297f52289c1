"""How long it takes to read a list of 10,000 households and to take it in."""

import datetime as dt
import io
import random
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import xlsxwriter

from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from subscriptions.enrolments import Agreement
from subscriptions.places import Scope
from subscriptions.register_import import (
    ImportOrder,
    Reading,
    apply_import,
    plan_import,
    read_register,
)
from subscriptions.tables.consents import ConsentMethod, Purpose
from tests.builders.people import NOW, a_group, a_ward
from tests.servers import postgres_server

TITLE = "Importing a list of 10,000 households"
HOMES = 10_000
MEMBERS = (1, 2, 2, 3, 5)
"""People in a home, in turn: 2.6 on average, as in the ward's own lists."""
TODAY = dt.date(2026, 10, 5)

FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"]
MIDDLE = ["Văn", "Thị", "Đức", "Minh", "Ngọc", "Thanh", "Xuân", "Hồng"]
GIVEN = ["An", "Bình", "Chí", "Dung", "Hà", "Hùng", "Lan", "Mai", "Nga", "Tú"]

Result = TypeVar("Result")


def run(report: Callable[[str], None]) -> None:
    """Measure reading and both databases, and print tables through `report`.

    Peak memory is of the measured step alone (VmHWM, reset before it); a workbook is
    read by a process of its own, whose peak is given beside.
    """
    data = _workbook()
    _reset_peak()
    reading, seconds = _timed(lambda: read_register(data, today=TODAY))
    rows = reading.residents
    report(
        f"{reading.households:,} households, {rows:,} people, {reading.lines:,} phones,"
        f" two consents on each; {len(data) / 1e6:.1f} MB of .xlsx."
    )
    report("")
    report("| step | seconds | rows/s | peak memory |")
    report("|---|--:|--:|--:|")
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    report(f"| read the file | {_figures(rows, seconds)} + {children} MB apart |")
    for name, database in _databases():
        for step, seconds in _measure(database, reading):
            report(f"| {name}: {step} | {_figures(rows, seconds)} |")


def _measure(database: Database, reading: Reading) -> Iterator[tuple[str, float]]:
    with database.writing() as session:
        group = a_group(session, a_ward(session), number=12)
    scope = Scope(ward_id=group.ward_id)
    order = ImportOrder(
        group_id=group.id,
        agreement=Agreement(
            method=ConsentMethod.PAPER,
            wording_version="2026-01",
            purposes=frozenset({Purpose.NOTICES, Purpose.PENSION}),
        ),
        recorded_by=None,
        now=NOW,
    )

    def preview() -> int:
        with database.reading() as session:
            return len(plan_import(session, scope, reading, group_id=group.id).new)

    def take_in() -> int:
        with database.writing() as session:
            return apply_import(session, scope, reading, order=order).households

    for step, act, expected in (
        ("preview", preview, reading.households),
        ("import", take_in, reading.households),
        ("the same again", take_in, 0),
    ):
        _reset_peak()
        found, seconds = _timed(act)
        if found != expected:
            raise AssertionError(f"{step}: {found} households, not {expected}")
        yield step, seconds


def _workbook() -> bytes:
    """Return a list of invented people, always the same."""
    chance = random.Random(12)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    page = book.add_worksheet("Tổ 12")
    headings = [
        "STT",
        "Họ và tên",
        "Quan hệ",
        "Năm sinh",
        "Địa chỉ",
        "SĐT",
        "Đối tượng",
    ]
    page.write_row(0, 0, headings)
    row = 0
    for home in range(HOMES):
        for member in range(MEMBERS[home % len(MEMBERS)]):
            row += 1
            name = " ".join(chance.choice(words) for words in (FAMILIES, MIDDLE, GIVEN))
            head = [home + 1, name, "Chủ hộ", 1950, f"Số {home + 1} Hạ Đình"]
            other = ["", name, "Con", 1975 + member, ""]
            phone = f"09{12_000_000 + row:08}" if member < 2 else ""
            tag = "hưu trí" if member == 0 and home % 7 == 0 else ""
            page.write_row(row, 0, [*(other if member else head), phone, tag])
    book.close()
    return file.getvalue()


def _databases() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _migrated("SQLite, WAL", f"sqlite:///{Path(folder) / 'ward.db'}")
    with postgres_server() as server:
        yield from _migrated("PostgreSQL, fsync off", server.create_database("ward"))


def _migrated(name: str, url: str) -> Iterator[tuple[str, Database]]:
    upgrade(url)
    database = Database(create_engine_for(url))
    yield name, database
    database.engine.dispose()


def _timed(act: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    result = act()
    return result, time.perf_counter() - started


def _figures(rows: int, seconds: float) -> str:
    return f"{seconds:.2f} | {rows / seconds:,.0f} | {_peak()} MB"


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def _peak() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) // 1024 if found else 0
