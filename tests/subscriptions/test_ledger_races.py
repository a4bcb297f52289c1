"""Several people work in the books in the same moment: real threads, real locks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.booking import booking_month, lock_month
from subscriptions.charges import charge_month
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerStateError, PaidMeanwhileError
from subscriptions.payments import (
    Asked,
    NewPayment,
    record_payment,
    reverse_payment,
)
from subscriptions.remittances import cash_in_hand, hand_in
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import (
    Adjustment,
    BillingMonth,
    Charge,
    MonthState,
    Payment,
    PaymentMethod,
    Remittance,
)
from subscriptions.tables.places import ResidentialGroup
from tests.builders.ledger import (
    LEADER,
    NOVEMBER,
    OCTOBER,
    a_paying_household,
    after,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward

AT_ONCE = 6
NOW = in_month(OCTOBER)


def all_at_once(
    database: Database, act: Callable[[Session, int], object]
) -> list[object]:
    """Do it from several threads, each in a transaction of its own."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> object:
        barrier.wait(timeout=30)
        try:
            with database.writing() as session:
                return act(session, number)
        except LedgerStateError as error:
            return error.reason

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def a_home(database: Database, *, lines: int = 1) -> Household:
    with database.writing() as session:
        group = a_group(session, a_ward(session), number=12)
        return a_paying_household(session, in_group=group, lines=lines)


def test_receipts_have_no_gap_and_no_twin(database: Database) -> None:
    home = a_home(database)

    numbers = all_at_once(
        database, lambda session, _: pay(session, home, 3000).receipt_number
    )

    assert sorted(map(str, numbers)) == [
        f"T12-2026-{number:04}" for number in range(1, AT_ONCE + 1)
    ]


def test_a_form_sent_several_times_is_one_payment(database: Database) -> None:
    home = a_home(database)

    numbers = all_at_once(
        database, lambda session, _: pay(session, home, 3000, key="k").receipt_number
    )

    assert set(numbers) == {"T12-2026-0001"}
    with database.reading() as session:
        assert household_balance(session, home.id).paid_vnd == 3000


def test_two_phones_that_pay_one_charge_leave_the_rest_as_credit(
    database: Database,
) -> None:
    home = a_home(database)
    with database.writing() as session:
        charge_month(session, home.ward_id, OCTOBER, now=NOW)

    all_at_once(database, lambda session, _: pay(session, home, 3000))

    with database.reading() as session:
        balance = household_balance(session, home.id)
        assert balance.settled_vnd == 3000
        assert balance.credit_vnd == 3000 * (AT_ONCE - 1)


def test_of_phones_that_ask_for_the_same_money_one_gets_it_and_the_others_are_told(
    database: Database,
) -> None:
    home = a_home(database)
    with database.writing() as session:
        charge_month(session, home.ward_id, OCTOBER, now=NOW)

    def take(session: Session, number: int) -> str:
        new = NewPayment(
            amount_vnd=3000,
            method=PaymentMethod.CASH,
            received_by=LEADER,
            idempotency_key=f"phone {number}",
            asked=Asked(open_vnd=3000, last_month=OCTOBER),
        )
        try:
            return record_payment(session, home, new, now=NOW).receipt_number
        except PaidMeanwhileError as error:
            return f"{error.receipt_number}: {error.amount_vnd}, {error.open_vnd}"

    answers = all_at_once(database, take)

    assert answers.count("T12-2026-0001") == 1
    assert answers.count("T12-2026-0001: 3000, 0") == AT_ONCE - 1
    with database.reading() as session:
        assert household_balance(session, home.id).paid_vnd == 3000


def test_a_month_charged_by_several_is_charged_once(database: Database) -> None:
    home = a_home(database, lines=2)

    all_at_once(database, lambda s, _: charge_month(s, home.ward_id, OCTOBER, now=NOW))

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Charge)) == 2


def test_paying_while_the_month_is_charged_loses_nothing(database: Database) -> None:
    home = a_home(database, lines=AT_ONCE)

    def act(session: Session, number: int) -> None:
        if number % 2:
            charge_month(session, home.ward_id, OCTOBER, now=NOW)
        else:
            pay(session, home, 3000)

    all_at_once(database, act)

    with database.reading() as session:
        balance = household_balance(session, home.id)
        assert balance.credit_vnd == 0
        assert balance.owed_vnd == 3000 * AT_ONCE - balance.paid_vnd


def test_a_payment_undone_by_several_is_undone_once(database: Database) -> None:
    home = a_home(database)
    with database.writing() as session:
        payment = pay(session, home, 3000)

    def undo(session: Session, _: int) -> str:
        mine = session.get_one(Payment, payment.id)
        return reverse_payment(session, mine, reversed_by=LEADER, now=NOW).method

    answers = all_at_once(database, undo)

    assert answers.count("already_reversed") == AT_ONCE - 1
    with database.reading() as session:
        assert household_balance(session, home.id).paid_vnd == 0


def test_cash_handed_in_by_several_taps_is_handed_in_once(database: Database) -> None:
    home = a_home(database)
    with database.writing() as session:
        pay(session, home, 3000)

    def tap(session: Session, _: int) -> str:
        group = session.get_one(ResidentialGroup, home.group_id)
        return hand_in(session, group, handed_by=LEADER, now=NOW).code

    answers = all_at_once(database, tap)

    assert answers.count("TO12-T10-1") == 1
    assert answers.count("nothing_in_hand") == AT_ONCE - 1
    with database.reading() as session:
        assert cash_in_hand(session, home.group_id) == 0
        assert session.scalar(select(func.sum(Remittance.amount_vnd))) == 3000


def test_a_month_begun_by_several_is_begun_once(database: Database) -> None:
    home = a_home(database)

    booked = all_at_once(
        database, lambda s, _: booking_month(s, home.ward_id, OCTOBER, now=NOW)
    )

    assert set(booked) == {OCTOBER}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BillingMonth)) == 1


def test_what_is_paid_while_a_month_closes_is_in_its_sum_or_in_the_next(
    database: Database,
) -> None:
    home = a_home(database)
    with database.writing() as session:
        charge_month(session, home.ward_id, OCTOBER, now=NOW)

    def act(session: Session, number: int) -> int:
        if number:
            pay(session, home, 3000, now=NOW)
            return 0
        month = lock_month(session, home.ward_id, OCTOBER, now=after(OCTOBER))
        month.state, month.closed_at = MonthState.CLOSED, after(OCTOBER)
        return _paid_in_october(session)

    in_its_sum = all_at_once(database, act)[0]

    with database.reading() as session:
        late = session.scalar(select(func.sum(Adjustment.amount_vnd))) or 0
        assert _paid_in_october(session) == in_its_sum
        assert in_its_sum + late == 3000 * (AT_ONCE - 1)


def _paid_in_october(session: Session) -> int:
    paid = select(func.sum(Payment.amount_vnd)).where(Payment.booked_month < NOVEMBER)
    return session.scalar(paid) or 0
