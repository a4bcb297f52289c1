"""How many phones a notice would reach by Zalo, as far as anybody knows beforehand."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, not_, select
from sqlalchemy.orm import Session

from broadcaster.store.tables.zalo import ZaloContact
from broadcaster.store.zalo_terms import can_be_told_by_zalo


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An estimate: who refuses or is not found there gets the SMS after all."""

    by_user_id: int
    by_phone: int
    sms_by_carrier: dict[str, int]

    @property
    def by_zalo(self) -> int:
        """All that begin as a Zalo message."""
        return self.by_user_id + self.by_phone

    @property
    def by_sms(self) -> int:
        """All that are an SMS from the beginning."""
        return sum(self.sms_by_carrier.values())


def count_reach(
    session: Session,
    recipients: Select[*tuple[Any, ...]],
    *,
    gateway: str,
    now: dt.datetime,
) -> Reach:
    """Sort the phones of an audience by what they would get.

    `recipients` has the columns line_id, e164 and carrier.
    """
    lines = recipients.subquery()
    way = case(
        (not_(can_be_told_by_zalo(lines.c.line_id, now=now)), "sms"),
        (_follows(lines.c.line_id, gateway), "user_id"),
        else_="phone",
    ).label("way")
    sorted_lines = select(way, lines.c.carrier).subquery()
    counted: dict[str, dict[str, int]] = {"sms": {}, "user_id": {}, "phone": {}}
    rows = session.execute(
        select(
            sorted_lines.c.way, sorted_lines.c.carrier, func.count().label("number")
        ).group_by(sorted_lines.c.way, sorted_lines.c.carrier)
    )
    for row in rows:
        counted[row.way][row.carrier] = row.number
    return Reach(
        by_user_id=sum(counted["user_id"].values()),
        by_phone=sum(counted["phone"].values()),
        sms_by_carrier=dict(sorted(counted["sms"].items())),
    )


def _follows(line_id: ColumnElement[int], gateway: str) -> ColumnElement[bool]:
    return exists().where(
        ZaloContact.line_id == line_id,
        ZaloContact.gateway == gateway,
        ZaloContact.is_following,
    )
