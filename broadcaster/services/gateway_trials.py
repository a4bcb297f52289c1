"""Sends one real text by one gateway, to see that it works ("Gửi thử")."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.errors import InputError, NotFoundError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.rules.renderings import (
    BlankFault,
    TemplateRendering,
    personal_data,
    show,
)
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.services.drafts import read_body
from broadcaster.store.freezing import try_again
from broadcaster.store.gateway_setups import find_setup
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.store.zalo_templates import (
    find_template,
    list_templates,
    may_be_sent,
    params_of,
)
from subscriptions.phones import read_phone
from subscriptions.tables.places import Ward

VALID_FOR = dt.timedelta(hours=1)
"""A trial that could not leave by then says nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to send. A template's blanks stand in `data`; then `text` is not sent."""

    key: uuid.UUID
    """Made with the form: the same form sent twice is one text."""
    gateway: str
    ward_id: int
    """Who pays, and under whose brandname."""
    to: str = field(repr=False)
    text: str = field(default="", repr=False)
    template_id: str | None = None
    data: Mapping[str, str] = field(default_factory=dict, repr=False)


def list_usable_templates(session: Session, gateway: str) -> list[ZaloTemplate]:
    """Return the templates that may be sent by this account, by name."""
    return [each for each in list_templates(session, gateway) if may_be_sent(each)]


def send_trial(
    database: Database, trial: Trial, *, actor: Actor, now: dt.datetime
) -> uuid.UUID:
    """Put the text into the outbox, pinned to its gateway; return its public id.

    Raises InputError naming the field; a blank's field is `blank-` and its name.
    """
    actor.require(Act.OPERATE)
    reading = read_phone(trial.to)
    if reading.e164 is None or not reading.sms:
        raise InputError("to", "not_a_mobile")
    to = reading.e164

    def send() -> uuid.UUID:
        with database.writing() as session:
            if _find(session, trial.key) is None:
                ward = session.get(Ward, trial.ward_id)
                if ward is None:
                    raise InputError("ward_id", "choose")
                _enqueue(session, trial, ward, to=to, now=now)
                journal.write(
                    session,
                    "gateway.tried",
                    actor=actor,
                    ward_id=None,
                    facts={"name": trial.gateway, "ward": ward.name},
                    now=now,
                )
        return trial.key

    # the same form at the same moment: the second finds what the first has sent
    return try_again(send, after=(IntegrityError,))


def get_trial(session: Session, key: uuid.UUID) -> Message:
    """Return a trial as it is now. Raises NotFoundError.

    Its gateway is another than it was meant for where that one was down.
    """
    found = _find(session, key)
    if found is None:
        raise NotFoundError("trial")
    return found


def _find(session: Session, key: uuid.UUID) -> Message | None:
    return session.scalar(
        select(Message).where(
            Message.public_id == key, Message.kind == MessageKind.TEST
        )
    )


def _enqueue(
    session: Session, trial: Trial, ward: Ward, *, to: str, now: dt.datetime
) -> None:
    new = NewText(
        ward_id=ward.id,
        to=to,
        sender=_sender(session, trial.gateway) or ward.sender_brand,
        kind=MessageKind.TEST,
        gateway=trial.gateway,
        pinned=True,
        valid_until=now + VALID_FOR,
        **_content(session, trial),
    )
    enqueue(session, new, now=now).public_id = trial.key
    session.flush()


def _sender(session: Session, gateway: str) -> str:
    setup = find_setup(session, gateway)
    return setup.sender if setup else ""


def _content(session: Session, trial: Trial) -> dict[str, Any]:
    if trial.template_id is None:
        return {"text": read_body(trial.text)}
    template = find_template(session, trial.gateway, trial.template_id)
    if template is None or not may_be_sent(template):
        raise InputError("template", "choose")
    data = personal_data(trial.data, {}, params=params_of(template))
    if isinstance(data, BlankFault):
        raise InputError(f"blank-{data.name}", data.fault)
    return {
        "text": show(template.text or template.name, data),
        "channel": Channel.ZALO,
        "tariff_kind": template.template_id,
        "template": TemplateRendering(
            template_id=template.template_id, data=data
        ).to_json(),
    }
