"""A ward's books beside a schoolbook, through whatever leaders and accountants do.

Money comes early, late, twice or too much, is undone, handed in and matched; months are
charged and closed; meanwhile the register changes (`books_register`). In any order.
"""

import datetime as dt
import uuid

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from broadcaster.errors import MonthBlockedError, NotAllowedError
from broadcaster.services import ledger
from broadcaster.services.closing import close_month
from broadcaster.services.statements import stored_sums
from broadcaster.store.session import Database
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerStateError
from subscriptions.months import month_of, next_month, previous_month
from subscriptions.payments import NewPayment
from subscriptions.remittances import cash_in_hand
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import BillingMonth, PaymentMethod
from tests.broadcaster.services.books import books_add_up, closed_months
from tests.broadcaster.services.books_model import Paid
from tests.broadcaster.services.books_register import HOMES, Register
from tests.builders.ledger import in_month

AMOUNTS = (1000, 3000, 3000, 6000, 9000, 20_001, 36_000)


class Months(Register):
    """What may happen to the money of a ward from August 2026 on."""

    def __init__(self) -> None:
        super().__init__()
        self.hand_ins: dict[int, bool] = {}
        for number in (0, 1):
            self.a_home_is_enrolled(group=number, lines=number + 1)

    @rule(amounts=st.lists(st.sampled_from(AMOUNTS), min_size=HOMES, max_size=HOMES))
    def a_month_goes_by(self, amounts: list[int]) -> None:
        """Go on as most months do; by lot alone few would ever be closed."""
        if self.books.closed:
            self.a_month_is_charged(back=1)
        self.a_month_is_charged(back=0)
        for home, amount in zip(self.homes, amounts, strict=False):
            self.take(home, amount, method=PaymentMethod.CASH)
        self.cash_is_handed_in(number=0)
        self.now = in_month(next_month(month_of(self.now)), day=2)
        self.close(self.books.next_to_close() or month_of(self.now))

    @rule(back=st.integers(0, 3))
    def a_month_is_charged(self, back: int) -> None:
        month = month_of(self.now)
        for _ in range(back):
            month = previous_month(month)
        lines, spared = self.books.charge(month)
        found = ledger.charge(self.database, month, actor=self.accountant, now=self.now)
        assert (found.lines, found.exempt_lines) == (lines, spared)

    @precondition(lambda self: self.homes)
    @rule(
        data=st.data(),
        amount=st.sampled_from(AMOUNTS),
        method=st.sampled_from(PaymentMethod),
        late=st.sampled_from([0, 0, 2, 35]),
        times=st.integers(1, 2),
    )
    def a_home_pays(
        self,
        data: st.DataObject,
        amount: int,
        method: PaymentMethod,
        late: int,
        times: int,
    ) -> None:
        home = data.draw(st.sampled_from(self.homes))
        self.take(home, amount, method=method, late=late, times=times)

    def take(
        self,
        home: Household,
        amount: int,
        *,
        method: PaymentMethod,
        late: int = 0,
        times: int = 1,
    ) -> None:
        is_cash = method is PaymentMethod.CASH
        actor = self.leader if is_cash else self.accountant
        paid_at = self.now - dt.timedelta(days=late)
        new = NewPayment(
            amount_vnd=amount,
            method=method,
            received_by=actor.account_id,
            idempotency_key=str(uuid.uuid4()),
            paid_at=paid_at,
        )
        rows = [
            ledger.take_payment(
                self.database, home.public_id, new, actor=actor, now=self.now
            )
            for _ in range(times)
        ]
        paid = Paid(
            public_id=rows[0].public_id,
            home=home.id,
            group=home.group_id,
            amount_vnd=amount,
            is_cash=is_cash,
            month=month_of(paid_at),
        )
        assert {row.id for row in rows} == {rows[0].id}
        assert rows[0].booked_month == self.books.take(paid)

    @precondition(lambda self: self.books.paid)
    @rule(data=st.data(), is_leader=st.booleans())
    def a_payment_is_undone(self, data: st.DataObject, is_leader: bool) -> None:
        paid = data.draw(st.sampled_from(self.books.paid))
        actor = self.leader if is_leader else self.accountant
        refused: type[Exception] | None = None
        if paid.is_handed_in and is_leader:
            refused = NotAllowedError
        elif paid.is_undone:
            refused = LedgerStateError
        if refused:
            with pytest.raises(refused):
                ledger.undo_payment(
                    self.database, paid.public_id, actor=actor, now=self.now
                )
            return
        row = ledger.undo_payment(
            self.database, paid.public_id, actor=actor, now=self.now
        )
        assert row.booked_month == self.books.give_back(paid)

    @rule(number=st.integers(0, 1))
    def cash_is_handed_in(self, number: int) -> None:
        group = self.groups[number].id
        amount = self.books.cash.get(group, 0)
        if amount <= 0:
            with pytest.raises(LedgerStateError):
                ledger.hand_in(self.database, group, actor=self.leader, now=self.now)
            return
        row = ledger.hand_in(self.database, group, actor=self.leader, now=self.now)
        assert row.amount_vnd == amount
        self.books.carry(group)
        self.hand_ins[row.id] = False

    @precondition(lambda self: self.hand_ins)
    @rule(data=st.data())
    def a_hand_in_is_matched(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.hand_ins)))

        def act() -> None:
            ledger.match_remittance(
                self.database, key, actor=self.accountant, now=self.now
            )

        if self.hand_ins[key]:
            with pytest.raises(LedgerStateError):
                act()
        else:
            act()
            self.hand_ins[key] = True

    @rule(data=st.data(), is_next=st.booleans())
    def a_month_is_closed(self, data: st.DataObject, is_next: bool) -> None:
        month = self.books.next_to_close() if is_next else None
        if month is None:
            back = data.draw(st.sampled_from([0, 31, 62]))
            month = month_of(self.now - dt.timedelta(days=back))
        self.close(month)

    def close(self, month: dt.date) -> None:
        def act() -> BillingMonth:
            return close_month(
                self.database,
                self.ward_id,
                month,
                actor=self.accountant,
                now=self.now,
            )

        against = self.reasons_against(month)
        if against:
            with pytest.raises(MonthBlockedError) as caught:
                act()
            assert set(caught.value.reasons) == against
            return
        row = act()
        self.books.begun.add(month)
        self.books.closed.setdefault(month, self.books.sums(month))
        assert stored_sums(row) == self.books.closed[month]

    def reasons_against(self, month: dt.date) -> set[str]:
        if month in self.books.closed:
            return set()
        turn = self.books.next_to_close()
        if turn is not None and not self.books.closed:
            turn = min(turn, month)
        found = {
            "not_over": month >= month_of(self.now),
            "out_of_order": turn not in {None, month},
            "charges_missing": bool(self.books.uncharged(month)),
        }
        return {reason for reason, holds in found.items() if holds}

    @invariant()
    def the_books_add_up_and_say_what_the_model_says(self) -> None:
        today = self.now.date()
        with self.database.reading() as session:
            books_add_up(session, self.ward_id, today=today)
            assert closed_months(session, self.ward_id) == self.books.closed
            for home in self.homes:
                balance = household_balance(session, home.id)
                assert balance.charged_vnd == self.books.charged_vnd(home.id)
                assert balance.paid_vnd == self.books.paid_vnd(home.id)
            for group in self.groups:
                in_hand = cash_in_hand(session, group.id)
                assert in_hand == self.books.cash.get(group.id, 0)


def test_every_dong_is_accounted_for_whatever_happens(database: Database) -> None:
    machine = type("MonthsHere", (Months,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
