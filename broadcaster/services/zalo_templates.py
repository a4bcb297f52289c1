"""Zalo's templates, read from each account and kept with the days of their prices."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from broadcaster.errors import GatewayAwayError
from broadcaster.ports import Gateway, HasTemplates, Template, TemplateState
from broadcaster.rules.tariffs import template_kinds
from broadcaster.rules.timing import ward_today
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from broadcaster.store.zalo_templates import (
    LONGEST_ID,
    forget_when_synced,
    keep_price,
    keep_templates,
    last_synced,
)

SYNC_EVERY = dt.timedelta(hours=1)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Stands for "before Zalo told us that something changed"."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What an account had when it was asked."""

    listed: int
    approved: int
    new_prices: int


def sync_templates(
    database: Database,
    name: str,
    *,
    gateway: HasTemplates,
    actor: Actor | None,
    now: dt.datetime,
) -> Synced:
    """Read an account's templates and keep them. Raises GatewayAwayError.

    A price that differs from the one that holds is dated today. The account is asked
    before the transaction begins. `actor` is None for the clock, which is not noted
    in the journal.
    """
    found = [
        each for each in gateway.templates() if len(each.template_id) <= LONGEST_ID
    ]
    approved = sum(each.state is TemplateState.APPROVED for each in found)
    today = ward_today(now)
    with database.writing() as session:
        keep_templates(session, name, found, now=now)
        new = sum(
            keep_price(session, name, kind, vnd, day=today)
            for template in found
            for kind, vnd in _prices(template)
        )
        if actor is not None:
            journal.write(
                session,
                "zalo.templates_synced",
                actor=actor,
                # the operator is of no ward
                ward_id=actor.ward_id or None,
                facts={"gateway": name, "approved": approved},
                now=now,
            )
    return Synced(listed=len(found), approved=approved, new_prices=new)


def sync_due(
    database: Database, gateways: Mapping[str, Gateway], *, now: dt.datetime
) -> int:
    """Read the templates of every account whose turn it is; return how many did answer.

    Its turn is every hour, and at once after `note_change`. One that is away is logged
    and asked again by the next clock.
    """
    answered = 0
    for name, gateway in gateways.items():
        if not isinstance(gateway, HasTemplates):
            continue
        if not _is_due(database, name, now=now):
            continue
        try:
            sync_templates(database, name, gateway=gateway, actor=None, now=now)
        except GatewayAwayError:
            log.warning("templates_not_read", gateway=name)
            continue
        answered += 1
    return answered


def note_change(session: Session, gateway: str) -> None:
    """Note that an account told us of a change: the next clock reads its templates."""
    forget_when_synced(session, gateway, long_ago=LONG_AGO)


def _is_due(database: Database, name: str, *, now: dt.datetime) -> bool:
    with database.reading() as session:
        last = last_synced(session, name)
    return last is None or last + SYNC_EVERY <= now


def _prices(template: Template) -> Iterable[tuple[str, int]]:
    prices = (template.price_vnd, template.price_by_user_id_vnd)
    kinds = template_kinds(template.template_id)
    return [
        (kind, vnd) for kind, vnd in zip(kinds, prices, strict=True) if vnd is not None
    ]
