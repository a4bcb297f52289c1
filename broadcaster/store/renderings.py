"""What leaves for each phone: the text that all share, or a template filled for one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel, Submission, TemplateParam
from broadcaster.rules.renderings import (
    BlankFault,
    Personal,
    household_code,
    personal_data,
)
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.zalo import ZaloTemplate
from subscriptions.tables.households import (
    Household,
    Relation,
    Resident,
    Subscription,
    SubscriptionStatus,
)

Rows = Sequence[Row[*tuple[Any, ...]]]


def render(
    session: Session, rows: Rows, *, sender: str | None, now: dt.datetime
) -> tuple[list[Submission], list[int]]:
    """Return what leaves, and the ids of template messages that do not fit a person.

    `sender` is whom the gateway sends as, None for each ward as itself. A name may be
    too long for its blank: nothing is cut, such a text goes by SMS.
    """
    texts = _common_texts(session, rows)
    by_template = [row.id for row in rows if row.channel is Channel.ZALO]
    filled = fill_templates(session, by_template) if by_template else {}
    made = [
        _submission(row, texts, filled.get(row.id), sender=sender, now=now)
        for row in rows
        if row.id not in filled or filled[row.id] is not None
    ]
    return made, [row_id for row_id, value in filled.items() if value is None]


def fill_templates(
    session: Session, message_ids: Sequence[int]
) -> dict[int, dict[str, Any] | None]:
    """Return for each template message what is sent; None where it does not fit.

    A free answer has neither template nor blanks; its data say that it is a form.
    """
    rows = session.execute(
        select(
            Message.id,
            Message.line_id,
            Message.gateway,
            Message.user_id,
            func.coalesce(Message.template, Announcement.zalo).label("zalo"),
        )
        .outerjoin(Announcement, Announcement.id == Message.announcement_id)
        .where(Message.id.in_(message_ids))
    ).all()
    facts = _facts(session, {row.line_id for row in rows if row.line_id})
    limits = _limits(session, {row.gateway for row in rows})
    filled: dict[int, dict[str, Any] | None] = {}
    for row in rows:
        if not row.zalo:
            filled[row.id] = {"user_id": row.user_id}
            continue
        template_id = row.zalo.get("template_id")
        if template_id is None:
            filled[row.id] = {
                "user_id": row.user_id,
                "template_data": row.zalo["data"],
            }
            continue
        params = limits.get((row.gateway, template_id), ())
        data = personal_data(
            row.zalo["data"], facts.get(row.line_id, {}), params=params
        )
        is_fit = not isinstance(data, BlankFault)
        filled[row.id] = (
            {
                "user_id": row.user_id,
                "template_id": template_id,
                "template_data": data,
            }
            if is_fit
            else None
        )
    return filled


def _submission(
    row: Row[*tuple[Any, ...]],
    texts: Mapping[int, str],
    filled: Mapping[str, Any] | None,
    *,
    sender: str | None,
    now: dt.datetime,
) -> Submission:
    return Submission(
        message_id=row.id,
        reference=row.public_id,
        to=row.to,
        text=texts[row.announcement_id] if row.text is None else row.text,
        sender=sender or row.sender,
        submitted_at=now,
        valid_until=row.valid_until,
        segments=row.segments,
        attempt=row.submissions + 1,
        **(filled or {}),
    )


def _common_texts(session: Session, rows: Rows) -> dict[int, str]:
    common = {row.announcement_id for row in rows if row.text is None}
    query = select(Announcement.id, Announcement.text).where(
        Announcement.id.in_(common)
    )
    return {row.id: row.text for row in session.execute(query)} if common else {}


def _facts(session: Session, line_ids: set[int]) -> dict[int, dict[str, str]]:
    """Return who is told through each line: its holder, else who pays for it.

    Of several who are alike in that, who was enrolled first.
    """
    place = func.row_number().over(
        partition_by=Subscription.line_id,
        order_by=(
            case((Subscription.relation == Relation.OWN, 0), else_=1),
            case((Subscription.pays, 0), else_=1),
            Subscription.id,
        ),
    )
    ranked = (
        select(Subscription.id, place.label("place"))
        .where(
            Subscription.line_id.in_(line_ids),
            Subscription.status != SubscriptionStatus.ENDED,
        )
        .subquery()
    )
    first = select(ranked.c.id).where(ranked.c.place == 1)
    rows = session.execute(
        select(
            Subscription.line_id,
            Resident.full_name,
            Household.public_id,
            Household.address,
        )
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(Subscription.id.in_(first))
    )
    return {
        row.line_id: {
            Personal.NAME: row.full_name,
            Personal.CODE: household_code(row.public_id),
            Personal.ADDRESS: row.address,
        }
        for row in rows
    }


def _limits(
    session: Session, gateways: set[str]
) -> dict[tuple[str, str], tuple[TemplateParam, ...]]:
    rows = session.scalars(
        select(ZaloTemplate).where(ZaloTemplate.gateway.in_(gateways))
    )
    return {
        (row.gateway, row.template_id): tuple(TemplateParam(**p) for p in row.params)
        for row in rows
    }
