"""Months as the wards count them: by their own clock, named by their first day."""

import datetime as dt
from zoneinfo import ZoneInfo

WARD_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
YEARS = range(2000, 2100)
"""Of the books. Months of other years are slips, and the last have none after them."""


def month_of(moment: dt.datetime) -> dt.date:
    """Return the first day of the month that it is in the ward at this moment."""
    return moment.astimezone(WARD_ZONE).date().replace(day=1)


def read_month(word: str) -> dt.date:
    """Return the first day of the month "2026-10". Raises ValueError."""
    month = dt.date.fromisoformat(f"{word}-01")
    if month.year not in YEARS:
        raise ValueError(word)
    return month


def next_month(month: dt.date) -> dt.date:
    """Return the first day of the month after."""
    return (month.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def previous_month(month: dt.date) -> dt.date:
    """Return the first day of the month before."""
    return (month.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
