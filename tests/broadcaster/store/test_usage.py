"""A month's usage: each attempt at the price of its gateway, class and local day."""

import datetime as dt

import pytest

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.spending import month_spend
from broadcaster.store.usage import UsageRow, count_undecided, month_usage
from tests.builders.ledger import NOVEMBER, OCTOBER
from tests.builders.people import a_ward
from tests.builders.usage import BY_SMS, BY_ZALO, Way, a_price, a_way_out, go_on_by

LATE = dt.datetime(2026, 10, 5, 16, 30, tzinfo=dt.UTC)
"""Half past eleven at night in the ward."""
EARLY = LATE + dt.timedelta(hours=1)
"""Half past midnight: the sixth of October there, still the fifth in UTC."""
NEW_DAY = dt.date(2026, 10, 6)


def test_each_way_of_a_text_has_its_own_row_at_its_own_price(
    database: Database,
) -> None:
    other = Way(gateway="esms", segments=2)
    with database.writing() as session:
        ward = a_ward(session)
        a_price(session, 800)
        a_price(session, 700, gateway="esms", carrier="Viettel")
        a_price(session, 200, kind=BY_ZALO.kind)
        for way in (BY_SMS, other, BY_ZALO, BY_ZALO):
            a_way_out(session, ward, way, at=LATE)

        found = month_usage(session, ward.id, OCTOBER)

        assert [(r.kind, r.gateway, r.messages, r.cost_vnd) for r in found] == [
            (BY_ZALO.kind, BY_ZALO.gateway, 2, 400),
            ("care", "esms", 1, 1400),
            ("care", "memory", 1, 800),
        ]
        assert {row.carrier for row in found} == {"Viettel"}


def test_what_went_by_zalo_and_then_by_sms_is_paid_for_twice(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_price(session, 800)
        a_price(session, 200, kind=BY_ZALO.kind)
        message = a_way_out(session, ward, BY_ZALO, at=LATE)
        go_on_by(session, message, at=EARLY)
        message.state = MessageState.ACCEPTED
        message.usage_day, message.usage_month = NEW_DAY, OCTOBER
        session.flush()

        spent = month_spend(session, ward.id, OCTOBER)

        assert sum(r.cost_vnd for r in month_usage(session, ward.id, OCTOBER)) == 1000
        assert (spent.messages, spent.segments, spent.total_vnd) == (2, 2, 1000)


def test_a_leg_that_zalo_refused_costs_nothing(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_price(session, 200, kind=BY_ZALO.kind)
        refused = a_way_out(session, ward, BY_ZALO, state=MessageState.REFUSED)
        go_on_by(session, refused)
        assert month_usage(session, ward.id, OCTOBER) == []
        assert month_spend(session, ward.id, OCTOBER).messages == 0


@pytest.mark.parametrize(
    ("kind", "prices"),
    [("care", (800, 900)), (BY_ZALO.kind, (200, 300)), ("214/user", (140, 150))],
)
def test_a_price_that_changes_at_midnight_holds_from_the_wards_own(
    database: Database, kind: str, prices: tuple[int, int]
) -> None:
    before, since = prices
    way = Way(kind=kind)
    with database.writing() as session:
        ward = a_ward(session)
        a_price(session, before, kind=kind)
        a_price(session, since, kind=kind, since=NEW_DAY)
        last = a_way_out(session, ward, way, at=LATE)
        first = a_way_out(session, ward, way, at=EARLY)
        for message in (last, first):
            go_on_by(session, message)

        [row] = month_usage(session, ward.id, OCTOBER)

        assert (row.messages, row.cost_vnd) == (2, before + since)


def test_a_month_ends_at_the_wards_own_midnight_for_legs_as_well(
    database: Database,
) -> None:
    end = dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC)
    with database.writing() as session:
        ward = a_ward(session)
        a_price(session, 200, kind=BY_ZALO.kind)
        for at in (end, end + dt.timedelta(minutes=1)):
            go_on_by(session, a_way_out(session, ward, BY_ZALO, at=at), at=at)

        for month in (OCTOBER, NOVEMBER):
            [row] = month_usage(session, ward.id, month)
            assert (row.messages, row.cost_vnd) == (1, 200)


def test_an_answer_by_zalo_is_counted_at_nothing_and_is_not_unpriced(
    database: Database,
) -> None:
    answer = Way(gateway=BY_ZALO.gateway, kind="zalo_reply")
    with database.writing() as session:
        ward = a_ward(session)
        a_way_out(session, ward, answer, at=LATE)
        a_way_out(session, ward, BY_ZALO, at=LATE)

        assert month_usage(session, ward.id, OCTOBER) == [
            UsageRow(
                carrier="Viettel",
                kind=BY_ZALO.kind,
                gateway=BY_ZALO.gateway,
                messages=1,
                segments=1,
                cost_vnd=0,
                unpriced_segments=1,
            ),
            UsageRow(
                carrier="Viettel",
                kind="zalo_reply",
                gateway=BY_ZALO.gateway,
                messages=1,
                segments=1,
                cost_vnd=0,
            ),
        ]


def test_a_leg_in_doubt_is_undecided_and_one_that_is_over_is_not(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        for state in (MessageState.IN_DOUBT, MessageState.REFUSED):
            message = a_way_out(session, ward, BY_ZALO, at=LATE, state=state)
            go_on_by(session, message, at=LATE)

        assert count_undecided(session, ward.id, OCTOBER) == {
            MessageState.IN_DOUBT: 1,
            MessageState.QUEUED: 2,
        }
