"""The account that residents transfer to: the ward's, and never a person's."""

import enum
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from subscriptions.banks import BANKS, Bank
from subscriptions.errors import LedgerInputError
from subscriptions.names import search_key
from subscriptions.phone_plan import PhoneKind
from subscriptions.phones import read_phone
from subscriptions.tables.places import WardBankAccount
from subscriptions.vietqr import check_account

_BETWEEN_DIGITS = re.compile(r"[\s.-]")
_NAME = re.compile(r"[A-Z0-9][A-Z0-9 .,&()/-]{0,69}")
_OFFICES = re.compile(r"\b(?:ubnd|uy ban nhan dan|kbnn|kho bac nha nuoc)\b")


class Doubt(enum.StrEnum):
    """Why somebody should look at an account again."""

    NAME = "name"
    """Neither the ward nor an office is named: it may be a person's."""
    PHONE = "phone"
    """Banks give accounts numbered like a phone to persons."""
    BANK = "bank"
    """The bank's number was never seen in use: a scan has to prove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """An account; `name` as banks show it, in capitals without accents."""

    bank: Bank
    number: str
    name: str


def read_account(bank_bin: str, *, number: str, name: str) -> BankAccount:
    """Return the account that was typed, without blanks, dots and dashes.

    Raises LedgerInputError for `bank_bin`, `account_number` or `account_name`.
    """
    bare = _BETWEEN_DIGITS.sub("", number)
    check_account(bank_bin, bare)
    shown = search_key(name).upper()
    if not _NAME.fullmatch(shown):
        raise LedgerInputError("account_name", "unusable")
    return BankAccount(bank=BANKS[bank_bin], number=bare, name=shown)


def doubts_about(account: BankAccount, ward_name: str) -> tuple[Doubt, ...]:
    """Return why an account may not be the ward's own."""
    name = search_key(account.name)
    names_the_ward = search_key(ward_name) in name or _OFFICES.search(name)
    doubts = (
        (Doubt.NAME, not names_the_ward),
        (Doubt.PHONE, read_phone(account.number).kind is PhoneKind.MOBILE),
        (Doubt.BANK, not account.bank.is_seen),
    )
    return tuple(doubt for doubt, is_so in doubts if is_so)


def find_account(session: Session, ward_id: int) -> BankAccount | None:
    """Find the account of a ward that has named one."""
    row = session.get(WardBankAccount, ward_id)
    if row is None:
        return None
    return BankAccount(
        bank=BANKS[row.bank_bin], number=row.account_number, name=row.account_name
    )
