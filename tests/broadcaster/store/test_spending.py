"""A month's texts are priced at the tariff of their day; days are the ward's own."""

import datetime as dt

from sqlalchemy import update

from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.announcements import submit_announcement
from broadcaster.store.reports import Counts
from broadcaster.store.session import Database
from broadcaster.store.spending import last_days, month_spend
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    bring_to,
    messages_of,
    the_group,
)
from tests.builders.people import NOW

S = MessageState
OCTOBER = dt.date(2026, 10, 1)
DAY = dt.timedelta(days=1)


def test_each_segment_is_priced_at_the_tariff_of_its_day(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=3)
    sent = _send(database, staffed)
    _tariff(database, day=OCTOBER, vnd=500)
    _tariff(database, day=OCTOBER + 9 * DAY, vnd=700)
    with database.writing() as session:
        for message, day in zip(messages_of(session, sent.id), [5, 9, 10], strict=True):
            message.segments = 2
            message.usage_day = OCTOBER.replace(day=day)
            message.usage_month = OCTOBER
    with database.reading() as session:
        spent = month_spend(session, staffed.ward.id, OCTOBER)
    assert (spent.messages, spent.segments) == (3, 6)
    assert spent.vnd_by_carrier == {"VinaPhone": 2 * 500 + 2 * 500 + 2 * 700}
    assert spent.total_vnd == 3400
    assert spent.unpriced_segments == 0


def test_a_segment_without_a_tariff_is_counted_but_not_as_free(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, homes=1)
    sent = _send(database, staffed)
    _use(database, sent, day=OCTOBER)
    with database.reading() as session:
        spent = month_spend(session, staffed.ward.id, OCTOBER)
    assert (spent.unpriced_segments, spent.total_vnd) == (1, 0)


def test_usage_of_another_month_or_ward_is_not_in_it(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=1)
    _use(database, _send(database, staffed), day=OCTOBER)
    with database.reading() as session:
        november = month_spend(session, staffed.ward.id, dt.date(2026, 11, 1))
        elsewhere = month_spend(session, staffed.ward.id + 1, OCTOBER)
    assert november.messages == elsewhere.messages == 0


def test_the_last_days_count_by_the_wards_own_midnight(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=2)
    # 23:59 and 00:00 in the ward: 16:59 and 17:00 in UTC
    late = dt.datetime(2026, 10, 4, 16, 59, tzinfo=dt.UTC)
    yesterday = _send(database, staffed, now=late)
    _send(database, staffed, now=late + dt.timedelta(minutes=1))
    with database.writing() as session:
        bring_to(session, yesterday.id, [S.REFUSED, S.DELIVERED], now=NOW)
    with database.reading() as session:
        days = last_days(session, staffed.ward.id, now=NOW)
    assert [day.day for day in days] == [
        dt.date(2026, 9, 29) + DAY * place for place in range(7)
    ]
    assert days[5].counts == Counts(failed=1, delivered=1)
    assert days[6].counts == Counts(waiting=2)
    assert all(day.counts == Counts() for day in days[:5])


def test_older_days_and_other_wards_are_not_shown(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=1)
    _send(database, staffed, now=NOW - 7 * DAY)
    with database.reading() as session:
        days = last_days(session, staffed.ward.id, now=NOW)
        elsewhere = last_days(session, staffed.ward.id + 1, now=NOW - 7 * DAY)
    assert sum(day.counts.total for day in [*days, *elsewhere]) == 0


def _send(
    database: Database, staffed: StaffedWard, *, now: dt.datetime = NOW
) -> Announcement:
    return submit_announcement(
        database,
        a_draft(the_group(staffed.group), topic=Topic.EMERGENCY),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=now,
    )


def _tariff(database: Database, *, day: dt.date, vnd: int) -> None:
    with database.writing() as session:
        session.add(
            Tariff(
                carrier="VinaPhone", kind="care", valid_from=day, vnd_per_segment=vnd
            )
        )


def _use(database: Database, sent: Announcement, *, day: dt.date) -> None:
    with database.writing() as session:
        session.execute(
            update(Message)
            .where(Message.announcement_id == sent.id)
            .values(usage_day=day, usage_month=day.replace(day=1))
        )
