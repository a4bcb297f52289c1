"""A ward says how it uses Zalo beside SMS."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act, may
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.zalo import OverQuota
from broadcaster.store.ward_channels import find_channels, lock_channels
from subscriptions.places import get_ward

BY_ZALO = tuple(topic for topic in Topic if topic is not Topic.EMERGENCY)
"""An emergency never goes by Zalo: a phone without data hears SMS at once."""
LEAST_MINUTES = 5
"""Most receipts are in by then: sooner, many would pay for both."""
MOST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRules:
    """By which account, what over quota, and after how long the SMS follows."""

    zalo_gateway: str | None = None
    """None: SMS alone."""
    over_quota: OverQuota = OverQuota.FALL_BACK
    fall_back_minutes: Mapping[Topic, int] = field(default_factory=dict)
    """Topics that are not in it never send the SMS for want of a receipt."""


def read_channels(session: Session, ward_id: int) -> ChannelRules:
    """Return a ward's rules; those of SMS alone while it never set any."""
    stored = find_channels(session, ward_id)
    if stored is None:
        return ChannelRules()
    minutes = stored.fall_back_minutes
    return ChannelRules(
        zalo_gateway=stored.zalo_gateway,
        over_quota=stored.over_quota,
        fall_back_minutes={
            topic: minutes[topic] for topic in BY_ZALO if topic in minutes
        },
    )


def set_channels(
    database: Database,
    rules: ChannelRules,
    *,
    ward_id: int,
    accounts: Collection[str],
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let a ward use its channels by these rules, from the next announcement on.

    `accounts` are the Zalo accounts of the house. Raises InputError on `zalo_gateway`
    or `minutes.<topic>`; NotAllowedError.
    """
    if not may(actor.role, Act.OPERATE):
        actor.require(Act.SET_CHANNELS)
    _check(rules, accounts)
    minutes = {str(topic): n for topic, n in sorted(rules.fall_back_minutes.items())}
    with database.writing() as session:
        get_ward(session, ward_id)
        stored = lock_channels(session, ward_id)
        stored.zalo_gateway = rules.zalo_gateway
        stored.over_quota = rules.over_quota
        stored.fall_back_minutes = minutes
        journal.write(
            session,
            "ward.channels_set",
            actor=actor,
            ward_id=ward_id,
            facts={
                "gateway": rules.zalo_gateway,
                "over_quota": rules.over_quota,
                "minutes": minutes,
            },
            now=now,
        )


def _check(rules: ChannelRules, accounts: Collection[str]) -> None:
    if rules.zalo_gateway is not None and rules.zalo_gateway not in accounts:
        raise InputError("zalo_gateway", "unknown")
    for topic, minutes in rules.fall_back_minutes.items():
        if topic not in BY_ZALO:
            raise InputError("minutes", "never_by_zalo")
        if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
            raise InputError(f"minutes.{topic}", "out_of_range")
