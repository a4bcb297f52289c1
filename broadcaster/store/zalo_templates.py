"""Zalo's templates as they were last seen: kept by account, never deleted."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Template, TemplateParam, TemplateState
from broadcaster.rules.tariffs import BY_USER_ID
from broadcaster.store.insertion import fit, insert_unless_there
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.tables.zalo import ZaloTemplate

LONGEST_ID = 24 - len(BY_USER_ID)
"""Also as the class of its price by user id it has to fit into its column."""
LONGEST_URL = 500


def list_templates(session: Session, gateway: str) -> list[ZaloTemplate]:
    """Return an account's templates that Zalo lists, those that may be sent first."""
    rows = session.scalars(
        select(ZaloTemplate)
        .where(ZaloTemplate.gateway == gateway, ZaloTemplate.is_listed)
        .order_by(ZaloTemplate.name, ZaloTemplate.id)
    ).all()
    return sorted(rows, key=lambda row: row.state is not TemplateState.APPROVED)


def find_template(
    session: Session, gateway: str, template_id: str
) -> ZaloTemplate | None:
    """Return a template, also one that is no longer listed; None when unknown."""
    return session.scalar(
        select(ZaloTemplate).where(
            ZaloTemplate.gateway == gateway, ZaloTemplate.template_id == template_id
        )
    )


def may_be_sent(template: ZaloTemplate | None) -> bool:
    """Tell whether Zalo takes messages of this template, as far as we know."""
    return (
        template is not None
        and template.is_listed
        and template.state is TemplateState.APPROVED
    )


def params_of(template: ZaloTemplate) -> tuple[TemplateParam, ...]:
    """Return a template's blanks, in its own order."""
    return tuple(TemplateParam(**stored) for stored in template.params)


def last_synced(session: Session, gateway: str) -> dt.datetime | None:
    """Return when an account's templates were last read, None if there are none.

    After `forget_when_synced` that is long ago.
    """
    return session.scalar(
        select(func.min(ZaloTemplate.synced_at)).where(
            ZaloTemplate.gateway == gateway, ZaloTemplate.is_listed
        )
    )


def forget_when_synced(
    session: Session, gateway: str, *, long_ago: dt.datetime
) -> None:
    """Let an account's templates be read anew by the next clock."""
    session.execute(
        update(ZaloTemplate)
        .where(ZaloTemplate.gateway == gateway, ZaloTemplate.is_listed)
        .values(synced_at=long_ago)
    )


def keep_templates(
    session: Session, gateway: str, templates: Sequence[Template], *, now: dt.datetime
) -> None:
    """Write down what an account has now; the others are no longer listed."""
    # in one order, so that two clocks that keep the same never wait for each other
    for template in sorted(templates, key=lambda each: each.template_id):
        key = {"gateway": gateway, "template_id": template.template_id}
        values = _values(template, now=now)
        if not insert_unless_there(session, ZaloTemplate, key | values):
            session.execute(update(ZaloTemplate).filter_by(**key).values(values))
    session.execute(
        update(ZaloTemplate)
        .where(
            ZaloTemplate.gateway == gateway,
            ZaloTemplate.template_id.not_in([each.template_id for each in templates]),
        )
        .values(is_listed=False)
    )


def keep_price(
    session: Session, gateway: str, kind: str, vnd: int, *, day: dt.date
) -> bool:
    """Write down what a template costs from `day` on; return False if that is known.

    Where that day has a price already, the new one holds from the day after: what
    went out today keeps the price it was promised at.
    """
    known = session.scalars(
        select(Tariff)
        .where(Tariff.gateway == gateway, Tariff.carrier == "", Tariff.kind == kind)
        .order_by(Tariff.valid_from.desc())
    ).all()
    begun = [tariff for tariff in known if tariff.valid_from <= day]
    if begun and begun[0].vnd_per_segment == vnd:
        return False
    if begun and begun[0].valid_from == day:
        day += dt.timedelta(days=1)
    values = {
        "gateway": gateway,
        "carrier": "",
        "kind": kind,
        "valid_from": day,
        "vnd_per_segment": vnd,
    }
    return insert_unless_there(session, Tariff, values)


def last_used(
    session: Session, ward_id: int, *, template_id: str
) -> dict[str, str] | None:
    """Return what a ward last filled a template's blanks with."""
    stored = session.scalar(
        select(Announcement.zalo)
        .where(
            Announcement.ward_id == ward_id,
            Announcement.zalo["template_id"].as_string() == template_id,
        )
        .order_by(Announcement.id.desc())
        .limit(1)
    )
    return None if stored is None else dict(stored["data"])


def last_template(session: Session, ward_id: int, *, topic: Topic) -> str | None:
    """Return the id of the template that a ward last used for a topic."""
    stored = session.scalar(
        select(Announcement.zalo)
        .where(
            Announcement.ward_id == ward_id,
            Announcement.topic == topic,
            Announcement.zalo.is_not(None),
        )
        .order_by(Announcement.id.desc())
        .limit(1)
    )
    return None if stored is None else str(stored["template_id"])


def _values(template: Template, *, now: dt.datetime) -> dict[str, Any]:
    url = template.preview_url
    return {
        "name": fit(template.name, 200) or template.template_id,
        "state": template.state,
        "params": [asdict(param) for param in template.params],
        "text": template.text.replace("\x00", ""),
        "price_vnd": template.price_vnd,
        "price_by_user_id_vnd": template.price_by_user_id_vnd,
        "quality": fit(template.quality, 24),
        "preview_url": url if url and len(url) <= LONGEST_URL else None,
        "synced_at": now,
        "is_listed": True,
    }
