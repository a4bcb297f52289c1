"""Where a ward's residents transfer to, and what each household is asked for."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from broadcaster.errors import NotAllowedError
from broadcaster.rules.permissions import Role
from broadcaster.rules.renderings import household_code
from broadcaster.services.accounts import Actor
from broadcaster.services.bank_transfers import ask_transfer, set_bank_account
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.bank_accounts import BankAccount, find_account, read_account
from subscriptions.errors import LedgerInputError
from subscriptions.tables.households import Household
from subscriptions.transfer_texts import find_code
from subscriptions.vietqr import decode
from tests.builders.accounts import an_account
from tests.builders.ledger import OCTOBER, SEPTEMBER, a_home, charge, pay, ward_of
from tests.builders.people import NOW

ACCOUNT = read_account("970436", number="1017595600", name="UBND PHUONG HOA SUA")
A_PERSONS = replace(ACCOUNT, name="NGUYEN VAN AN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A ward's accountant, and a household of two lines."""

    accountant: Actor
    household: Household


@pytest.fixture
def desk(database: Database) -> Desk:
    with database.writing() as session:
        home = a_home(session, lines=2)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=home.ward_id)
    return Desk(accountant=accountant, household=home)


def use(
    database: Database, desk: Desk, account: BankAccount, *, vouched: bool = False
) -> None:
    set_bank_account(database, account, vouched=vouched, actor=desk.accountant, now=NOW)


def journal(database: Database) -> list[tuple[str, dict[str, str]]]:
    with database.reading() as session:
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id))
        return [(entry.act, entry.facts) for entry in entries]


def test_the_account_in_use_is_the_last_and_the_journal_tells_each(
    database: Database, desk: Desk
) -> None:
    other = replace(ACCOUNT, number="113366668888")
    use(database, desk, ACCOUNT)
    use(database, desk, ACCOUNT)
    use(database, desk, other)
    with database.reading() as session:
        assert find_account(session, desk.household.ward_id) == other
    assert journal(database) == [
        ("ward.bank_account_set", {"bank": "Vietcombank", "account": number})
        for number in (ACCOUNT.number, other.number)
    ]


def test_a_doubtful_account_is_used_only_once_it_is_vouched_for(
    database: Database, desk: Desk
) -> None:
    with pytest.raises(LedgerInputError) as refused:
        use(database, desk, A_PERSONS)
    assert refused.value.field == "vouched"
    with database.reading() as session:
        assert find_account(session, desk.household.ward_id) is None
    use(database, desk, A_PERSONS, vouched=True)
    with database.reading() as session:
        assert find_account(session, desk.household.ward_id) == A_PERSONS


@pytest.mark.parametrize(
    "role", [Role.OFFICER, Role.APPROVER, Role.LEADER, Role.AUDITOR, Role.OPERATOR]
)
def test_nobody_but_the_accountant_names_an_account(
    database: Database, desk: Desk, role: Role
) -> None:
    with database.writing() as session:
        home = desk.household
        groups = frozenset({home.group_id}) if role is Role.LEADER else frozenset()
        actor = an_account(session, role, ward_id=home.ward_id, group_ids=groups)
    with pytest.raises(NotAllowedError):
        set_bank_account(database, ACCOUNT, vouched=True, actor=actor, now=NOW)


def test_without_an_account_nothing_is_asked(database: Database, desk: Desk) -> None:
    with database.reading() as session:
        assert ask_transfer(session, desk.household, now=NOW) is None


def test_a_household_is_asked_for_all_that_it_owes_under_its_own_code(
    database: Database, desk: Desk
) -> None:
    use(database, desk, ACCOUNT)
    with database.writing() as session:
        for month in (SEPTEMBER, OCTOBER):
            charge(session, ward_of(session, desk.household), month)
        pay(session, desk.household, 3_000)
    with database.reading() as session:
        asked = ask_transfer(session, desk.household, now=NOW)
    assert asked is not None
    code = household_code(desk.household.public_id).replace("-", "")
    sent = decode(asked.payload)
    assert (sent.bank_bin, sent.account) == ("970436", "1017595600")
    assert sent.amount_vnd == asked.amount_vnd == 9_000
    assert sent.purpose == asked.text == f"LP{code} T{NOW.month}"
    assert find_code(sent.purpose, {code}) == code


def test_who_owes_nothing_types_the_amount(database: Database, desk: Desk) -> None:
    use(database, desk, ACCOUNT)
    with database.reading() as session:
        asked = ask_transfer(session, desk.household, now=NOW)
    assert asked is not None
    assert asked.amount_vnd is None
    assert decode(asked.payload).amount_vnd is None
