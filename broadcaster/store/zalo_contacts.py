"""People who follow a Zalo account of the house, and the lines that are theirs."""

import datetime as dt
import enum
from collections.abc import Collection, Sequence

from sqlalchemy import Exists, Select, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.zalo import WardChannels, ZaloContact
from broadcaster.store.zalo_lines import lacks_zalo
from subscriptions.consents import zalo_word
from subscriptions.tables.consents import ConsentAction
from subscriptions.tables.households import Line, Subscription, SubscriptionStatus

USER_ID_LENGTH = 32
"""An id that is longer is none of Zalo's: cut, it would be another person's."""


class ZaloStanding(enum.StrEnum):
    """What is known of a line and Zalo."""

    LINKED = "linked"
    LEFT = "left"
    """Linked, but its holder no longer follows: by phone only."""
    REFUSED = "refused"
    WITHOUT = "without"


def contact_for(
    session: Session, gateway: str, user_id: str, *, now: dt.datetime
) -> ZaloContact:
    """Return someone of an account, locked; a new one follows nobody yet."""
    insert_unless_there(
        session,
        ZaloContact,
        {
            "gateway": gateway,
            "user_id": user_id,
            "is_following": False,
            "changed_at": now,
        },
    )
    return session.scalars(
        select(ZaloContact)
        .where(ZaloContact.gateway == gateway, ZaloContact.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def find_contact(session: Session, gateway: str, user_id: str) -> ZaloContact | None:
    """Return someone of an account, if we ever heard of them."""
    return session.scalars(
        select(ZaloContact).where(
            ZaloContact.gateway == gateway, ZaloContact.user_id == user_id
        )
    ).one_or_none()


def wards_of(session: Session, gateway: str) -> Sequence[int]:
    """Return the ids of the wards that speak by an account, the first one first."""
    return session.scalars(
        select(WardChannels.ward_id)
        .where(WardChannels.zalo_gateway == gateway)
        .order_by(WardChannels.ward_id)
    ).all()


def lock_lines(session: Session, lines: Sequence[Line]) -> None:
    """Let no other transaction link these lines until this one ends."""
    session.execute(
        select(Line.id)
        .where(Line.id.in_([line.id for line in lines]))
        .order_by(Line.id)
        .with_for_update(key_share=True)
    )


def lines_of_phone(session: Session, gateway: str, e164: str) -> Sequence[Line]:
    """Return the lines of a number that an account speaks for, the oldest first.

    Only those through which somebody is served now.
    """
    return session.scalars(
        _served_lines().where(WardChannels.zalo_gateway == gateway, Line.e164 == e164)
    ).all()


def others_of(session: Session, contact: ZaloContact) -> Sequence[ZaloContact]:
    """Return who else of the account once shared the same number."""
    return session.scalars(
        select(ZaloContact)
        .where(
            ZaloContact.phone == contact.phone,
            ZaloContact.gateway == contact.gateway,
            ZaloContact.id != contact.id,
        )
        .order_by(ZaloContact.id)
        .with_for_update()
    ).all()


def list_to_link(session: Session, *, limit: int) -> Sequence[ZaloContact]:
    """Return who shared a number that a household holds by now, each to one reader."""
    line = _served_lines().where(
        WardChannels.zalo_gateway == ZaloContact.gateway,
        Line.e164 == ZaloContact.phone,
    )
    return session.scalars(
        select(ZaloContact)
        .where(
            ZaloContact.line_id.is_(None),
            ZaloContact.phone.is_not(None),
            line.correlate(ZaloContact).order_by(None).exists(),
        )
        .order_by(ZaloContact.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def list_to_unlink(session: Session, *, limit: int) -> Sequence[ZaloContact]:
    """Return who is linked to a line that serves nobody any more."""
    return session.scalars(
        select(ZaloContact)
        .where(ZaloContact.line_id.is_not(None), ~_serves(ZaloContact.line_id))
        .order_by(ZaloContact.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def zalo_standings(
    session: Session, line_ids: Collection[int], *, now: dt.datetime
) -> dict[int, ZaloStanding]:
    """Return what is known of each line; the others are left out."""
    word = zalo_word(Line.id.expression)
    rows = session.execute(
        select(
            Line.id,
            (word == ConsentAction.WITHDRAWN).label("has_refused"),
            lacks_zalo(Line.id.expression, now=now).label("is_without"),
            _linked(following=True).label("is_linked"),
            _linked(following=False).label("has_left"),
        ).where(Line.id.in_(sorted(set(line_ids))))
    )
    said = (
        (ZaloStanding.REFUSED, "has_refused"),
        (ZaloStanding.LINKED, "is_linked"),
        (ZaloStanding.WITHOUT, "is_without"),
        (ZaloStanding.LEFT, "has_left"),
    )
    found: dict[int, ZaloStanding] = {}
    for row in rows:
        for standing, column in said:
            if getattr(row, column):
                found.setdefault(row.id, standing)
    return found


def _linked(*, following: bool) -> Exists:
    return exists().where(
        ZaloContact.line_id == Line.id, ZaloContact.is_following.is_(following)
    )


def _served_lines() -> Select[Line]:
    return (
        select(Line)
        .join(WardChannels, WardChannels.ward_id == Line.ward_id)
        .where(_serves(Line.id))
        .order_by(Line.id)
    )


def _serves(
    line_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> Exists:
    return exists().where(
        Subscription.line_id == line_id,
        Subscription.status != SubscriptionStatus.ENDED,
    )
