"""The other rendering as an officer sees it: the card, its faults, whom it reaches."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.ports import TemplateParam
from broadcaster.rules.renderings import Fault, clean, find_faults
from broadcaster.rules.tariffs import template_kinds
from broadcaster.rules.timing import ward_today
from broadcaster.services.drafts import Draft, purpose_of
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.store.tariffs import read_prices
from broadcaster.store.ward_channels import zalo_gateway_of
from broadcaster.store.zalo_reach import Reach, count_reach
from broadcaster.store.zalo_templates import find_template, may_be_sent, params_of
from broadcaster.store.zalo_terms import zalo_terms
from subscriptions.audience import recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloLook:
    """A filled template, and what sending it comes to at today's tariffs."""

    name: str
    text: str
    """Its words with `{{blanks}}`; empty where Zalo does not tell them."""
    params: tuple[TemplateParam, ...]
    data: Mapping[str, str]
    """As it would be kept; what is each person's own is still open."""
    faults: Mapping[str, Fault]
    may_be_sent: bool
    is_urgent: bool
    """An emergency goes by SMS alone, whatever is filled in here."""
    is_off: bool
    """The ward's account is switched off: all get the SMS."""
    reach: Reach
    """An estimate, of nobody by Zalo while it cannot be sent."""
    total_vnd: int
    is_unpriced: bool
    """It reaches somebody at a price nobody set: not in the sum."""


def look_at_zalo(
    session: Session,
    draft: Draft,
    *,
    ward_id: int,
    by_carrier: Mapping[str, int],
    now: dt.datetime,
) -> ZaloLook | None:
    """Look at a draft's Zalo rendering, faults and all; None where it has none.

    Also None where the ward has no account, or the account never had the template.
    `by_carrier` counts all phones of its audience.
    """
    gateway = zalo_gateway_of(session, ward_id) if draft.zalo else None
    if draft.zalo is None or gateway is None:
        return None
    template = find_template(session, gateway, draft.zalo.template_id)
    if template is None:
        return None
    data = {name: clean(value) for name, value in draft.zalo.data.items()}
    # as the freeze will ask it, of an announcement that is in no session
    written = Announcement(
        ward_id=ward_id, topic=draft.topic, zalo=draft.zalo.to_json()
    )
    goes_by_zalo = zalo_terms(session, written) is not None
    is_urgent = draft.topic is Topic.EMERGENCY
    reach = Reach(by_user_id=0, by_phone=0, sms_by_carrier=dict(by_carrier))
    if may_be_sent(template) and goes_by_zalo:
        purpose = purpose_of(draft.topic)
        told = recipients(draft.audience, ward_id=ward_id, purpose=purpose)
        reach = count_reach(session, told, gateway=gateway, now=now)
    vnd = _vnd(session, template, reach, day=ward_today(now))
    return ZaloLook(
        name=template.name,
        text=template.text,
        params=params_of(template),
        data=data,
        faults=find_faults(data, params_of(template)),
        may_be_sent=may_be_sent(template),
        is_urgent=is_urgent,
        is_off=not goes_by_zalo and not is_urgent,
        reach=reach,
        total_vnd=sum(amount or 0 for amount in vnd),
        is_unpriced=None in vnd,
    )


def _vnd(
    session: Session, template: ZaloTemplate, reach: Reach, *, day: dt.date
) -> list[int | None]:
    prices = read_prices(session)
    by_phone, by_user_id = template_kinds(template.template_id)
    numbers = {by_phone: reach.by_phone, by_user_id: reach.by_user_id}
    amounts: list[int | None] = []
    for kind, number in numbers.items():
        if number:
            rate = prices.find_rate(
                gateway=template.gateway, carrier="", kind=kind, day=day
            )
            amounts.append(None if rate is None else rate * number)
    return amounts
