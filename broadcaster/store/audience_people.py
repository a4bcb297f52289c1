"""The names behind an audience's count: who would be texted, and who would not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broadcaster.store.outcomes import Holder
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.places import ResidentialGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One phone that would be texted, and all who share it."""

    e164: str
    carrier: str
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """Someone whom the audience names and who would not be texted."""

    resident: Holder
    reason: str


def list_recipients(
    session: Session,
    recipients: Select[*tuple[Any, ...]],
    *,
    limit: int,
    offset: int = 0,
) -> list[Recipient]:
    """Return a page of the phones that a query of recipients gives, oldest first."""
    phones = recipients.order_by("line_id").limit(limit).offset(offset).subquery()
    rows = session.execute(
        select(
            phones.c.line_id,
            phones.c.e164,
            phones.c.carrier,
            Resident.full_name,
            Household.address,
            ResidentialGroup.name,
        )
        .join(Subscription, Subscription.line_id == phones.c.line_id)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .where(Subscription.status != SubscriptionStatus.ENDED)
        .order_by(phones.c.line_id, Subscription.id)
    )
    found: dict[int, Recipient] = {}
    for line_id, e164, carrier, name, address, group in rows:
        before: Sequence[Holder] = found[line_id].holders if line_id in found else ()
        found[line_id] = Recipient(
            e164=e164,
            carrier=carrier,
            holders=(*before, Holder(name=name, address=address, group=group)),
        )
    return list(found.values())


def list_unserved(
    session: Session,
    exclusions: Select[*tuple[Any, ...]],
    *,
    limit: int,
    offset: int = 0,
) -> list[Unserved]:
    """Return a page of those that a query of exclusions gives, with their reasons."""
    left_out = exclusions.subquery()
    rows = session.execute(
        select(
            left_out.c.reason,
            Resident.full_name,
            Household.address,
            ResidentialGroup.name,
        )
        .join(Resident, Resident.id == left_out.c.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .order_by(left_out.c.reason, Resident.sort_key, Resident.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        Unserved(resident=Holder(name=name, address=address, group=group), reason=why)
        for why, name, address, group in rows
    ]
