"""Money of a month that is closed is booked in the open one."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.booking import lock_month
from subscriptions.payments import NewPayment, record_payment, reverse_payment
from subscriptions.tables.ledger import Adjustment, MonthState, PaymentMethod
from tests.builders.ledger import (
    LEADER,
    NOVEMBER,
    OCTOBER,
    a_home,
    after,
    charge,
    in_month,
    pay,
    ward_of,
)


def close(session: Session, ward_id: int, month: dt.date) -> None:
    row = lock_month(session, ward_id, month, now=after(month))
    row.state = MonthState.CLOSED
    row.closed_at = after(month)
    session.flush()


def test_money_of_a_closed_month_is_booked_in_the_open_one(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        charge(session, ward_of(session, household), OCTOBER)
        close(session, household.ward_id, OCTOBER)
        new = NewPayment(
            amount_vnd=3000,
            method=PaymentMethod.CASH,
            received_by=LEADER,
            idempotency_key="kept on the phone for a week",
            paid_at=in_month(OCTOBER, day=30),
        )

        payment = record_payment(session, household, new, now=in_month(NOVEMBER))

        assert (payment.month, payment.booked_month) == (OCTOBER, NOVEMBER)
        late = session.scalars(select(Adjustment)).one()
        assert (late.concerns_month, late.amount_vnd) == (OCTOBER, 3000)


def test_undoing_a_payment_of_a_closed_month_is_booked_in_the_open_one(
    database: Database,
) -> None:
    with database.writing() as session:
        household = a_home(session)
        payment = pay(session, household, 3000, now=in_month(OCTOBER))
        close(session, household.ward_id, OCTOBER)

        reversal = reverse_payment(
            session, payment, reversed_by=LEADER, now=in_month(NOVEMBER)
        )

        assert (reversal.month, reversal.booked_month) == (OCTOBER, NOVEMBER)
        late = session.scalars(select(Adjustment)).one()
        assert (late.concerns_month, late.amount_vnd) == (OCTOBER, -3000)


def test_a_wrong_clock_never_opens_a_month_before_the_wards_first(
    database: Database,
) -> None:
    with database.writing() as session:
        household = a_home(session)
        charge(session, ward_of(session, household), OCTOBER)

        payment = pay(
            session, household, 3000, now=dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
        )

        assert payment.booked_month == OCTOBER
