"""How numbers, money, phones and moments are written for Vietnamese readers."""

import datetime as dt
import zoneinfo

HANOI = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
_WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


def count(value: int) -> str:
    """Write a whole number: 1842 is "1.842"."""
    return f"{value:,}".replace(",", ".")


def vnd(value: int) -> str:
    """Write an amount: 3000 is "3.000đ"."""
    return f"{count(value)}đ"


def day(value: dt.date | dt.datetime) -> str:
    """Write a day: "T5 10/12/2026". A moment is first taken to Hanoi's clock."""
    local = value.astimezone(HANOI) if isinstance(value, dt.datetime) else value
    return f"{_WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}"


def clock(value: dt.datetime) -> str:
    """Write a time of day on Hanoi's clock: "07:30"."""
    return f"{value.astimezone(HANOI):%H:%M}"


def moment(value: dt.datetime) -> str:
    """Write a moment: "07:30 T5 10/12/2026"."""
    return f"{clock(value)} {day(value)}"


def month(value: dt.date) -> str:
    """Write a month: "tháng 12/2026"."""
    return f"tháng {value.month}/{value.year}"


def phone(e164: str) -> str:
    """Write a Vietnamese number as people read it: "0912 345 678"."""
    if not e164.startswith("+84"):
        return e164
    national = "0" + e164.removeprefix("+84")
    return f"{national[:4]} {national[4:7]} {national[7:]}".strip()


FILTERS = {
    "count": count,
    "vnd": vnd,
    "day": day,
    "clock": clock,
    "moment": moment,
    "month": month,
    "phone": phone,
}
