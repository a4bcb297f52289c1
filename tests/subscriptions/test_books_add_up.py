"""Whatever is done in the books, in whatever order, every đồng is accounted for."""

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.charges import charge_month
from subscriptions.collecting import due_list, household_balance
from subscriptions.payments import find_reversal, list_payments, reverse_payment
from subscriptions.places import Scope
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Allocation, Charge, Payment
from subscriptions.tables.places import Ward
from tests.builders.ledger import (
    AUGUST,
    DECEMBER,
    LEADER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward

MONTHS = (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER)
NOW = in_month(DECEMBER)

acts = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), st.sampled_from(MONTHS)),
        st.tuples(st.just("pay"), st.integers(min_value=1, max_value=20_000)),
        st.tuples(st.just("undo"), st.integers(min_value=0, max_value=9)),
    ),
    max_size=14,
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a session whose work is never kept: hypothesis begins many times."""
    with database.reading() as session:
        yield session


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts)
def test_every_dong_is_accounted_for(
    session: Session, acts: list[tuple[str, object]]
) -> None:
    session.rollback()
    ward = a_ward(session)
    home = a_paying_household(session, in_group=a_group(session, ward), lines=2)
    for word, what in acts:
        do(session, ward, home, word, what)
        books_add_up(session, ward, home)


def do(session: Session, ward: Ward, home: Household, word: str, what: object) -> None:
    match word, what:
        case "charge", dt.date() as month:
            charge_month(session, ward.id, month, now=NOW)
        case "pay", int(amount):
            pay(session, home, amount, now=NOW)
        case "undo", int(number):
            undo(session, home, number)


def undo(session: Session, home: Household, number: int) -> None:
    standing = [
        payment
        for payment in list_payments(session, home.id)
        if payment.amount_vnd > 0 and find_reversal(session, payment.id) is None
    ]
    if standing:
        payment = standing[number % len(standing)]
        reverse_payment(session, payment, reversed_by=LEADER, now=NOW)


def books_add_up(session: Session, ward: Ward, home: Household) -> None:
    balance = household_balance(session, home.id)
    assert balance.settled_vnd + balance.credit_vnd == balance.paid_vnd
    assert balance.credit_vnd >= 0
    assert balance.owed_vnd >= 0
    assert not (balance.owed_vnd and balance.credit_vnd), "credit lies idle"
    for amount, settled in _with_allocations(session, Charge):
        assert 0 <= settled <= amount
    for amount, spent in _with_allocations(session, Payment):
        assert abs(spent) <= abs(amount)
    for row in due_list(session, Scope(ward_id=ward.id), DECEMBER):
        assert row.to_collect_vnd == balance.owed_vnd


def _with_allocations(
    session: Session, table: type[Charge] | type[Payment]
) -> list[tuple[int, int]]:
    key = Allocation.charge_id if table is Charge else Allocation.payment_id
    rows = session.execute(
        select(table.amount_vnd, func.coalesce(func.sum(Allocation.amount_vnd), 0))
        .outerjoin(Allocation, key == table.id)
        .group_by(table.id)
    )
    return [(amount, int(allocated)) for amount, allocated in rows]
