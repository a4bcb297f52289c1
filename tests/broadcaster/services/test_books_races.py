"""Leaders and accountants in the books of a ward at once: real threads, real locks."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import func, select

from broadcaster.errors import MonthBlockedError, NotAllowedError
from broadcaster.rules.permissions import Role
from broadcaster.services import ledger
from broadcaster.services.accounts import Actor
from broadcaster.services.closing import close_month
from broadcaster.store.session import Database, create_engine_for
from subscriptions.booking import next_to_close
from subscriptions.errors import LedgerStateError
from subscriptions.months import month_of
from subscriptions.payments import NewPayment
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Payment, PaymentMethod, Remittance
from subscriptions.tables.places import ResidentialGroup
from tests.broadcaster.services.books import books_add_up, closed_months
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    AUGUST,
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    in_month,
)
from tests.builders.people import a_group, a_ward

AT_ONCE = 5
ACTS_EACH = 8
REFUSALS = (LedgerStateError, MonthBlockedError, NotAllowedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Somebody in the books of a ward, who decides by lot."""

    database: Database
    lot: Random
    now: dt.datetime
    groups: list[ResidentialGroup]
    homes: list[Household]
    leader: Actor
    accountant: Actor

    def pay(self) -> None:
        is_cash = self.lot.random() < 0.7
        actor = self.leader if is_cash else self.accountant
        new = NewPayment(
            amount_vnd=self.lot.choice([1000, 3000, 3000, 9000]),
            method=PaymentMethod.CASH if is_cash else PaymentMethod.TRANSFER,
            received_by=actor.account_id,
            idempotency_key=str(uuid.UUID(int=self.lot.getrandbits(128))),
            paid_at=self.now - dt.timedelta(days=self.lot.choice([0, 0, 35])),
        )
        home = self.lot.choice(self.homes).public_id
        for _ in range(self.lot.choice([1, 2])):
            ledger.take_payment(self.database, home, new, actor=actor, now=self.now)

    def undo(self) -> None:
        with self.database.reading() as session:
            found = session.scalars(
                select(Payment.public_id).order_by(Payment.id.desc()).limit(4)
            ).all()
        if found:
            actor = self.lot.choice([self.leader, self.accountant])
            payment = self.lot.choice(found)
            ledger.undo_payment(self.database, payment, actor=actor, now=self.now)

    def charge(self) -> None:
        ledger.charge(
            self.database, month_of(self.now), actor=self.accountant, now=self.now
        )

    def hand_in(self) -> None:
        group = self.lot.choice(self.groups).id
        ledger.hand_in(self.database, group, actor=self.leader, now=self.now)

    def match(self) -> None:
        with self.database.reading() as session:
            last = session.scalar(select(func.max(Remittance.id)))
        if last is not None:
            ledger.match_remittance(
                self.database, last, actor=self.accountant, now=self.now
            )

    def close(self) -> None:
        ward_id = self.accountant.ward_id
        with self.database.reading() as session:
            month = next_to_close(session, ward_id)
        if month is not None:
            close_month(
                self.database, ward_id, month, actor=self.accountant, now=self.now
            )

    def work(self, barrier: Barrier) -> None:
        acts: list[Callable[[], None]] = [
            self.pay,
            self.pay,
            self.undo,
            self.charge,
            self.hand_in,
            self.match,
            self.close,
        ]
        barrier.wait(timeout=30)
        # at least one month is closed in the midst of it, whatever the lot says
        for act in [self.close, *self.lot.choices(acts, k=ACTS_EACH)]:
            try:
                act()
            except REFUSALS:
                continue


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """Give the database on which several write at once; SQLite has them queue."""
    database = Database(create_engine_for(postgres_url))
    yield database
    database.engine.dispose()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_books_add_up_while_several_work_in_them(
    database: Database, seed: int
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        groups = [a_group(session, ward, number=number) for number in (5, 12)]
        homes = [
            a_paying_household(session, in_group=group, lines=lines, since=AUGUST)
            for group in groups
            for lines in (1, 2)
        ]
        ids = frozenset(group.id for group in groups)
        leader = an_account(session, Role.LEADER, ward_id=ward.id, group_ids=ids)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
    for month in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER):
        with database.reading() as session:
            closed = closed_months(session, ward.id)
        barrier = Barrier(AT_ONCE)
        desks = [
            Desk(
                database=database,
                lot=Random(f"{seed} {month} {number}"),
                now=in_month(month),
                groups=groups,
                homes=homes,
                leader=leader,
                accountant=accountant,
            )
            for number in range(AT_ONCE)
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda desk, b=barrier: desk.work(b), desks))
        with database.reading() as session:
            books_add_up(session, ward.id, today=month)
            assert closed.items() <= closed_months(session, ward.id).items()
        desks[0].charge()
    with database.reading() as session:
        assert closed_months(session, ward.id), "this proved nothing"
