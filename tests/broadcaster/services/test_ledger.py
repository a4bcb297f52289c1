import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from broadcaster.errors import NotAllowedError, NotFoundError
from broadcaster.rules.permissions import Role
from broadcaster.services import ledger
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.errors import LedgerStateError, NotInRegisterError
from subscriptions.exemptions import NewExemption
from subscriptions.payments import NewPayment
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import ExemptionReason, PaymentMethod
from subscriptions.tables.places import ResidentialGroup
from tests.builders.accounts import an_account
from tests.builders.ledger import OCTOBER, a_paying_household, in_month
from tests.builders.people import a_group, a_ward

NOW = in_month(OCTOBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    group: ResidentialGroup
    home: Household
    other_home: Household
    leader: Actor
    accountant: Actor
    approver: Actor
    auditor: Actor


@pytest.fixture
def house(database: Database) -> House:
    with database.writing() as session:
        ward = a_ward(session)
        mine, other = a_group(session, ward, number=5), a_group(session, ward, number=6)
        return House(
            group=mine,
            home=a_paying_household(session, in_group=mine),
            other_home=a_paying_household(session, in_group=other),
            leader=an_account(
                session, Role.LEADER, ward_id=ward.id, group_ids=frozenset({mine.id})
            ),
            accountant=an_account(session, Role.ACCOUNTANT, ward_id=ward.id),
            approver=an_account(session, Role.APPROVER, ward_id=ward.id),
            auditor=an_account(session, Role.AUDITOR, ward_id=ward.id),
        )


def money(
    actor: Actor,
    *,
    method: PaymentMethod = PaymentMethod.CASH,
    key: str | None = None,
) -> NewPayment:
    return NewPayment(
        amount_vnd=3000,
        method=method,
        received_by=actor.account_id,
        idempotency_key=key or str(uuid.uuid4()),
    )


def acts(database: Database) -> list[tuple[str, int | None]]:
    with database.reading() as session:
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id))
        return [(entry.act, entry.account_id) for entry in entries]


def test_every_act_in_the_books_leaves_its_entry(
    database: Database, house: House
) -> None:
    leader, accountant = house.leader, house.accountant
    ledger.charge(database, OCTOBER, actor=accountant, now=NOW)
    home = house.home.public_id
    paid = ledger.take_payment(database, home, money(leader), actor=leader, now=NOW)
    ledger.undo_payment(database, paid.public_id, actor=leader, now=NOW)
    ledger.take_payment(database, home, money(leader), actor=leader, now=NOW)
    handed = ledger.hand_in(database, house.group.id, actor=leader, now=NOW)
    ledger.match_remittance(database, handed.id, actor=accountant, now=NOW)

    assert acts(database) == [
        ("month.charged", accountant.account_id),
        ("payment.taken", leader.account_id),
        ("payment.undone", leader.account_id),
        ("payment.taken", leader.account_id),
        ("cash.handed_in", leader.account_id),
        ("cash.matched", accountant.account_id),
    ]


def test_a_payment_sent_twice_leaves_one_entry(
    database: Database, house: House
) -> None:
    new = money(house.leader, key="form-1")
    home = house.home.public_id
    first = ledger.take_payment(database, home, new, actor=house.leader, now=NOW)
    later = NOW + dt.timedelta(minutes=5)
    again = ledger.take_payment(database, home, new, actor=house.leader, now=later)

    assert again.receipt_number == first.receipt_number
    assert len(acts(database)) == 1


def test_a_leader_takes_no_money_of_another_group(
    database: Database, house: House
) -> None:
    with pytest.raises(NotInRegisterError):
        ledger.take_payment(
            database,
            house.other_home.public_id,
            money(house.leader),
            actor=house.leader,
            now=NOW,
        )


def test_a_leader_undoes_and_hands_in_nothing_of_another_group(
    database: Database, house: House
) -> None:
    paid = ledger.take_payment(
        database,
        house.other_home.public_id,
        money(house.accountant),
        actor=house.accountant,
        now=NOW,
    )

    with pytest.raises(NotFoundError):
        ledger.undo_payment(database, paid.public_id, actor=house.leader, now=NOW)
    with pytest.raises(NotInRegisterError):
        ledger.hand_in(database, house.other_home.group_id, actor=house.leader, now=NOW)


def test_once_handed_in_only_the_ward_undoes_a_payment(
    database: Database, house: House
) -> None:
    home = house.home.public_id
    paid = ledger.take_payment(
        database, home, money(house.leader), actor=house.leader, now=NOW
    )
    ledger.hand_in(database, house.group.id, actor=house.leader, now=NOW)

    with pytest.raises(NotAllowedError):
        ledger.undo_payment(database, paid.public_id, actor=house.leader, now=NOW)
    undone = ledger.undo_payment(
        database, paid.public_id, actor=house.accountant, now=NOW
    )
    assert undone.amount_vnd == -3000


def test_money_is_booked_only_by_who_took_it(database: Database, house: House) -> None:
    home = house.home.public_id
    with pytest.raises(NotAllowedError):
        ledger.take_payment(
            database, home, money(house.accountant), actor=house.leader, now=NOW
        )


def test_a_leader_books_no_transfer(database: Database, house: House) -> None:
    transfer = money(house.leader, method=PaymentMethod.TRANSFER)

    with pytest.raises(NotAllowedError):
        ledger.take_payment(
            database, house.home.public_id, transfer, actor=house.leader, now=NOW
        )


def test_an_auditor_changes_nothing(database: Database, house: House) -> None:
    auditor, home = house.auditor, house.home.public_id
    new = NewExemption(
        reason=ExemptionReason.POOR, decision="45/QĐ-UBND", first_month=OCTOBER
    )
    with pytest.raises(NotAllowedError):
        ledger.charge(database, OCTOBER, actor=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        ledger.take_payment(database, home, money(auditor), actor=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        ledger.undo_payment(database, uuid.uuid4(), actor=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        ledger.hand_in(database, house.group.id, actor=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        ledger.match_remittance(database, 1, actor=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        ledger.exempt(database, home, new, actor=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        ledger.approve_exemption(database, 1, actor=auditor, now=NOW)
    assert acts(database) == []


def test_an_exemption_goes_from_the_accountant_to_the_approver(
    database: Database, house: House
) -> None:
    new = NewExemption(
        reason=ExemptionReason.MERITORIOUS, decision="7/QĐ-UBND", first_month=OCTOBER
    )
    exemption = ledger.exempt(
        database, house.home.public_id, new, actor=house.accountant, now=NOW
    )

    with pytest.raises(NotAllowedError):
        ledger.approve_exemption(
            database, exemption.id, actor=house.accountant, now=NOW
        )
    ledger.approve_exemption(database, exemption.id, actor=house.approver, now=NOW)

    charged = ledger.charge(database, OCTOBER, actor=house.accountant, now=NOW)
    assert (charged.lines, charged.exempt_lines) == (2, 1)


def test_a_leader_who_became_accountant_never_matches_the_own_hand_in(
    database: Database, house: House
) -> None:
    ledger.take_payment(
        database, house.home.public_id, money(house.leader), actor=house.leader, now=NOW
    )
    handed = ledger.hand_in(database, house.group.id, actor=house.leader, now=NOW)
    promoted = Actor(
        account_id=house.leader.account_id,
        ward_id=house.leader.ward_id,
        role=Role.ACCOUNTANT,
        display_name="Nguyễn Văn An",
        group_ids=None,
    )

    with pytest.raises(LedgerStateError, match="same_person"):
        ledger.match_remittance(database, handed.id, actor=promoted, now=NOW)
