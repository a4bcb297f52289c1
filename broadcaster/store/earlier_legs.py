"""Which texts are SMS after all, and why they did not arrive by Zalo: for people."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.fallbacks import FallBack
from broadcaster.store.tables.messages import Message, MessageLeg


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLeg:
    """Why a text is an SMS after all, and whether it came by Zalo as well, late."""

    why: FallBack
    has_arrived: bool


def legs_of(session: Session, message_ids: Collection[int]) -> dict[int, EarlierLeg]:
    """Return the last leg of each message that fell back; the others are not in it."""
    rows = session.execute(
        select(MessageLeg.message_id, MessageLeg.why, MessageLeg.state)
        .where(MessageLeg.message_id.in_(sorted(message_ids)))
        .order_by(MessageLeg.id)
    )
    return {
        message_id: EarlierLeg(
            why=FallBack(why), has_arrived=state is MessageState.DELIVERED
        )
        for message_id, why, state in rows
    }


def count_causes(session: Session, announcement_id: int) -> dict[FallBack, int]:
    """Count an announcement's texts that fell back by why, the most frequent first.

    Each text is counted once, by its last cause.
    """
    last = (
        select(func.max(MessageLeg.id))
        .join(Message, Message.id == MessageLeg.message_id)
        .where(Message.announcement_id == announcement_id)
        .group_by(MessageLeg.message_id)
    )
    number = func.count()
    rows = session.execute(
        select(MessageLeg.why, number.label("counted"))
        .where(MessageLeg.id.in_(last))
        .group_by(MessageLeg.why)
        .order_by(number.desc(), MessageLeg.why)
    )
    return {FallBack(row.why): row.counted for row in rows}
