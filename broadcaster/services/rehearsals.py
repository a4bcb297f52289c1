"""An officer tries a notice on their own phone, by both channels, before it goes."""

import datetime as dt

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.rules.renderings import (
    BlankFault,
    Personal,
    household_code,
    personal_data,
)
from broadcaster.services.accounts import Actor
from broadcaster.services.drafts import Draft, kept_rendering, read_body, wire_text
from broadcaster.services.zalo_renderings import BlanksError, get_sendable
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.tables.staff import Account
from broadcaster.store.zalo_templates import params_of
from subscriptions.places import get_ward
from subscriptions.tables.base import new_public_id
from subscriptions.tables.places import Ward


def send_test(
    database: Database, draft: Draft, *, actor: Actor, gateway: str, now: dt.datetime
) -> list[Message]:
    """Send both renderings to the actor's own phone, at any hour; the SMS first.

    In the Zalo message the actor stands for the resident. Raises InputError.
    """
    actor.require(Act.WRITE_ANNOUNCEMENTS)
    text = wire_text(read_body(draft.body), accented=draft.accented)
    with database.writing() as session:
        account = session.get_one(Account, actor.account_id)
        if account.e164 is None:
            raise InputError("phone", "missing")
        ward = get_ward(session, actor.ward_id)
        sms = NewText(
            ward_id=actor.ward_id,
            to=account.e164,
            sender=ward.sender_brand,
            text=text,
            kind=MessageKind.TEST,
            gateway=gateway,
        )
        zalo = _by_zalo(session, draft, sms=sms, account=account, ward=ward)
        return [enqueue(session, new, now=now) for new in (sms, zalo) if new]


def _by_zalo(
    session: Session, draft: Draft, *, sms: NewText, account: Account, ward: Ward
) -> NewText | None:
    kept = kept_rendering(draft.zalo)
    template = get_sendable(session, kept, ward_id=ward.id)
    if kept is None or template is None:
        return None
    facts: dict[str, str] = {
        Personal.NAME: account.display_name,
        Personal.CODE: household_code(new_public_id()),
        Personal.ADDRESS: ward.name,
    }
    data = personal_data(kept["data"], facts, params=params_of(template))
    if isinstance(data, BlankFault):
        raise BlanksError({data.name: data.fault})
    return NewText(
        ward_id=ward.id,
        to=sms.to,
        sender=sms.sender,
        text=sms.text,
        kind=MessageKind.TEST,
        gateway=template.gateway,
        channel=Channel.ZALO,
        pinned=True,
        tariff_kind=template.template_id,
        template={"template_id": template.template_id, "data": data},
    )
