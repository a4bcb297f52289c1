"""Residents' texts as they came: kept once, answered later, never dropped."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel, Inbound
from broadcaster.store.insertion import fit, insert_unless_there
from broadcaster.store.moves import PROVIDER_ID_LENGTH
from broadcaster.store.tables.messages import InboundText, Message, MessageKind
from broadcaster.store.zalo_contacts import contact_for, find_contact, wards_of
from subscriptions.tables.places import Ward

NUMBER_LENGTH = 32
BODY_LENGTH = 2_000
ANSWERS = (MessageKind.REPLY, MessageKind.CONFIRMATION)


def keep_inbound(
    session: Session, gateway: str, inbound: Inbound, *, now: dt.datetime
) -> bool:
    """Keep a resident's text; return False when it was kept before.

    By Zalo it opens the time in which its writer may be answered for nothing.
    """
    sender = fit(inbound.sender, NUMBER_LENGTH) or ""
    to = fit(inbound.to, NUMBER_LENGTH) or ""
    by_zalo = inbound.channel is Channel.ZALO
    is_new = insert_unless_there(
        session,
        InboundText,
        {
            "gateway": gateway,
            "provider_id": fit(inbound.provider_id, PROVIDER_ID_LENGTH) or "",
            "ward_id": _find_writers_ward_id(session, gateway, sender)
            if by_zalo
            else find_ward_id(session, to),
            "sender": sender,
            "to": to,
            "channel": inbound.channel,
            "body": fit(inbound.text, BODY_LENGTH) or "",
            "received_at": now,
        },
    )
    if is_new and by_zalo:
        contact_for(session, gateway, sender, now=now).last_wrote_at = now
    return is_new


def _find_writers_ward_id(session: Session, gateway: str, user_id: str) -> int | None:
    """Return the ward of someone's line, or the only one that the account speaks for.

    None where several share the account: none of them is shown what may be for another.
    """
    contact = find_contact(session, gateway, user_id)
    if contact is not None and contact.ward_id is not None:
        return contact.ward_id
    ward_ids = wards_of(session, gateway)
    return ward_ids[0] if len(ward_ids) == 1 else None


def find_ward_id(session: Session, number: str) -> int | None:
    """Return the ward that answers at this number; None when none or several do."""
    ward_ids = session.scalars(
        select(Ward.id).where(Ward.inbound_number == number).limit(2)
    ).all()
    return ward_ids[0] if len(ward_ids) == 1 else None


def has_unread(session: Session) -> bool:
    """Tell whether a resident waits for an answer."""
    return bool(
        session.scalar(select(exists().where(InboundText.interpreted_at.is_(None))))
    )


def take_unread(session: Session, *, limit: int) -> Sequence[InboundText]:
    """Return texts nobody has read yet, the oldest first, each to one reader."""
    return session.scalars(
        select(InboundText)
        .where(InboundText.interpreted_at.is_(None))
        .order_by(InboundText.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def count_answers(session: Session, line_id: int, *, since: dt.datetime) -> int:
    """Count what we answered a line since then."""
    query = select(func.count()).where(
        Message.line_id == line_id,
        Message.kind.in_(ANSWERS),
        Message.created_at >= since,
    )
    return session.scalar(query) or 0


def has_written(
    session: Session, text: InboundText, *, since: dt.datetime, known_words: bool
) -> bool:
    """Tell whether the sender wrote before this text and since then.

    With `known_words` False only texts without a word of ours count.
    """
    earlier = [
        InboundText.sender == text.sender,
        InboundText.ward_id == text.ward_id,
        InboundText.id < text.id,
        InboundText.received_at >= since,
    ]
    if not known_words:
        earlier.append(InboundText.keyword.is_(None))
    return bool(session.scalar(select(exists().where(*earlier))))
