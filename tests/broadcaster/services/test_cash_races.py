"""Cash that one phone hands in while another gives it back goes one way only."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from broadcaster.errors import NotAllowedError
from broadcaster.rules.permissions import Role
from broadcaster.services import enrolment, ledger
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database, create_engine_for
from subscriptions import remittances
from subscriptions.errors import LedgerStateError, SubscriptionStateError
from subscriptions.payments import reverse_payment
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Payment
from subscriptions.tables.places import ResidentialGroup
from tests.builders.accounts import an_account
from tests.builders.ledger import LEADER, a_home, pay
from tests.builders.people import NOW

SOMEBODY_WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """Give the database on which two write at once; on SQLite one of them waits."""
    database = Database(create_engine_for(postgres_url))
    yield database
    database.engine.dispose()


@pytest.fixture
def taken(database: Database) -> Payment:
    """Give 3,000 đ of a home in a leader's hand."""
    with database.writing() as session:
        return pay(session, a_home(session), 3000)


@pytest.fixture
def leader(database: Database, taken: Payment) -> Actor:
    """Give the leader whose hand it is in."""
    ids = frozenset({taken.group_id})
    with database.writing() as session:
        return an_account(session, Role.LEADER, ward_id=taken.ward_id, group_ids=ids)


def test_what_is_being_handed_in_is_not_given_back_by_the_leader(
    database: Database, taken: Payment, leader: Actor
) -> None:
    def undo() -> None:
        ledger.undo_payment(database, taken.public_id, actor=leader, now=NOW)

    answer = meanwhile(database, lambda session: hand_in(session, taken), undo)

    with pytest.raises(NotAllowedError):
        answer.result(timeout=30)
    assert in_hand(database, taken) == 0


def test_what_is_being_handed_in_is_not_given_back_with_an_enrolment(
    database: Database, taken: Payment, leader: Actor
) -> None:
    with database.reading() as session:
        home = session.get_one(Household, taken.household_id).public_id

    def undo() -> None:
        enrolment.undo(database, home, actor=leader, now=NOW)

    answer = meanwhile(database, lambda session: hand_in(session, taken), undo)

    with pytest.raises(SubscriptionStateError, match="handed_in"):
        answer.result(timeout=30)
    assert in_hand(database, taken) == 0


def test_what_is_being_given_back_is_not_handed_in(
    database: Database, taken: Payment, leader: Actor
) -> None:
    def undo(session: Session) -> None:
        remittances.hold_cash(session, taken.group_id)
        payment = session.get_one(Payment, taken.id)
        reverse_payment(session, payment, reversed_by=leader.account_id, now=NOW)

    def carry() -> None:
        ledger.hand_in(database, taken.group_id, actor=leader, now=NOW)

    answer = meanwhile(database, undo, carry)

    with pytest.raises(LedgerStateError, match="nothing_in_hand"):
        answer.result(timeout=30)
    assert in_hand(database, taken) == 0


def hand_in(session: Session, taken: Payment) -> None:
    group = session.get_one(ResidentialGroup, taken.group_id)
    remittances.hand_in(session, group, handed_by=LEADER, now=NOW)


def in_hand(database: Database, taken: Payment) -> int:
    with database.reading() as session:
        return remittances.cash_in_hand(session, taken.group_id)


def meanwhile(
    database: Database, act: Callable[[Session], object], other: Callable[[], object]
) -> Future[object]:
    """Let `other` begin after `act` and before it is kept; give its outcome."""
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            act(session)
            answer = pool.submit(other)
            deadline = time.monotonic() + 30
            while not answer.done() and not somebody_waits(database):
                assert time.monotonic() < deadline, "it neither ended nor waited"
        return answer


def somebody_waits(database: Database) -> bool:
    with database.reading() as session:
        return bool(session.scalar(SOMEBODY_WAITS))
