"""A ward with its staff and its homes, and what the staff announce to them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import LIFECYCLE, MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor, actor_of
from broadcaster.services.drafts import Draft
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.messages import Message, WithheldReason
from broadcaster.store.tables.staff import Account
from subscriptions.audience import Audience
from subscriptions.tables.households import Household
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import a_group, a_household, a_number, a_ward

GATEWAY = "memory"
BODY = "Mời ông/bà họp tổ dân phố 19h30 ngày 06/10 tại nhà văn hóa."
STRIPPED = "Moi ong/ba hop to dan pho 19h30 ngay 06/10 tai nha van hoa."

_keys = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffedWard:
    """Two groups, of which the first has homes, and the two persons who announce."""

    ward: Ward
    group: ResidentialGroup
    other_group: ResidentialGroup
    homes: tuple[Household, ...]
    officer: Actor
    approver: Actor


def a_staffed_ward(
    database: Database, *, homes: int = 3, approval_over: int = 500
) -> StaffedWard:
    """Add a ward of two groups; each home of the first has a phone and consents."""
    with database.writing() as session:
        ward = a_ward(session, approval_over=approval_over)
        group = a_group(session, ward, number=5)
        other = a_group(session, ward, number=6)
        return StaffedWard(
            ward=ward,
            group=group,
            other_group=other,
            homes=tuple(
                a_household(session, in_group=group, with_phone=a_number())
                for _ in range(homes)
            ),
            officer=_a_colleague(session, Role.OFFICER, ward, e164="+84912345678"),
            approver=_a_colleague(session, Role.APPROVER, ward),
        )


def the_group(group: ResidentialGroup) -> Audience:
    """Return the audience of everybody in one group."""
    return Audience(group_ids=frozenset({group.id}))


def a_draft(
    audience: Audience,
    *,
    body: str = BODY,
    topic: Topic = Topic.GENERAL,
    accented: bool = False,
    key: str | None = None,
) -> Draft:
    """Return a form as an officer fills it in, with a key of its own."""
    return Draft(
        topic=topic,
        body=body,
        accented=accented,
        audience=audience,
        idempotency_key=key or f"form-{next(_keys)}",
    )


def messages_of(session: Session, announcement_id: int) -> list[Message]:
    """Return an announcement's messages in the order in which they were made."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.announcement_id == announcement_id)
            .order_by(Message.id)
        )
    )


def bring_to(
    session: Session,
    announcement_id: int,
    states: Sequence[MessageState],
    *,
    now: dt.datetime,
) -> None:
    """Let the first messages of an announcement stand in these states."""
    for message, state in zip(
        messages_of(session, announcement_id), states, strict=False
    ):
        withheld = state is MessageState.WITHHELD
        leased = state is MessageState.SUBMITTING
        billable = LIFECYCLE[state].billable
        session.execute(
            update(Message)
            .where(Message.id == message.id)
            .values(
                state=state,
                withheld_reason=WithheldReason.CONSENT if withheld else None,
                window_id=1 if leased else None,
                accepted_at=now if billable else None,
                finished_at=now if LIFECYCLE[state].final else None,
            )
        )


def _a_colleague(
    session: Session, role: Role, ward: Ward, *, e164: str | None = None
) -> Actor:
    # without a password: to hash one takes longer than all the rest of a test
    account = Account(
        ward_id=ward.id,
        username=f"{role}-{next(_keys)}",
        display_name=f"{role} thử",
        password_hash="",
        role=role,
        e164=e164,
    )
    session.add(account)
    session.flush()
    return actor_of(session, account)
