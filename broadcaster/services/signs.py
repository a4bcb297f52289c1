"""Signs that a process is missing: what should have moved by now, and did not."""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.store.health import Condition, GatewayHealth, Health

STILL = dt.timedelta(seconds=60)
"""Texts and receipts that are due move within seconds: so long is too long."""
LEASE_GRACE = dt.timedelta(seconds=30)
"""A clock settles a lost window seconds after its lease ran out."""
QUESTION_GRACE = dt.timedelta(seconds=120)


class Stuck(enum.StrEnum):
    """What stands still."""

    NOTHING_LEAVES = "nothing_leaves"
    """Texts are due, the gateway may send, and no worker has claimed any."""
    RECEIPTS_UNREAD = "receipts_unread"
    LEASE_OVERDUE = "lease_overdue"
    """A worker is gone, and no clock has settled its window."""
    DOUBTS_UNASKED = "doubts_unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something that stands still at a gateway, and since when it should not."""

    stuck: Stuck
    gateway: str
    since: dt.datetime


def read_signs(health: Health, *, now: dt.datetime) -> list[Sign]:
    """Return what stands still, gateway by gateway; nothing when all is well."""
    return [
        Sign(stuck=stuck, gateway=gateway.name, since=since)
        for gateway in health.gateways
        for stuck, since in _stuck(gateway, now=now)
    ]


def _stuck(
    gateway: GatewayHealth, *, now: dt.datetime
) -> Iterator[tuple[Stuck, dt.datetime]]:
    due, receipts = gateway.oldest_due_at, gateway.receipts.oldest_due_at
    held = any(window.lease_until > now for window in gateway.windows)
    moves = held or gateway.taken.in_a_minute > 0
    may_send = gateway.condition in {Condition.RUNNING, Condition.PROBING}
    if due and due <= now - STILL and may_send and not moves:
        yield Stuck.NOTHING_LEAVES, due
    if receipts and receipts <= now - STILL:
        yield Stuck.RECEIPTS_UNREAD, receipts
    lease = min((window.lease_until for window in gateway.windows), default=now)
    if lease <= now - LEASE_GRACE:
        yield Stuck.LEASE_OVERDUE, lease
    question = gateway.doubts.next_question_at
    if question and question <= now - QUESTION_GRACE:
        yield Stuck.DOUBTS_UNASKED, question
