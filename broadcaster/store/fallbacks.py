"""When Zalo truly failed: the leg is kept, and the same message goes on as SMS."""

import datetime as dt
import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.segments import measure
from broadcaster.rules.tariffs import TariffKind
from broadcaster.rules.timing import end_of_quiet_hours
from broadcaster.store.bells import ring_bell
from broadcaster.store.routing import Routes
from broadcaster.store.tables.announcements import Announcement, Lane
from broadcaster.store.tables.messages import Message, MessageKind, MessageLeg
from subscriptions.tables.places import Ward

IN_BULK = {"synchronize_session": False}
NOT_TAKEN = frozenset({MessageState.QUEUED, MessageState.SUBMITTING})
NOT_BEGUN = frozenset({MessageState.QUEUED})
WITHOUT_RECEIPT = frozenset({MessageState.ACCEPTED})


class FallBack(enum.StrEnum):
    """Why a message did not arrive by the channel it began with."""

    NO_ACCOUNT = "no_account"
    OPTED_OUT = "opted_out"
    OVER_QUOTA = "over_quota"
    NIGHT = "night"
    REFUSED = "refused"
    UNFIT = "unfit"
    """A person's name is too long for the template's blank."""
    NO_RECEIPT = "no_receipt"
    GATEWAY_DOWN = "gateway_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a leg ended, and the telco's own word for it."""

    why: FallBack
    code: str | None = None


def may_fall_back() -> ColumnElement[bool]:
    """Return the condition for a message that can be said by SMS as well."""
    has_words = or_(Message.announcement_id.is_not(None), Message.text.is_not(None))
    return and_(
        Message.channel == Channel.ZALO,
        Message.to != "",
        Message.kind != MessageKind.TEST,
        has_words,
    )


def fall_back(
    session: Session,
    message_ids: Collection[int],
    *,
    cause: Cause,
    routes: Routes,
    now: dt.datetime,
    states: Collection[MessageState] = NOT_TAKEN,
) -> list[int]:
    """End a message's leg by Zalo and queue it as SMS; return the messages that were.

    Only those still in one of `states` and not stopped. Nobody is woken: in the
    ward's quiet hours the SMS waits for the morning, unless it is an emergency. A
    message that is over by then, or that nothing but Zalo can say, stays as it is.
    """
    if not message_ids or not routes.common:
        return []
    rows = session.execute(
        select(Message, Ward.quiet_from, Ward.quiet_until)
        .join(Ward, Ward.id == Message.ward_id)
        .where(
            Message.id.in_(sorted(message_ids)),
            Message.state.in_(sorted(states)),
            may_fall_back(),
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).all()
    due = {row.Message.id: _due_at(row, now) for row in rows}
    going = [row.Message for row in rows if _is_in_time(row.Message, due)]
    if not going:
        return []
    _keep_legs(session, going, cause, now=now)
    _go_on(session, going, routes=routes, due=due)
    ring_bell(session)
    return [message.id for message in going]


def _due_at(row: Row[*tuple[Any, ...]], now: dt.datetime) -> dt.datetime:
    if row.Message.lane == Lane.EMERGENCY:
        return now
    return end_of_quiet_hours(now, start=row.quiet_from, end=row.quiet_until)


def _is_in_time(message: Message, due: dict[int, dt.datetime]) -> bool:
    return message.valid_until is None or message.valid_until > due[message.id]


def _keep_legs(
    session: Session,
    messages: Sequence[Message],
    cause: Cause,
    *,
    now: dt.datetime,
) -> None:
    values = [
        {
            "message_id": message.id,
            "ward_id": message.ward_id,
            "channel": message.channel,
            "gateway": message.gateway,
            "carrier": message.carrier,
            "tariff_kind": message.tariff_kind,
            "segments": message.segments,
            "state": MessageState.REFUSED
            if message.state in NOT_TAKEN
            else message.state,
            "why": cause.why.value,
            "code": cause.code or message.code,
            "provider_id": message.provider_id,
            "accepted_at": message.accepted_at,
            "usage_day": message.usage_day,
            "usage_month": message.usage_month,
            "ended_at": now,
        }
        for message in messages
    ]
    session.execute(insert(MessageLeg), values)


def _go_on(
    session: Session,
    messages: Sequence[Message],
    *,
    routes: Routes,
    due: dict[int, dt.datetime],
) -> None:
    """Make the rows what they would have been, had they been frozen as SMS."""
    seed = func.coalesce(Message.line_id, 0) + func.coalesce(Message.announcement_id, 0)
    common = {m.announcement_id for m in messages if m.text is None}
    texts = session.execute(
        select(Announcement.id, Announcement.text).where(Announcement.id.in_(common))
    )
    measures = {row.id: measure(row.text) for row in texts}
    for message_group in _by_words(messages):
        first = message_group[0]
        own = measure(first.text) if first.text is not None else None
        measured = own or measures[first.announcement_id or 0]
        ids = [message.id for message in message_group]
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(
                state=MessageState.QUEUED,
                channel=Channel.SMS,
                gateway=routes.choosing(Message.carrier.expression, seed),
                tariff_kind=TariffKind.CARE.value,
                encoding=measured.encoding,
                segments=measured.segments,
                due_at=case(
                    {message.id: due[message.id] for message in message_group},
                    value=Message.id,
                ),
                attempts=0,
                **dict.fromkeys(FORGOTTEN, null()),
            ),
            execution_options=IN_BULK,
        )


FORGOTTEN = (
    "user_id",
    "window_id",
    "submitted_at",
    "asked_at",
    "provider_id",
    "code",
    "blame",
    "accepted_at",
    "fall_back_at",
    "finished_at",
    "usage_day",
    "usage_month",
)
"""What belonged to the leg that ended, and is kept with it where it matters."""


def _by_words(messages: Sequence[Message]) -> list[list[Message]]:
    groups: dict[object, list[Message]] = {}
    for message in messages:
        key = message.announcement_id if message.text is None else message.text
        groups.setdefault((message.text is None, key), []).append(message)
    return list(groups.values())
