import datetime as dt

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.booking import lock_month
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerInputError, LedgerStateError
from subscriptions.payments import (
    MAX_PAYMENT_VND,
    NewPayment,
    find_payment,
    list_payments,
    record_payment,
    reverse_payment,
)
from subscriptions.remittances import cash_in_hand, hand_in
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import (
    Adjustment,
    Allocation,
    Charge,
    MonthState,
    Payment,
    PaymentMethod,
)
from subscriptions.tables.places import Ward
from tests.builders.ledger import (
    AUGUST,
    LEADER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    after,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward


def a_home(session: Session, *, lines: int = 1) -> Household:
    return a_paying_household(
        session, in_group=a_group(session, a_ward(session), number=12), lines=lines
    )


def ward_of(session: Session, household: Household) -> Ward:
    return session.get_one(Ward, household.ward_id)


def close(session: Session, ward_id: int, month: dt.date) -> None:
    row = lock_month(session, ward_id, month, now=after(month))
    row.state = MonthState.CLOSED
    row.closed_at = after(month)
    session.flush()


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


def test_undoing_opens_again_what_the_payment_settled(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session, lines=2)
        charge(session, ward_of(session, household), OCTOBER)
        payment = pay(session, household, 10_000)

        reversal = reverse_payment(
            session, payment, reversed_by=LEADER, now=in_month(OCTOBER, day=11)
        )

        balance = household_balance(session, household.id)
        assert (balance.paid_vnd, balance.owed_vnd, balance.credit_vnd) == (0, 6000, 0)
        assert reversal.receipt_number == f"{payment.receipt_number}-H"
        assert find_payment(session, payment.ward_id, reversal.public_id) == reversal
        assert list_payments(session, household.id) == [reversal, payment]


def test_other_credit_settles_what_an_undoing_opened(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        charge(session, ward_of(session, household), OCTOBER)
        mistaken = pay(session, household, 1000)
        pay(session, household, 5000)

        reverse_payment(session, mistaken, reversed_by=LEADER, now=in_month(OCTOBER))

        balance = household_balance(session, household.id)
        assert (balance.owed_vnd, balance.credit_vnd) == (0, 2000)


def test_a_payment_is_undone_only_once(database: Database) -> None:
    with database.writing() as session:
        payment = pay(session, a_home(session), 3000)
        now = in_month(OCTOBER)
        reversal = reverse_payment(session, payment, reversed_by=LEADER, now=now)

        with pytest.raises(LedgerStateError, match="already_reversed"):
            reverse_payment(session, payment, reversed_by=LEADER, now=now)
        with pytest.raises(LedgerStateError, match="is_a_reversal"):
            reverse_payment(session, reversal, reversed_by=LEADER, now=now)


def test_an_undone_payment_never_settles_a_later_charge(database: Database) -> None:
    with database.writing() as session:
        household = a_home(session)
        payment = pay(session, household, 3000)
        reverse_payment(session, payment, reversed_by=LEADER, now=in_month(OCTOBER))

        charge(session, ward_of(session, household), OCTOBER)

        assert household_balance(session, household.id).owed_vnd == 3000


def test_undoing_what_was_handed_in_lessens_the_next_hand_in(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        household = a_paying_household(session, in_group=group)
        payment = pay(session, household, 3000)
        now = in_month(OCTOBER)
        hand_in(session, group, handed_by=LEADER, now=now)

        reverse_payment(session, payment, reversed_by=LEADER, now=now)
        assert cash_in_hand(session, group.id) == -3000

        pay(session, household, 6000)
        assert hand_in(session, group, handed_by=LEADER, now=now).amount_vnd == 3000


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
