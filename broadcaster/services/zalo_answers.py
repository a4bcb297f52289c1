"""Free answers by Zalo: to whom wrote or followed, for two days, for nothing."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.tariffs import TariffKind
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.tables.messages import MessageKind
from broadcaster.store.tables.zalo import ZaloContact
from subscriptions.places import get_ward
from templates import message_text

FREE_FOR = dt.timedelta(hours=48)
"""Zalo takes nothing for an answer so long after a person did something."""
ASKING_FOR_PHONE: dict[str, Any] = {"template_id": None, "data": {"ask": "phone"}}
"""What makes a free answer Zalo's own form in which a person shares their number."""


def answer_by_zalo(
    session: Session,
    contact: ZaloContact,
    name: str,
    *,
    ward_id: int,
    since: dt.datetime,
    now: dt.datetime,
) -> bool:
    """Answer someone who did something at `since`; False when that is too long ago.

    `name` is the answer's in the templates. It leaves by that account or not at all:
    whoever asked by Zalo does not hear by SMS.
    """
    until = since + FREE_FOR
    if until <= now:
        return False
    is_asking = name == WELCOME
    enqueue(
        session,
        NewText(
            ward_id=ward_id,
            line_id=contact.line_id,
            to="",
            user_id=contact.user_id,
            channel=Channel.ZALO,
            gateway=contact.gateway,
            pinned=True,
            sender=get_ward(session, ward_id).sender_brand,
            text=message_text(name, "zalo"),
            template=ASKING_FOR_PHONE if is_asking else None,
            kind=MessageKind.CONFIRMATION if name in CONFIRMING else MessageKind.REPLY,
            tariff_kind=TariffKind.ZALO_REPLY.value,
            valid_until=until,
        ),
        now=now,
    )
    return True


WELCOME = "zalo_welcome"
LINKED = "zalo_linked"
CONFIRMING = frozenset({LINKED, "texts_stopped", "texts_started"})
