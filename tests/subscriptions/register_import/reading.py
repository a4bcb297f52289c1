"""Short ways to read a file and to say what was read."""

import datetime as dt
from collections.abc import Sequence

import pytest

from subscriptions.errors import RegisterError
from subscriptions.register_import import Reading, read_register

TODAY = dt.date(2026, 10, 5)


def read(data: bytes | str, *, list_date: dt.date | None = None) -> Reading:
    """Read a file on a fixed day; text is UTF-8."""
    raw = data.encode() if isinstance(data, str) else data
    return read_register(raw, today=TODAY, list_date=list_date)


def refusal_of(data: bytes | str) -> RegisterError:
    """Read a file that cannot be read, and return why."""
    with pytest.raises(RegisterError) as caught:
        read(data)
    return caught.value


def homes(reading: Reading) -> list[list[str]]:
    """Return the names in each household."""
    return [[p.full_name for p in home.residents] for home in reading.entries]


def phones(reading: Reading) -> list[str]:
    """Return every phone that can be texted, as dialled at home."""
    return [
        phone.number.national.replace(" ", "")
        for home in reading.entries
        for person in home.residents
        for phone in person.phones
    ]


def faults(reading: Reading) -> list[tuple[int, str]]:
    """Return row and code of each fault."""
    return [(fault.row, fault.code) for fault in reading.faults]


def table(*rows: Sequence[object]) -> str:
    """Return rows of names and phones under the fewest headings."""
    return "\n".join(";".join(map(str, row)) for row in [("Họ và tên", "SĐT"), *rows])
