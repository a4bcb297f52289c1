import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from broadcaster.store.session import Database
from subscriptions.errors import LedgerStateError, NotInRegisterError
from subscriptions.remittances import (
    cash_in_hand,
    hand_in,
    list_in_hand,
    list_remittances,
    match_remittance,
)
from subscriptions.tables.ledger import PaymentMethod, Remittance
from tests.builders.ledger import (
    ACCOUNTANT,
    LEADER,
    NOVEMBER,
    a_paying_household,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward

NOW = in_month(NOVEMBER)


def test_cash_stays_in_hand_until_it_is_handed_in(database: Database) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session), number=12)
        household = a_paying_household(session, in_group=group)
        payment = pay(session, household, 3000, now=NOW)
        pay(session, household, 5000, now=NOW, method=PaymentMethod.TRANSFER)
        assert cash_in_hand(session, group.id) == 3000
        assert list_in_hand(session, group.id) == [payment]

        remittance = hand_in(session, group, handed_by=LEADER, now=NOW)

        assert (remittance.code, remittance.amount_vnd) == ("TO12-T11-1", 3000)
        assert cash_in_hand(session, group.id) == 0


def test_hand_ins_of_a_group_and_month_are_counted(database: Database) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session), number=12)
        household = a_paying_household(session, in_group=group)
        for _ in range(2):
            pay(session, household, 3000, now=NOW)
            hand_in(session, group, handed_by=LEADER, now=NOW)

        codes = [r.code for r in list_remittances(session, group.ward_id)]

        assert codes == ["TO12-T11-2", "TO12-T11-1"]


def test_another_groups_cash_is_not_handed_in_with_it(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        groups = [a_group(session, ward, number=number) for number in (5, 12)]
        for group in groups:
            pay(session, a_paying_household(session, in_group=group), 3000, now=NOW)

        hand_in(session, groups[0], handed_by=LEADER, now=NOW)

        assert cash_in_hand(session, groups[1].id) == 3000
        assert list_remittances(session, ward.id, group_ids=[groups[1].id]) == []


def test_nothing_in_hand_is_not_handed_in(database: Database) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session))

        with pytest.raises(LedgerStateError, match="nothing_in_hand"):
            hand_in(session, group, handed_by=LEADER, now=NOW)


def test_whoever_handed_it_in_never_matches_it(database: Database) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session))
        pay(session, a_paying_household(session, in_group=group), 3000, now=NOW)
        remittance = hand_in(session, group, handed_by=LEADER, now=NOW)

        with pytest.raises(LedgerStateError, match="same_person"):
            match_remittance(
                session, group.ward_id, remittance.id, matched_by=LEADER, now=NOW
            )

    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(update(Remittance).values(matched_by=LEADER))


def test_a_hand_in_is_matched_once_and_by_its_own_ward(database: Database) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session))
        other = a_ward(session, name="Phường Bên")
        pay(session, a_paying_household(session, in_group=group), 3000, now=NOW)
        there = hand_in(session, group, handed_by=LEADER, now=NOW).id
        with pytest.raises(NotInRegisterError):
            match_remittance(session, other.id, there, matched_by=ACCOUNTANT, now=NOW)

        matched = match_remittance(
            session, group.ward_id, there, matched_by=ACCOUNTANT, now=NOW
        )

        assert matched.matched_at == NOW
        with pytest.raises(LedgerStateError, match="already_matched"):
            match_remittance(
                session, group.ward_id, there, matched_by=ACCOUNTANT, now=NOW
            )
