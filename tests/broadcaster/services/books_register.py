"""A register that changes in any order: homes, their lines, and who is spared."""

import datetime as dt

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import select

from broadcaster.rules.permissions import Role
from broadcaster.services import ledger
from broadcaster.store.session import Database
from subscriptions.errors import LedgerStateError, SubscriptionStateError
from subscriptions.exemptions import NewExemption
from subscriptions.months import month_of, next_month, previous_month
from subscriptions.subscription_changes import (
    Decision,
    end_subscription,
    resume_subscription,
    suspend_subscription,
)
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.ledger import ExemptionReason
from tests.broadcaster.services.books_model import Books, Served, Spared
from tests.builders.accounts import an_account
from tests.builders.ledger import AUGUST, LEADER, a_paying_household, in_month
from tests.builders.people import a_group, a_ward

_S = SubscriptionStatus
CHANGES = {
    _S.SUSPENDED: (suspend_subscription, {_S.ACTIVE}),
    _S.ACTIVE: (resume_subscription, {_S.SUSPENDED}),
    _S.ENDED: (end_subscription, {_S.ACTIVE, _S.SUSPENDED}),
}
HOMES = 4


class Register(RuleBasedStateMachine):
    """What may happen in the register of a ward from August 2026 on."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.now, self.books = in_month(AUGUST), Books()
        self.homes: list[Household] = []
        with self.database.writing() as session:
            ward = a_ward(session)
            self.ward_id = ward.id
            self.groups = [a_group(session, ward, number=n) for n in (5, 12)]
            ids = frozenset(group.id for group in self.groups)
            self.leader, self.accountant, self.approver = (
                an_account(
                    session,
                    role,
                    ward_id=ward.id,
                    username=f"{role}{ward.id}",
                    group_ids=ids if role is Role.LEADER else frozenset(),
                )
                for role in (Role.LEADER, Role.ACCOUNTANT, Role.APPROVER)
            )

    @rule(days=st.sampled_from([1, 9, 31]))
    def time_passes(self, days: int) -> None:
        self.now += dt.timedelta(days=days)

    @precondition(lambda self: len(self.homes) < HOMES)
    @rule(group=st.integers(0, 1), lines=st.integers(1, 2), is_late=st.booleans())
    def a_home_is_enrolled(self, group: int, lines: int, is_late: bool = False) -> None:
        since = month_of(self.now)
        since = previous_month(since) if is_late else since
        with self.database.writing() as session:
            home = a_paying_household(
                session, in_group=self.groups[group], lines=lines, since=since
            )
            ids = session.scalars(
                select(Subscription.public_id)
                .join(Resident, Resident.id == Subscription.resident_id)
                .where(Resident.household_id == home.id)
            ).all()
        assert len(ids) == lines
        self.homes.append(home)
        self.books.served += [
            Served(home=home.id, public_id=each, first_month=since) for each in ids
        ]

    @precondition(lambda self: self.homes)
    @rule(data=st.data(), to=st.sampled_from(list(CHANGES)), is_later=st.booleans())
    def a_line_is_changed(
        self, data: st.DataObject, to: SubscriptionStatus, is_later: bool
    ) -> None:
        line = data.draw(st.sampled_from(self.books.served))
        change, froms = CHANGES[to]
        since = month_of(self.now)
        since = next_month(since) if is_later else since
        decision = Decision(reason="Đi vắng", from_month=since, recorded_by=LEADER)

        def act() -> None:
            with self.database.writing() as session:
                scope, key = self.leader.scope, line.public_id
                change(session, scope, key, decision=decision, now=self.now)

        if line.status not in froms:
            with pytest.raises(SubscriptionStateError):
                act()
            return
        act()
        line.status = to
        line.words.append((since, to))
        if to is _S.ENDED:
            line.last_month = previous_month(since)

    @precondition(lambda self: self.homes)
    @rule(
        data=st.data(), begins=st.integers(-1, 1), months=st.sampled_from([None, 0, 2])
    )
    def a_decision_is_written_down(
        self, data: st.DataObject, begins: int, months: int | None
    ) -> None:
        home = data.draw(st.sampled_from(self.homes))
        first = month_of(self.now + dt.timedelta(days=31 * begins))
        last = None
        if months is not None:
            last = month_of(in_month(first) + dt.timedelta(days=31 * months))
        new = NewExemption(
            reason=ExemptionReason.POOR,
            decision="45/QĐ-UBND",
            first_month=first,
            last_month=last,
        )
        row = ledger.exempt(
            self.database, home.public_id, new, actor=self.accountant, now=self.now
        )
        self.books.spared.append(
            Spared(id=row.id, home=home.id, first_month=first, last_month=last)
        )

    @precondition(lambda self: self.books.spared)
    @rule(data=st.data())
    def a_decision_is_agreed_to(self, data: st.DataObject) -> None:
        spared = data.draw(st.sampled_from(self.books.spared))

        def act() -> None:
            ledger.approve_exemption(
                self.database, spared.id, actor=self.approver, now=self.now
            )

        if spared.is_agreed:
            with pytest.raises(LedgerStateError):
                act()
            return
        act()
        spared.is_agreed = True
