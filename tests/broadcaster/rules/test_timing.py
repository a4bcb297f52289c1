"""The ward's days, its sleep and its repetitions."""

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.rules import timing
from broadcaster.rules.timing import WARD_ZONE, RecurrenceError, next_occurrence

NINE = dt.time(21)
SEVEN = dt.time(7)


def _local(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0
) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=WARD_ZONE)


def _naive(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day)


def test_the_ward_is_in_tomorrow_before_london_is() -> None:
    now = dt.datetime(2026, 10, 4, 17, 0, tzinfo=dt.UTC)

    assert timing.ward_today(now) == dt.date(2026, 10, 5)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        timing.ward_today(_naive("2026-10-05"))


@pytest.mark.parametrize(
    ("day", "month", "following"),
    [
        (dt.date(2026, 1, 31), dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
        (dt.date(2026, 12, 1), dt.date(2026, 12, 1), dt.date(2027, 1, 1)),
        (dt.date(2028, 2, 29), dt.date(2028, 2, 1), dt.date(2028, 3, 1)),
    ],
)
def test_a_month_is_its_first_day(
    day: dt.date, month: dt.date, following: dt.date
) -> None:
    assert timing.month_of(day) == month
    assert timing.next_month(day) == following


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [
        ((20, 59), False),
        ((21, 0), True),
        ((23, 59), True),
        ((0, 0), True),
        ((6, 59), True),
        ((7, 0), False),
        ((12, 0), False),
    ],
)
def test_quiet_hours_cross_midnight(clock: tuple[int, int], *, is_quiet: bool) -> None:
    now = _local(2026, 10, 5, *clock).astimezone(dt.UTC)

    assert timing.in_quiet_hours(now, start=NINE, end=SEVEN) is is_quiet


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon, two = dt.time(12), dt.time(14)

    assert timing.in_quiet_hours(_local(2026, 10, 5, 13), start=noon, end=two)
    assert not timing.in_quiet_hours(_local(2026, 10, 5, 14), start=noon, end=two)


def test_equal_ends_mean_no_quiet_hours() -> None:
    assert not timing.in_quiet_hours(_local(2026, 10, 5, 7), start=SEVEN, end=SEVEN)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (_local(2026, 10, 5, 21, 30), _local(2026, 10, 6, 7)),
        (_local(2026, 10, 6, 0, 30), _local(2026, 10, 6, 7)),
        (_local(2026, 12, 31, 23), _local(2027, 1, 1, 7)),
        (_local(2026, 10, 6, 7), _local(2026, 10, 6, 7)),
        (_local(2026, 10, 6, 15), _local(2026, 10, 6, 15)),
    ],
)
def test_a_held_text_goes_when_the_ward_wakes(
    now: dt.datetime, end: dt.datetime
) -> None:
    assert timing.end_of_quiet_hours(now, start=NINE, end=SEVEN) == end


@given(
    st.datetimes(_naive("2020-01-01"), _naive("2035-01-01")),
    st.times(),
    st.times(),
)
def test_after_the_end_of_quiet_hours_nobody_sleeps(
    wall: dt.datetime, start: dt.time, end: dt.time
) -> None:
    now = wall.replace(tzinfo=WARD_ZONE)

    woken = timing.end_of_quiet_hours(now, start=start, end=end)

    assert woken >= now
    assert not timing.in_quiet_hours(woken, start=start, end=end)


@given(st.integers(1, 31), st.integers(2026, 2035), st.integers(1, 12))
def test_a_monthly_rule_falls_in_every_month_on_its_day_or_the_last(
    day: int, year: int, month: int
) -> None:
    start = _local(2025, 12, 1, 18)
    before = _local(year, month, 1) - dt.timedelta(seconds=1)

    found = next_occurrence(timing.monthly_rule(day), start=start, after=before)

    last = calendar.monthrange(year, month)[1]
    assert found == _local(year, month, min(day, last), 18)


def test_an_occurrence_is_strictly_after() -> None:
    start = _local(2026, 10, 5, 18)

    found = next_occurrence(timing.daily_rule(), start=start, after=start)

    assert found == _local(2026, 10, 6, 18)


def test_the_start_is_the_first_occurrence() -> None:
    start = _local(2026, 10, 5, 18)
    before = start - dt.timedelta(days=90)

    assert next_occurrence(timing.daily_rule(), start=start, after=before) == start


def test_a_weekly_rule_falls_on_its_weekday() -> None:
    start = _local(2026, 10, 5, 7, 30)

    found = next_occurrence(timing.weekly_rule(6), start=start, after=start)

    assert found == _local(2026, 10, 11, 7, 30)


def test_a_rule_walks_the_wards_wall_clock_whatever_zone_it_is_asked_in() -> None:
    start = _local(2026, 10, 31, 1).astimezone(dt.UTC)

    found = next_occurrence(timing.monthly_rule(31), start=start, after=start)

    assert found == _local(2026, 11, 30, 1)


def test_a_finished_rule_has_no_more_occurrences() -> None:
    start = _local(2026, 10, 5, 18)
    later = _local(2026, 10, 7, 18)

    assert next_occurrence("FREQ=DAILY;COUNT=3", start=start, after=later) is None
    assert (
        next_occurrence("FREQ=DAILY;UNTIL=20261007", start=start, after=later) is None
    )


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "thứ hai",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;COUNT=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=00",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;BYHOUR=25",
        "FREQ=DAILY;BYSECOND=0,1,2",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=x",
        "FREQ=DAILY;UNTIL=20261007T000000Z",
        "FREQ=DAILY;COUNT=3\nRRULE:FREQ=SECONDLY",
        "FREQ=DAILY\nRRULE:FREQ=SECONDLY",
        "DTSTART:20200101T000000\nRRULE:FREQ=DAILY",
        "FREQ=DAILY;COUNT=x",
    ],
)
def test_a_rule_we_cannot_follow_is_refused(rule: str) -> None:
    with pytest.raises(RecurrenceError):
        timing.check_rule(rule)


@pytest.mark.parametrize("day", [0, 32, -1])
def test_a_month_has_no_such_day(day: int) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        timing.monthly_rule(day)


@pytest.mark.parametrize(
    "rule", [timing.daily_rule(), *map(timing.weekly_rule, range(7))]
)
def test_our_own_rules_can_be_followed(rule: str) -> None:
    timing.check_rule(rule)


def test_days_and_times_are_shown_as_people_write_them() -> None:
    assert timing.show_day(dt.date(2026, 12, 10)) == "T5 10/12/2026"
    assert timing.show_day(dt.date(2026, 12, 13)) == "CN 13/12/2026"
    assert timing.show_time(dt.datetime(2026, 12, 10, 7, 5, tzinfo=dt.UTC)) == "14:05"
