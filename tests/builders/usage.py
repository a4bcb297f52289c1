"""Texts by both channels, their earlier legs and their prices, for tests."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.ports import Channel, TemplateState
from broadcaster.rules.lifecycle import LIFECYCLE, MessageState
from broadcaster.store.tables.messages import Message, MessageKind, MessageLeg
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.tables.zalo import ZaloTemplate
from subscriptions.months import WARD_ZONE
from subscriptions.tables.places import Ward
from tests.builders.people import NOW

SMS_GATEWAY = "memory"
ZALO_GATEWAY = "zalo"
TEMPLATE = "214"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """By which gateway a text goes, and in which class of price."""

    channel: Channel = Channel.SMS
    gateway: str = SMS_GATEWAY
    kind: str = "care"
    carrier: str = "Viettel"
    segments: int = 1


BY_SMS = Way()
BY_ZALO = Way(channel=Channel.ZALO, gateway=ZALO_GATEWAY, kind=TEMPLATE)


def a_price(
    session: Session,
    vnd: int,
    *,
    gateway: str = "",
    carrier: str = "",
    kind: str = "care",
    since: dt.date = dt.date(2026, 1, 1),
) -> None:
    """Let a segment cost so much from a day on."""
    session.add(
        Tariff(
            gateway=gateway,
            carrier=carrier,
            kind=kind,
            valid_from=since,
            vnd_per_segment=vnd,
        )
    )
    session.flush()


def a_template(
    session: Session, *, name: str, gateway: str = ZALO_GATEWAY, id_: str = TEMPLATE
) -> None:
    """Let Zalo have approved a template."""
    session.add(
        ZaloTemplate(
            gateway=gateway,
            template_id=id_,
            name=name,
            state=TemplateState.APPROVED,
            params=[],
            text="",
            synced_at=NOW,
            is_listed=True,
        )
    )
    session.flush()


def a_way_out(
    session: Session,
    ward: Ward,
    way: Way = BY_SMS,
    *,
    at: dt.datetime = NOW,
    state: MessageState = MessageState.ACCEPTED,
) -> Message:
    """Add a text that was submitted at a moment; taken ones are booked on that day."""
    is_taken = LIFECYCLE[state].billable
    day = at.astimezone(WARD_ZONE).date()
    message = Message(
        ward_id=ward.id,
        kind=MessageKind.REPLY,
        to="+84912000000",
        sender="PHOASUA",
        text="Thu",
        encoding="GSM7",
        channel=way.channel,
        gateway=way.gateway,
        tariff_kind=way.kind,
        carrier=way.carrier,
        segments=way.segments,
        lane=2,
        state=state,
        due_at=at,
        submitted_at=at,
        accepted_at=at if is_taken else None,
        usage_day=day if is_taken else None,
        usage_month=day.replace(day=1) if is_taken else None,
        created_at=at,
    )
    session.add(message)
    session.flush()
    return message


def go_on_by(
    session: Session,
    message: Message,
    way: Way = BY_SMS,
    *,
    at: dt.datetime = NOW,
) -> MessageLeg:
    """End a message's leg and queue it another way; return the leg."""
    leg = MessageLeg(
        message_id=message.id,
        ward_id=message.ward_id,
        channel=message.channel,
        gateway=message.gateway,
        carrier=message.carrier,
        tariff_kind=message.tariff_kind,
        segments=message.segments,
        state=message.state,
        why="no_receipt",
        provider_id=message.provider_id,
        accepted_at=message.accepted_at,
        usage_day=message.usage_day,
        usage_month=message.usage_month,
        ended_at=at,
    )
    session.add(leg)
    message.accepted_at = message.usage_day = message.usage_month = None
    message.provider_id = message.fall_back_at = message.submitted_at = None
    message.state = MessageState.QUEUED
    message.channel, message.gateway = way.channel, way.gateway
    message.tariff_kind, message.segments = way.kind, way.segments
    message.due_at = at
    session.flush()
    return leg


def take(
    session: Session, message: Message | MessageLeg, *, at: dt.datetime
) -> Message | MessageLeg:
    """Let the telco have taken it at a moment; who pays for it is not booked yet."""
    message.state = MessageState.ACCEPTED
    message.accepted_at = at
    session.flush()
    return message
