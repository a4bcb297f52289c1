"""Bringing a ward on board: the ward, its groups, its people."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError, NotFoundError
from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import (
    Actor,
    NewAccount,
    create_account,
    hash_password,
    set_password,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import Account
from subscriptions.phones import read_phone
from subscriptions.tables.places import GroupKind, ResidentialGroup, Ward, WardKind

MAX_BRAND_LENGTH = 11
LONGEST = {"name": 120, "province": 80, "username": 60, "display_name": 120}
"""Characters that a field's column holds."""
MAX_GROUPS = 200
LONGEST_ID = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWard:
    """What a ward is made from; its groups are numbered from 1."""

    name: str
    kind: WardKind
    province: str
    sender_brand: str
    groups: int
    inbound_number: str = ""


def list_wards(session: Session) -> list[Ward]:
    """Return every ward by name."""
    return list(session.scalars(select(Ward).order_by(Ward.name, Ward.id)))


def find_ward(session: Session, named: str) -> Ward | None:
    """Return the one ward of this id or of this very name, or None."""
    is_id = named.isascii() and named.isdecimal() and len(named) <= LONGEST_ID
    number = int(named) if is_id else None
    found = session.scalars(
        select(Ward).where((Ward.id == number) | (Ward.name == named))
    ).all()
    return found[0] if len(found) == 1 else None


def list_accounts(session: Session) -> list[Account]:
    """Return every account, the ward's own together."""
    return list(session.scalars(select(Account).order_by(Account.ward_id, Account.id)))


def add_ward(
    database: Database, new: NewWard, *, actor: Actor | None, now: dt.datetime
) -> Ward:
    """Add a ward and its groups. Raises InputError naming the field.

    `actor` is None for the command line, whose user holds the database anyway.
    """
    _require_operator(actor)
    _check_ward(new)
    village = new.kind is WardKind.COMMUNE
    with database.writing() as session:
        ward = Ward(
            name=new.name.strip(),
            kind=new.kind,
            province=new.province.strip(),
            sender_brand=new.sender_brand.strip(),
            inbound_number=_inbound(session, new.inbound_number),
        )
        session.add(ward)
        session.flush()
        session.add_all(
            ResidentialGroup(
                ward_id=ward.id,
                number=number,
                name=f"{'Thôn' if village else 'Tổ'} {number}",
                code=f"T{number}",
                kind=GroupKind.VILLAGE if village else GroupKind.RESIDENTIAL_GROUP,
            )
            for number in range(1, new.groups + 1)
        )
        facts = {"name": ward.name, "groups": new.groups}
        journal.write(
            session, "ward.added", actor=actor, ward_id=ward.id, facts=facts, now=now
        )
        return ward


def add_account(
    database: Database, new: NewAccount, *, actor: Actor | None, now: dt.datetime
) -> Account:
    """Add an account. Raises InputError naming the field."""
    _require_operator(actor)
    _check_text("username", new.username)
    _check_text("display_name", new.display_name)
    with database.writing() as session:
        if new.ward_id is not None and session.get(Ward, new.ward_id) is None:
            raise InputError("ward_id", "not_a_number")
        known = select(Account.id).where(
            Account.username == new.username.strip().lower()
        )
        if session.scalar(known) is not None:
            raise InputError("username", "taken")
        account = create_account(session, new)
        journal.write(
            session,
            "account.added",
            actor=actor,
            ward_id=new.ward_id,
            facts={"account_id": account.id, "role": str(new.role)},
            now=now,
        )
        return account


def reset_password(
    database: Database,
    account_id: int,
    *,
    password: str,
    actor: Actor | None,
    now: dt.datetime,
) -> None:
    """Give an account a new password; every session of it ends."""
    _require_operator(actor)
    password_hash = hash_password(password)
    with database.writing() as session:
        account = _get_account(session, account_id)
        set_password(account, password_hash)
        _note(session, account, "account.password_reset", actor=actor, now=now)


def switch_account(
    database: Database, account_id: int, *, actor: Actor, now: dt.datetime
) -> Account:
    """Let an account in or keep it out: whichever it is not now."""
    _require_operator(actor)
    with database.writing() as session:
        account = _get_account(session, account_id)
        if account.id == actor.account_id:
            raise InputError("account", "own")
        account.is_active = not account.is_active
        account.session_epoch += 1
        act = "account.let_in" if account.is_active else "account.kept_out"
        _note(session, account, act, actor=actor, now=now)
        return account


def _require_operator(actor: Actor | None) -> None:
    if actor is not None:
        actor.require(Act.OPERATE)


def _check_ward(new: NewWard) -> None:
    _check_text("name", new.name)
    _check_text("province", new.province)
    brand = new.sender_brand.strip()
    if not brand:
        raise InputError("sender_brand", "empty")
    if len(brand) > MAX_BRAND_LENGTH or not (brand.isascii() and brand.isprintable()):
        raise InputError("sender_brand", "not_a_brand")
    if not 1 <= new.groups <= MAX_GROUPS:
        raise InputError("groups", "out_of_range")


def _check_text(field: str, typed: str) -> None:
    text = typed.strip()
    if not text:
        raise InputError(field, "empty")
    if len(text) > LONGEST[field] or not text.isprintable():
        raise InputError(field, "unusable")


def _inbound(session: Session, typed: str) -> str | None:
    if not typed.strip():
        return None
    reading = read_phone(typed)
    if reading.e164 is None:
        raise InputError("inbound_number", "not_a_number")
    # nobody could tell whose texts a TC to a shared number is to stop
    taken = select(Ward.id).where(Ward.inbound_number == reading.e164)
    if session.scalar(taken) is not None:
        raise InputError("inbound_number", "taken")
    return reading.e164


def _get_account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFoundError("account")
    return account


def _note(
    session: Session,
    account: Account,
    act: str,
    *,
    actor: Actor | None,
    now: dt.datetime,
) -> None:
    journal.write(
        session,
        act,
        actor=actor,
        ward_id=account.ward_id,
        facts={"account_id": account.id, "name": account.display_name},
        now=now,
    )
