"""The ward's clock and calendar: everything stored is UTC, everything said is local.

A moment is an aware datetime; a "day" and a "month" are the ward's own. Naive moments
are refused with ValueError: seven hours off is the day before for half the morning.
"""

import datetime as dt
import re
from typing import ClassVar
from zoneinfo import ZoneInfo

from dateutil import rrule

from broadcaster.errors import BroadcasterError

WARD_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_RRULE_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHORTEST_MONTH = 28
_LONGEST_MONTH = 31
_INTERVAL = re.compile("[1-9][0-9]{0,2}")
_COARSE = {"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}


class RecurrenceError(BroadcasterError):
    """A recurrence rule cannot be read, or repeats faster than daily."""

    code: ClassVar[str] = "recurrence"


def ward_time(moment: dt.datetime) -> dt.datetime:
    """Give `moment` on the ward's clock. Raises ValueError when it is naive."""
    if moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(WARD_ZONE)


def ward_moment(day: dt.date, at: dt.time) -> dt.datetime:
    """Give the moment when the ward's clock shows `at` on `day`."""
    return dt.datetime.combine(day, at.replace(tzinfo=None), tzinfo=WARD_ZONE)


def ward_today(now: dt.datetime) -> dt.date:
    """Give the ward's date at `now`."""
    return ward_time(now).date()


def month_of(day: dt.date) -> dt.date:
    """Give the first day of the month of `day`: months are stored so."""
    return dt.date(day.year, day.month, 1)


def next_month(day: dt.date) -> dt.date:
    """Give the first day of the month after that of `day`."""
    return month_of(month_of(day) + dt.timedelta(days=_LONGEST_MONTH))


def in_quiet_hours(now: dt.datetime, *, start: dt.time, end: dt.time) -> bool:
    """Tell whether the ward sleeps at `now`: from `start`, until before `end`.

    Hours may cross midnight (21:00-7:00); equal ends mean that there are none.
    """
    clock = ward_time(now).time()
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def end_of_quiet_hours(
    now: dt.datetime, *, start: dt.time, end: dt.time
) -> dt.datetime:
    """Give the first moment from `now` on when the ward is awake: `now`, if it is."""
    if not in_quiet_hours(now, start=start, end=end):
        return now
    local = ward_time(now)
    day = local.date()
    if local.time() >= end:
        day += dt.timedelta(days=1)
    return ward_moment(day, end)


def daily_rule() -> str:
    """Write the rule of every day, at the time of the first occurrence."""
    return "FREQ=DAILY"


def weekly_rule(weekday: int) -> str:
    """Write the rule of every week on `weekday`, 0 (Monday) to 6 (Sunday)."""
    return f"FREQ=WEEKLY;BYDAY={_RRULE_DAYS[weekday]}"


def monthly_rule(day: int) -> str:
    """Write the rule of every month on `day`, 1 to 31.

    A month without that day has it on its last: a pension notice of the 31st must
    not skip February. Raises ValueError outside the bounds.
    """
    if not 1 <= day <= _LONGEST_MONTH:
        raise ValueError("a month has days 1 to 31")
    if day <= _SHORTEST_MONTH:
        return f"FREQ=MONTHLY;BYMONTHDAY={day}"
    days = ",".join(str(each) for each in range(_SHORTEST_MONTH, day + 1))
    return f"FREQ=MONTHLY;BYMONTHDAY={days};BYSETPOS=-1"


def check_rule(rule: str) -> None:
    """Raise RecurrenceError unless `rule` is an RFC 5545 RRULE we can follow.

    Its UNTIL, if any, is ward-local and without `Z`.
    """
    _parsed(rule, dt.datetime(2026, 1, 1))  # noqa: DTZ001 (dateutil walks wall time)


def next_occurrence(
    rule: str, *, start: dt.datetime, after: dt.datetime
) -> dt.datetime | None:
    """Find the first occurrence later than `after`, or None when there are no more.

    `start` gives the wall time and the first possible day. Raises RecurrenceError.
    """
    wall_start = ward_time(start).replace(tzinfo=None)
    wall_after = ward_time(after).replace(tzinfo=None)
    found = _parsed(rule, wall_start).after(wall_after)
    return found.replace(tzinfo=WARD_ZONE) if found else None


def show_day(day: dt.date) -> str:
    """Show a day as `T5 10/12/2026`."""
    return f"{_WEEKDAYS[day.weekday()]} {day:%d/%m/%Y}"


def show_time(moment: dt.datetime) -> str:
    """Show the ward's clock at `moment` as `14:05`."""
    return f"{ward_time(moment):%H:%M}"


def _parsed(rule: str, start: dt.datetime) -> rrule.rrule:
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    # dateutil never returns from an interval of nought, and a rule by the minute
    # would walk half a million steps for each year since its start
    if (
        rule.split() != [rule]
        or parts.get("FREQ") not in _COARSE
        or not _INTERVAL.fullmatch(parts.get("INTERVAL", "1"))
        or {"BYHOUR", "BYMINUTE", "BYSECOND"} & parts.keys()
    ):
        raise RecurrenceError(rule)
    try:
        parsed = rrule.rrulestr(rule, dtstart=start)
    except (ValueError, TypeError, KeyError, IndexError) as err:
        raise RecurrenceError(rule) from err
    if not isinstance(parsed, rrule.rrule):
        raise RecurrenceError(rule)
    return parsed
