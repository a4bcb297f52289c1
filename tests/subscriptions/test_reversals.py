"""A payment is undone once, by another row, and opens again what it settled."""

import pytest

from broadcaster.store.session import Database
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerStateError
from subscriptions.payments import find_payment, list_payments, reverse_payment
from subscriptions.remittances import cash_in_hand, hand_in
from tests.builders.ledger import (
    LEADER,
    OCTOBER,
    a_home,
    a_paying_household,
    charge,
    in_month,
    pay,
    ward_of,
)
from tests.builders.people import a_group, a_ward


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
