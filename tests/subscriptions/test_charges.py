import datetime as dt

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.charges import charge_month, count_uncharged
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerStateError
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionChange,
    SubscriptionStatus,
)
from subscriptions.tables.ledger import (
    Adjustment,
    AdjustmentKind,
    BillingMonth,
    Charge,
    MonthState,
)
from tests.builders.ledger import (
    AUGUST,
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    after,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.people import NOW, a_group, a_ward


def subscription_of(session: Session, household: Household) -> Subscription:
    return session.scalars(
        select(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(Resident.household_id == household.id)
    ).one()


def change(
    session: Session,
    subscription: Subscription,
    status: SubscriptionStatus,
    *,
    since: dt.date,
) -> None:
    subscription.status = status
    session.add(
        SubscriptionChange(
            ward_id=subscription.ward_id,
            subscription_id=subscription.id,
            status=status,
            from_month=since,
            reason="đi vắng",
            recorded_at=NOW,
        )
    )
    session.flush()


def close(session: Session, ward_id: int, month: dt.date) -> None:
    session.execute(
        update(BillingMonth)
        .where(BillingMonth.ward_id == ward_id, BillingMonth.month == month)
        .values(state=MonthState.CLOSED, closed_at=after(month))
    )


def test_each_paying_line_is_charged_the_wards_price(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(
            session, in_group=a_group(session, ward), lines=2
        )

        charged = charge(session, ward, OCTOBER)

        assert (charged.lines, charged.amount_vnd) == (2, 6000)
        assert charged.booked_month == OCTOBER
        assert household_balance(session, household.id).owed_vnd == 6000


def test_charging_twice_adds_only_what_is_missing(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        a_paying_household(session, in_group=group)
        charge(session, ward, OCTOBER)
        a_paying_household(session, in_group=group, lines=2)
        assert count_uncharged(session, ward.id, OCTOBER) == 2

        assert charge(session, ward, OCTOBER).lines == 2
        assert charge(session, ward, OCTOBER).lines == 0
        assert session.scalar(select(func.count()).select_from(Charge)) == 3


def test_another_wards_lines_are_left_alone(database: Database) -> None:
    with database.writing() as session:
        ward, other = a_ward(session), a_ward(session, name="Phường Bên")
        a_paying_household(session, in_group=a_group(session, other))

        assert charge(session, ward, OCTOBER).lines == 0


def test_a_line_is_charged_from_its_first_month_to_its_last(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(
            session, in_group=a_group(session, ward), since=SEPTEMBER
        )
        subscription_of(session, household).last_month = OCTOBER
        session.flush()

        lines = [
            charge(session, ward, month).lines
            for month in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER)
        ]

        assert lines == [0, 1, 1, 0]


def test_a_suspended_line_is_charged_for_the_months_it_ran(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        subscription = subscription_of(session, household)
        change(session, subscription, SubscriptionStatus.SUSPENDED, since=OCTOBER)
        change(session, subscription, SubscriptionStatus.ACTIVE, since=DECEMBER)
        months = (SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER)

        assert [charge(session, ward, m).lines for m in months] == [1, 0, 0, 1]


def test_a_suspension_without_a_month_stops_every_charge(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        subscription_of(session, household).status = SubscriptionStatus.SUSPENDED
        session.flush()

        assert charge(session, ward, OCTOBER).lines == 0


def test_a_line_that_another_pays_for_is_not_charged(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        subscription_of(session, household).pays = False
        session.flush()

        assert charge(session, ward, OCTOBER).lines == 0


def test_an_exempt_household_is_charged_nothing_and_counted(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(
            session, in_group=a_group(session, ward), lines=2
        )
        exemption = an_exemption(session, household)

        charged = charge(session, ward, OCTOBER)

        assert (charged.lines, charged.exempt_lines, charged.amount_vnd) == (2, 2, 0)
        assert set(session.scalars(select(Charge.exemption_id))) == {exemption.id}
        assert set(session.scalars(select(Charge.tariff_vnd))) == {3000}


def test_an_exemption_spares_only_its_months(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        an_exemption(session, household, first_month=SEPTEMBER, last_month=OCTOBER)
        months = (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER)

        amounts = [charge(session, ward, month).amount_vnd for month in months]

        assert amounts == [3000, 0, 0, 3000]


def test_an_exemption_nobody_approved_spares_nothing(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        an_exemption(session, household, approved=False)

        assert charge(session, ward, OCTOBER).amount_vnd == 3000


def test_two_exemptions_of_one_household_charge_it_once(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        an_exemption(session, household)
        an_exemption(session, household)

        assert charge(session, ward, OCTOBER).lines == 1


def test_what_is_found_after_closing_is_booked_in_the_first_open_month(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        charge(session, ward, OCTOBER)
        close(session, ward.id, OCTOBER)
        a_paying_household(session, in_group=group, lines=2)

        charged = charge_month(session, ward.id, OCTOBER, now=in_month(NOVEMBER))

        assert charged.booked_month == NOVEMBER
        found = session.scalars(select(Adjustment)).all()
        assert [
            (a.kind, a.booked_month, a.concerns_month, a.amount_vnd) for a in found
        ] == [(AdjustmentKind.CHARGE, NOVEMBER, OCTOBER, 3000)] * 2


def test_an_exempt_line_found_late_needs_no_adjustment(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        charge(session, ward, OCTOBER)
        close(session, ward.id, OCTOBER)
        an_exemption(session, a_paying_household(session, in_group=group))

        charged = charge_month(session, ward.id, OCTOBER, now=in_month(NOVEMBER))

        assert charged.exempt_lines == 1
        assert session.scalars(select(Adjustment)).all() == []


def test_what_was_paid_ahead_settles_the_next_charge(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        pay(session, household, 36000)

        charge(session, ward, OCTOBER)

        balance = household_balance(session, household.id)
        assert (balance.owed_vnd, balance.credit_vnd) == (0, 33000)


def test_a_month_to_come_is_not_charged(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)

        with pytest.raises(LedgerStateError, match="month_not_begun"):
            charge_month(session, ward.id, NOVEMBER, now=in_month(OCTOBER, day=31))


def test_a_month_begins_at_the_wards_midnight(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        just_begun = dt.datetime(2026, 10, 31, 17, 0, tzinfo=dt.UTC)

        charged = charge_month(session, ward.id, NOVEMBER, now=just_begun)

        assert charged.booked_month == NOVEMBER


def test_the_database_refuses_to_change_a_charge(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_paying_household(session, in_group=a_group(session, ward))
        charge(session, ward, OCTOBER)

    with pytest.raises(DatabaseError, match="append-only"), database.writing() as s:
        s.execute(update(Charge).values(amount_vnd=0))
