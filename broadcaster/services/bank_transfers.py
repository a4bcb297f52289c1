"""Transfers to the ward's account: where they go, and what a household's QR asks."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from broadcaster.rules.permissions import Act
from broadcaster.rules.renderings import household_code
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.session import Database
from subscriptions.bank_accounts import BankAccount, doubts_about, find_account
from subscriptions.collecting import household_balance
from subscriptions.errors import LedgerInputError
from subscriptions.months import month_of
from subscriptions.places import get_ward
from subscriptions.tables.households import Household
from subscriptions.tables.places import WardBankAccount
from subscriptions.transfer_texts import transfer_text
from subscriptions.vietqr import Transfer, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTransfer:
    """What a household is asked to transfer; without an amount it owes nothing."""

    account: BankAccount
    amount_vnd: int | None
    text: str
    payload: str
    """The characters of its VietQR."""


def set_bank_account(
    database: Database,
    account: BankAccount,
    *,
    vouched: bool,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let residents of the actor's ward transfer to an account; for accountants.

    `vouched` says that a person looked again at what is doubtful. The account that is
    in use already leaves no second entry. Raises NotAllowedError, LedgerInputError.
    """
    actor.require(Act.KEEP_LEDGER)
    with database.writing() as session:
        ward = get_ward(session, actor.ward_id)
        if doubts_about(account, ward.name) and not vouched:
            raise LedgerInputError("vouched", "missing")
        if find_account(session, ward.id) == account:
            return
        _keep(session, ward.id, account, actor=actor, now=now)
        facts = {"bank": account.bank.name, "account": account.number}
        journal.write(
            session,
            "ward.bank_account_set",
            actor=actor,
            ward_id=ward.id,
            facts=facts,
            now=now,
        )


def ask_transfer(
    session: Session, household: Household, *, now: dt.datetime
) -> AskedTransfer | None:
    """Return the transfer of all that a household owes; None without an account."""
    account = find_account(session, household.ward_id)
    if account is None:
        return None
    owed = household_balance(session, household.id).owed_vnd
    amount = owed if owed > 0 else None
    text = transfer_text(household_code(household.public_id), month_of(now))
    return AskedTransfer(
        account=account,
        amount_vnd=amount,
        text=text,
        payload=account_payload(account, amount_vnd=amount, text=text),
    )


def account_payload(
    account: BankAccount, *, amount_vnd: int | None = None, text: str = ""
) -> str:
    """Return the characters of a QR to an account. Raises LedgerInputError."""
    return encode(
        Transfer(
            bank_bin=account.bank.bin,
            account=account.number,
            amount_vnd=amount_vnd,
            purpose=text,
        )
    )


def _keep(
    session: Session,
    ward_id: int,
    account: BankAccount,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    values = {
        "bank_bin": account.bank.bin,
        "account_number": account.number,
        "account_name": account.name,
        "changed_at": now,
        "changed_by": actor.account_id,
    }
    key = {"ward_id": ward_id}
    if not insert_unless_there(session, WardBankAccount, key | values):
        session.execute(
            update(WardBankAccount)
            .where(WardBankAccount.ward_id == ward_id)
            .values(values)
        )
