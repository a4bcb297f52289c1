"""Texts in the outbox for tests, in the trade's words. Flushes, never commits."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from broadcaster.ports import Submission
from broadcaster.rules.permissions import Role
from broadcaster.rules.segments import measure
from broadcaster.services.flights import LEASE
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Lane,
    Topic,
)
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.tables.staff import Account
from broadcaster.store.windows import Claim, claim
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import Ward
from tests.builders.accounts import an_account
from tests.builders.people import NOW, a_group, a_household, a_number, lines_of

GATEWAY = "memory"
NOTICE = "Thong bao: 7h30 ngay 12/10 tra luong huu tai nha van hoa to 5."


def a_text(
    session: Session, ward: Ward, *, line: Line | None = None, **facts: Any
) -> Message:
    """Put one text into the outbox, for a line or a bare number.

    `facts` are fields of NewText.
    """
    usual: dict[str, Any] = {
        "to": line.e164 if line else "+84912000001",
        "line_id": line.id if line else None,
        "text": "Ma cua ong/ba: 123456",
        "kind": MessageKind.REPLY,
        "gateway": GATEWAY,
        "due_at": NOW,
    }
    new = NewText(ward_id=ward.id, sender=ward.sender_brand, **(usual | facts))
    return enqueue(session, new, now=NOW)


def many_texts(
    session: Session,
    ward: Ward,
    count: int,
    *,
    lane: Lane = Lane.NOTICE,
    gateway: str = GATEWAY,
    due_at: dt.datetime = NOW,
) -> None:
    """Put as many texts into the outbox at once, alike but for their phones."""
    text = "Moi ong/ba hop to dan pho."
    row: dict[str, Any] = {
        "ward_id": ward.id,
        "kind": MessageKind.REPLY,
        "sender": ward.sender_brand,
        "text": text,
        "encoding": "GSM7",
        "segments": 1,
        "carrier": "VinaPhone",
        "gateway": gateway,
        "lane": lane,
        "due_at": due_at,
        "created_at": NOW,
    }
    rows = [row | {"to": f"+8491{number:07}"} for number in range(count)]
    session.execute(insert(Message), rows)


def a_window(
    session: Session, *, limit: int, now: dt.datetime = NOW, gateway: str = GATEWAY
) -> list[Submission]:
    """Claim what is due, as a worker does; empty when nothing may leave."""
    asked = Claim(gateway=gateway, worker="test", limit=limit, lease=LEASE)
    while window := claim(session, asked, now=now):
        if window.submissions:
            return window.submissions
    return []


def lines_in(session: Session, ward: Ward, count: int, *, group: int = 5) -> list[Line]:
    """Enrol as many households with a phone each, consenting to everything."""
    homes = a_group(session, ward, number=group)
    households = [
        a_household(session, in_group=homes, head=f"Chủ hộ {i}", with_phone=a_number())
        for i in range(count)
    ]
    return [line for home in households for line in lines_of(session, home)]


def a_frozen_notice(
    session: Session,
    ward: Ward,
    lines: Sequence[Line],
    *,
    text: str = NOTICE,
    gateway: str = GATEWAY,
    lane: Lane = Lane.NOTICE,
) -> Announcement:
    """Confirm a notice to these lines: its text is kept once, for all of them."""
    notice = Announcement(
        ward_id=ward.id,
        topic=Topic.GENERAL,
        purpose=Purpose.NOTICES,
        body=text,
        accented=False,
        text=text,
        audience={},
        state=AnnouncementState.SENDING,
        author_id=_author_of(session, ward),
        created_at=NOW,
        confirmed_at=NOW,
        due_at=NOW,
        recipients=len(lines),
        idempotency_key=str(new_public_id()),
    )
    session.add(notice)
    session.flush()
    measured = measure(text)
    session.add_all(
        Message(
            ward_id=ward.id,
            announcement_id=notice.id,
            line_id=line.id,
            kind=MessageKind.ANNOUNCEMENT,
            purpose=Purpose.NOTICES,
            to=line.e164,
            sender=ward.sender_brand,
            encoding=measured.encoding,
            segments=measured.segments,
            carrier=line.carrier,
            gateway=gateway,
            lane=lane,
            due_at=NOW,
            created_at=NOW,
        )
        for line in lines
    )
    session.flush()
    return notice


def texts_of(session: Session, notice: Announcement) -> list[Message]:
    """Return a notice's messages as they are now, in the order of their ids."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.announcement_id == notice.id)
            .order_by(Message.id)
            .execution_options(populate_existing=True)
        )
    )


def _author_of(session: Session, ward: Ward) -> int:
    found = session.scalar(select(Account.id).where(Account.ward_id == ward.id))
    if found is not None:
        return found
    username = f"officer-{ward.id}"
    actor = an_account(session, Role.OFFICER, ward_id=ward.id, username=username)
    return actor.account_id
