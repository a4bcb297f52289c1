"""Which texts are SMS after all, and why they did not arrive by Zalo: for people."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.store.fallbacks import FallBack
from broadcaster.store.tables.messages import Message, MessageLeg


def causes_of(session: Session, message_ids: Collection[int]) -> dict[int, FallBack]:
    """Return why each of these messages fell back; those that did not are not in it."""
    rows = session.execute(
        select(MessageLeg.message_id, MessageLeg.why)
        .where(MessageLeg.message_id.in_(sorted(message_ids)))
        .order_by(MessageLeg.id)
    )
    return {message_id: FallBack(why) for message_id, why in rows}


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
