"""What gateways take for a text, written down by the operator with its first day."""

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.rules.tariffs import TariffKind
from broadcaster.rules.timing import show_day, ward_today
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.session import Database
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.tables.zalo import ZaloTemplate

MAX_VND_PER_SEGMENT = 10_000
MAY_BE_FREE = frozenset({TariffKind.ZALO_REPLY})


class Phase(enum.StrEnum):
    """Whether a price is over, holds, or is to come."""

    PAST = "past"
    CURRENT = "current"
    FUTURE = "future"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A price from a ward-local day on. `gateway` and `carrier` '' are all of them."""

    gateway: str
    carrier: str
    kind: str
    """`care` for SMS, `zalo_reply`, or a Zalo template's id, by user id with /user."""
    valid_from: dt.date
    vnd_per_segment: int

    @property
    def channel(self) -> Channel:
        """What texts of this kind travel by."""
        return Channel.SMS if self.kind == TariffKind.CARE else Channel.ZALO


def add_price(
    database: Database, price: NewPrice, *, actor: Actor, now: dt.datetime
) -> None:
    """Add a price. Raises InputError naming the field.

    Days before today are refused: their texts are booked, and closed months stay.
    """
    actor.require(Act.OPERATE)
    least = 0 if price.kind in MAY_BE_FREE else 1
    if not least <= price.vnd_per_segment <= MAX_VND_PER_SEGMENT:
        raise InputError("vnd_per_segment", "out_of_range")
    if price.valid_from < ward_today(now):
        raise InputError("valid_from", "past")
    if price.carrier and price.channel is Channel.ZALO:
        raise InputError("carrier", "not_by_zalo")
    with database.writing() as session:
        row = {
            "gateway": price.gateway,
            "carrier": price.carrier,
            "kind": price.kind,
            "valid_from": price.valid_from,
            "vnd_per_segment": price.vnd_per_segment,
        }
        if not insert_unless_there(session, Tariff, row):
            raise InputError("valid_from", "taken")
        facts = {
            "gateway": price.gateway,
            "carrier": price.carrier,
            "kind": price.kind,
            "amount_vnd": price.vnd_per_segment,
            "day": show_day(price.valid_from),
        }
        journal.write(
            session, "tariff.added", actor=actor, ward_id=None, facts=facts, now=now
        )


def template_names(session: Session) -> dict[str, str]:
    """Return what the Zalo templates are called, by their ids."""
    rows = session.execute(
        select(ZaloTemplate.template_id, ZaloTemplate.name).order_by(ZaloTemplate.name)
    )
    return {row.template_id: row.name for row in rows}


def phases(tariffs: Sequence[Tariff], *, today: dt.date) -> dict[int, Phase]:
    """Return the phase of each price, by its id: of those alike one is current."""
    found: dict[int, Phase] = {}
    latest: dict[tuple[str, str, str], Tariff] = {}
    for tariff in sorted(tariffs, key=lambda tariff: tariff.valid_from):
        if tariff.valid_from > today:
            found[tariff.id] = Phase.FUTURE
            continue
        key = (tariff.gateway, tariff.carrier, tariff.kind)
        if key in latest:
            found[latest[key].id] = Phase.PAST
        latest[key] = tariff
        found[tariff.id] = Phase.CURRENT
    return found
