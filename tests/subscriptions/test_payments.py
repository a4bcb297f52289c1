"""A payment has a number, settles the oldest charges, and is taken once."""

import datetime as dt

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerInputError
from subscriptions.payments import MAX_PAYMENT_VND, NewPayment, record_payment
from subscriptions.tables.ledger import Allocation, Charge, Payment, PaymentMethod
from tests.builders.ledger import (
    AUGUST,
    LEADER,
    OCTOBER,
    SEPTEMBER,
    a_home,
    a_paying_household,
    charge,
    in_month,
    pay,
    ward_of,
)
from tests.builders.people import a_group, a_ward


def settled_by_month(session: Session) -> dict[dt.date, int]:
    rows = session.execute(
        select(Charge.month, func.sum(Allocation.amount_vnd))
        .join(Allocation, Allocation.charge_id == Charge.id)
        .group_by(Charge.month)
    )
    return {month: int(amount) for month, amount in rows}


def test_receipts_are_counted_per_group_and_year(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        twelfth, fifth = (
            a_paying_household(session, in_group=a_group(session, ward, number=number))
            for number in (12, 5)
        )
        new_year = dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)
        last_minute = dt.datetime(2026, 12, 31, 16, 59, tzinfo=dt.UTC)

        numbers = [
            pay(session, household, 3000, now=now).receipt_number
            for household, now in [
                (twelfth, in_month(OCTOBER)),
                (fifth, in_month(OCTOBER)),
                (twelfth, last_minute),
                (twelfth, new_year),
            ]
        ]

        assert numbers == [
            "T12-2026-0001",
            "T5-2026-0001",
            "T12-2026-0002",
            "T12-2027-0001",
        ]


def test_a_payment_settles_the_oldest_charges_first(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        for month in (OCTOBER, AUGUST, SEPTEMBER):
            charge(session, ward_of(session, household), month)

        pay(session, household, 4000)
        assert settled_by_month(session) == {AUGUST: 3000, SEPTEMBER: 1000}

        pay(session, household, 3000)
        assert settled_by_month(session) == {
            AUGUST: 3000,
            SEPTEMBER: 3000,
            OCTOBER: 1000,
        }


def test_what_is_paid_too_much_stays_the_households_credit(
    database: Database,
) -> None:
    with database.writing() as session:
        household = a_home(session)
        charge(session, ward_of(session, household), OCTOBER)

        pay(session, household, 36_000)

        balance = household_balance(session, household.id)
        assert (balance.owed_vnd, balance.credit_vnd) == (0, 33_000)


def test_the_same_key_is_the_same_payment(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        first = pay(session, household, 3000, key="tapped-twice")
        again = pay(session, household, 3000, key="tapped-twice")

        assert again.receipt_number == first.receipt_number
        assert household_balance(session, household.id).paid_vnd == 3000


@pytest.mark.parametrize(
    ("amount", "method"),
    [(6000, PaymentMethod.CASH), (3000, PaymentMethod.TRANSFER)],
    ids=["other amount", "other method"],
)
def test_a_key_never_stands_for_two_payments(
    database: Database, amount: int, method: PaymentMethod
) -> None:
    with database.writing() as session:
        household = a_home(session)
        pay(session, household, 3000, key="form-1")

        with pytest.raises(LedgerInputError, match="idempotency_key"):
            pay(session, household, amount, method=method, key="form-1")


@pytest.mark.parametrize("amount", [0, -3000, MAX_PAYMENT_VND + 1])
def test_an_absurd_amount_is_refused(database: Database, amount: int) -> None:
    with database.writing() as session:
        household = a_home(session)

        with pytest.raises(LedgerInputError, match="amount_vnd"):
            pay(session, household, amount)


def test_a_refused_payment_leaves_no_gap_in_the_receipts(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        pay(session, household, 3000)

    with database.reading() as session:  # as when the machine dies before it commits
        assert pay(session, household, 3000).receipt_number == "T12-2026-0002"

    with database.writing() as session:
        assert pay(session, household, 3000).receipt_number == "T12-2026-0002"


def test_a_payment_from_tomorrow_counts_as_paid_now(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        now = in_month(OCTOBER, day=31)
        new = NewPayment(
            amount_vnd=3000,
            method=PaymentMethod.CASH,
            received_by=LEADER,
            idempotency_key="phone with a wrong clock",
            paid_at=now + dt.timedelta(days=1),
        )

        assert record_payment(session, household, new, now=now).month == OCTOBER


@pytest.mark.parametrize("table", [Payment, Allocation])
def test_the_database_refuses_to_delete_from_the_books(
    database: Database, table: type[Payment] | type[Allocation]
) -> None:
    with database.writing() as session:
        household = a_home(session)
        charge(session, ward_of(session, household), OCTOBER)
        pay(session, household, 3000)

    with pytest.raises(DatabaseError, match="append-only"), database.writing() as s:
        s.execute(delete(table))
