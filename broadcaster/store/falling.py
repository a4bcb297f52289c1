"""Which Zalo messages have waited long enough for the SMS to follow."""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel, Submission
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.doubts import note_asked, read_texts
from broadcaster.store.fallbacks import NOT_BEGUN, may_fall_back
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.gateways import GatewaySetup, GatewayTokens
from broadcaster.store.tables.messages import GatewayState, Message
from broadcaster.store.tables.zalo import WardChannels

BREAKS = 4
"""So often in a row a breaker has opened after some minutes."""
LOOK_AGAIN_AFTER = dt.timedelta(minutes=1)


def take_overdue(
    session: Session, *, limit: int, now: dt.datetime
) -> dict[str, list[Submission]]:
    """Return, by gateway, what has no receipt in its time; none for a minute again.

    The time counts from when Zalo took the message, not from when it was due.
    """
    rows = session.execute(
        select(
            Message.id,
            Message.gateway,
            Message.accepted_at,
            Message.fall_back_at,
            Announcement.due_at,
        )
        .join(Announcement, Announcement.id == Message.announcement_id)
        .where(
            Message.fall_back_at <= now,
            Message.state == MessageState.ACCEPTED,  # the index holds no others
            or_(Message.asked_at.is_(None), Message.asked_at <= now - LOOK_AGAIN_AFTER),
        )
        .order_by(Message.fall_back_at, Message.id)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    late = {
        row.id: row.gateway
        for row in rows
        if row.accepted_at + (row.fall_back_at - row.due_at) <= now
    }
    found: dict[str, list[Submission]] = {}
    for text in read_texts(session, [Message.id.in_(sorted(late))], limit=limit):
        found.setdefault(late[text.message_id], []).append(text)
    note_asked(session, [row.id for row in rows], now=now)
    return found


def list_unusable(session: Session) -> set[str]:
    """Return the gateways that will send nothing soon: away long, or disconnected."""
    lost = select(GatewayTokens.gateway).where(GatewayTokens.lost_reason.is_not(None))
    away = select(GatewayState.gateway).where(GatewayState.failures >= BREAKS)
    return {*session.scalars(lost), *session.scalars(away)}


def list_stranded(
    session: Session, gateways: Collection[str], *, limit: int, now: dt.datetime
) -> list[int]:
    """Return what is due of Zalo messages that wait for one of these."""
    waiting = select(Message.id).where(
        Message.gateway.in_(sorted(gateways)),
        Message.state.in_(sorted(NOT_BEGUN)),
        Message.due_at <= now,
        may_fall_back(),
    )
    return list(session.scalars(waiting.order_by(Message.id).limit(limit)))


def list_zalo_gateways(session: Session) -> set[str]:
    """Return every Zalo account that was ever set up, or that a ward names."""
    named = select(WardChannels.zalo_gateway).where(
        WardChannels.zalo_gateway.is_not(None)
    )
    set_up = select(GatewaySetup.name).where(GatewaySetup.channel == Channel.ZALO)
    return {*session.scalars(set_up), *filter(None, session.scalars(named))}
