"""Accounts for tests, in the trade's words."""

from functools import cache

from sqlalchemy.orm import Session

from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import (
    Actor,
    NewAccount,
    actor_of,
    create_account,
    hash_password,
)

PASSWORD = "mat khau dai va de nho"

_hash = cache(hash_password)


def an_account(
    session: Session,
    role: Role,
    *,
    ward_id: int | None,
    username: str | None = None,
    group_ids: frozenset[int] = frozenset(),
    e164: str | None = None,
) -> Actor:
    """Add an account whose password is PASSWORD and return it as actor."""
    account = create_account(
        session,
        NewAccount(
            ward_id=ward_id,
            username=username or str(role),
            display_name=f"{role} thử",
            password_hash=_hash(PASSWORD),
            role=role,
            group_ids=group_ids,
            e164=e164,
        ),
    )
    return actor_of(session, account)
