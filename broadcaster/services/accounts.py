"""Accounts: signing in, and who is acting."""

import datetime as dt
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError, NotAllowedError
from broadcaster.rules.permissions import Act, Role, may
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import Account, AccountGroup
from subscriptions.places import Scope

MAX_FAILED_LOGINS = 5
LOCKED_FOR = dt.timedelta(minutes=15)
MIN_PASSWORD_LENGTH = 10

NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$B0seQQdq0WPn+fcNGe/0Eg$"
    "WgJT24A4ldbCuhsCWoSuE57pOV6bC3ITCUC4nys8onc"
)
"""Of random bytes: verified when a name is unknown, so that no answer comes sooner."""
_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is acting: the scope of every query and the author of every entry.

    `group_ids` is None for those who see the whole ward.
    """

    account_id: int
    ward_id: int
    role: Role
    display_name: str
    group_ids: frozenset[int] | None

    @property
    def scope(self) -> Scope:
        """What the actor may see."""
        return Scope(ward_id=self.ward_id, group_ids=self.group_ids)

    def require(self, act: Act) -> None:
        """Raise NotAllowedError when the actor's role does not cover the act."""
        if not may(self.role, act):
            raise NotAllowedError(f"{self.role} may not {act}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an account is made from. Operators have no ward.

    `password_hash` is from `hash_password`.
    """

    ward_id: int | None
    username: str
    display_name: str
    password_hash: str
    role: Role
    group_ids: frozenset[int] = frozenset()
    e164: str | None = None


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raises InputError when it is short.

    Call it outside any transaction: a hash takes as long as fifty writes.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InputError("password", "too_short")
    return _HASHER.hash(password)


def create_account(session: Session, new: NewAccount) -> Account:
    """Add an account. Raises InputError for no name or a leader without a group."""
    if not new.username.strip():
        raise InputError("username", "empty")
    if new.role is Role.LEADER and not new.group_ids:
        raise InputError("group_ids", "leader_needs_a_group")
    account = Account(
        ward_id=new.ward_id,
        username=new.username.strip().lower(),
        display_name=new.display_name,
        password_hash=new.password_hash,
        role=new.role,
        e164=new.e164,
    )
    session.add(account)
    session.flush()
    session.add_all(
        AccountGroup(account_id=account.id, group_id=group_id)
        for group_id in sorted(new.group_ids)
    )
    return account


def sign_in(
    database: Database, username: str, *, password: str, now: dt.datetime
) -> Account:
    """Return the account. Raises InputError: wrong, or locked after five misses."""
    # a NUL is in nobody's name, and PostgreSQL cannot even look for it
    name = username.replace("\x00", "").strip().lower()
    with database.reading() as session:
        account = session.scalar(select(Account).where(Account.username == name))
    # outside any transaction, as `hash_password` says
    fault = _fault(account, password, now)
    if account is not None:
        with database.writing() as session:
            _count_login(session.get_one(Account, account.id), fault, now)
    if account is None or fault is not None:
        raise InputError("username", fault or "wrong")
    return account


def find_actor(session: Session, account_id: int, *, epoch: int) -> Actor | None:
    """Return who a session stands for; None when it was ended or the account is off."""
    account = session.get(Account, account_id)
    if account is None or not account.is_active or account.session_epoch != epoch:
        return None
    return actor_of(session, account)


def actor_of(session: Session, account: Account) -> Actor:
    """Return the actor an account acts as. Operators act in ward 0: in none."""
    groups = frozenset(
        session.scalars(
            select(AccountGroup.group_id).where(AccountGroup.account_id == account.id)
        )
    )
    held = groups or account.role is Role.LEADER
    return Actor(
        account_id=account.id,
        ward_id=account.ward_id or 0,
        role=account.role,
        display_name=account.display_name,
        group_ids=groups if held else None,
    )


def set_password(account: Account, password_hash: str) -> None:
    """Change the password to that of a hash, and end every session."""
    account.password_hash = password_hash
    account.session_epoch += 1
    account.locked_until = None


def _fault(account: Account | None, password: str, now: dt.datetime) -> str | None:
    locked = account is not None and (account.locked_until or now) > now
    known = account.password_hash if account else NOBODYS_HASH
    try:
        _HASHER.verify(known, password)
    except VerifyMismatchError:
        return "locked" if locked else "wrong"
    if locked:
        return "locked"
    return None if account is not None and account.is_active else "wrong"


def _count_login(account: Account, fault: str | None, now: dt.datetime) -> None:
    if fault is None:
        account.failed_logins = 0
        account.locked_until = None
    elif fault == "wrong":
        account.failed_logins += 1
        if account.failed_logins >= MAX_FAILED_LOGINS:
            account.locked_until = now + LOCKED_FOR
            account.failed_logins = 0
