"""Who of an audience is told by Zalo, and on what terms; everybody else gets SMS."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    case,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.store.detours import BY_USER_ID
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.store.tables.zalo import WardChannels, ZaloContact
from broadcaster.store.zalo_lines import lacks_zalo
from subscriptions.consents import zalo_word
from subscriptions.tables.base import UtcDateTime
from subscriptions.tables.consents import ConsentAction

ENCODING = "ZALO"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloTerms:
    """By which account, in which template, and when the SMS follows without receipt."""

    gateway: str
    template_id: str
    fall_back: dt.timedelta | None


def zalo_terms(session: Session, announcement: Announcement) -> ZaloTerms | None:
    """Return how an announcement goes by Zalo; None when it does not.

    Its ward must have an account that is switched on, and it a rendering for it. An
    emergency never does: a phone without data hears SMS at once, at night too.
    """
    rendering = announcement.zalo
    if not rendering or announcement.topic is Topic.EMERGENCY:
        return None
    rules = session.get(WardChannels, announcement.ward_id)
    if rules is None or rules.zalo_gateway is None:
        return None
    is_off = session.scalar(
        select(GatewaySetup.id).where(
            GatewaySetup.name == rules.zalo_gateway, GatewaySetup.is_enabled.is_(False)
        )
    )
    if is_off:
        return None
    minutes = rules.fall_back_minutes.get(announcement.topic.value)
    return ZaloTerms(
        gateway=rules.zalo_gateway,
        template_id=rendering["template_id"],
        fall_back=dt.timedelta(minutes=minutes) if minutes else None,
    )


def can_be_told_by_zalo(
    line_id: ColumnElement[int], *, now: dt.datetime
) -> ColumnElement[bool]:
    """Return the condition: Zalo is not known to be missing, nor refused."""
    refused = func.coalesce(zalo_word(line_id), literal("", String)) == (
        ConsentAction.WITHDRAWN.value
    )
    return and_(not_(lacks_zalo(line_id, now=now)), not_(refused))


def zalo_columns(
    terms: ZaloTerms, line_id: ColumnElement[int], *, due_at: dt.datetime
) -> dict[str, ColumnElement[Any]]:
    """Return the columns of a message by Zalo: by user id where the line is linked."""
    user_id = (
        select(ZaloContact.user_id)
        .where(
            ZaloContact.line_id == line_id,
            ZaloContact.gateway == terms.gateway,
            ZaloContact.is_following.is_(True),
        )
        .order_by(ZaloContact.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    by_phone = literal(terms.template_id, String)
    by_user = literal(terms.template_id + BY_USER_ID, String)
    falls_at = due_at + terms.fall_back if terms.fall_back else None
    return {
        "channel": literal(Channel.ZALO.value, String),
        "gateway": literal(terms.gateway, String),
        "tariff_kind": case((user_id.is_not(None), by_user), else_=by_phone),
        "encoding": literal(ENCODING, String),
        "segments": literal(1, Integer),
        "user_id": user_id,
        "fall_back_at": literal(falls_at, UtcDateTime()),
    }
