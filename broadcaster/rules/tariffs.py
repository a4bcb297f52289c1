"""What a gateway takes for a segment to a carrier on a day, in whole đồng."""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from broadcaster.errors import BroadcasterError

BY_USER_ID = "/user"
"""Ends the class of a Zalo template that goes to a user id: cheaper than by phone."""


class TariffKind(enum.StrEnum):
    """The classes of price that have a name; a Zalo template's id is one as well."""

    CARE = "care"
    """A text by SMS: the carriers know other classes, ours are all customer care."""
    ZALO_REPLY = "zalo_reply"
    """Words of our own by Zalo, to someone who wrote within the last 48 hours."""


FREE_UNLESS_PRICED = frozenset({TariffKind.ZALO_REPLY})
"""Zalo takes nothing for an answer within 48 hours, and we send none later: a tariff
is only needed once that changes. Every other class without a tariff is unpriced."""


class Rate(Protocol):
    """One row of a tariff: a value of ours or a stored row."""

    @property
    def gateway(self) -> str:
        """Give the gateway's name; empty: each that has no price of its own."""
        ...

    @property
    def carrier(self) -> str:
        """Give the carrier's name as carriers.csv spells it; empty: every carrier."""
        ...

    @property
    def kind(self) -> str:
        """Give the class of price: a word of TariffKind or a Zalo template's."""
        ...

    @property
    def valid_from(self) -> dt.date:
        """Give the ward-local day from which it holds."""
        ...

    @property
    def vnd_per_segment(self) -> int:
        """Give the rate in whole đồng."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A rate that was never stored, such as one in a file to import."""

    gateway: str = ""
    carrier: str
    kind: str = TariffKind.CARE
    valid_from: dt.date
    vnd_per_segment: int


class NoTariffError(BroadcasterError):
    """No rate holds for this gateway, carrier and kind on this day."""

    code: ClassVar[str] = "no_tariff"

    def __init__(self, *, gateway: str, carrier: str, kind: str, day: dt.date) -> None:
        super().__init__(f"{gateway} {carrier} {kind} {day.isoformat()}")
        self.gateway = gateway
        self.carrier = carrier
        self.kind = kind
        self.day = day


def rate_on(
    tariffs: Iterable[Rate], *, gateway: str, carrier: str, kind: str, day: dt.date
) -> int:
    """Find the VND of one segment on ward-local `day`.

    The gateway's own price goes before that of every gateway, then the carrier's own
    before that of every carrier; among those alike, the latest begun by the day.
    Raises NoTariffError: a text of unknown cost is never taken for a free one.
    """
    begun = [
        rate
        for rate in tariffs
        if rate.kind == kind
        and rate.gateway in {gateway, ""}
        and rate.carrier in {carrier, ""}
        and rate.valid_from <= day
    ]
    if begun:
        return max(begun, key=_precedence).vnd_per_segment
    if kind in FREE_UNLESS_PRICED:
        return 0
    raise NoTariffError(gateway=gateway, carrier=carrier, kind=kind, day=day)


def template_kinds(template_id: str) -> tuple[str, str]:
    """Return a Zalo template's classes of price: by phone, and by user id."""
    return template_id, f"{template_id}{BY_USER_ID}"


def template_of(kind: str) -> str | None:
    """Return the id of the Zalo template that a class of price is of, or None."""
    return None if kind in set(TariffKind) else kind.removesuffix(BY_USER_ID)


def cost(segments: int, rate: int) -> int:
    """Multiply segments by VND a segment. Raises ValueError below zero."""
    if segments < 0 or rate < 0:
        raise ValueError("segments and rate are never negative")
    return segments * rate


def at_most(*, zalo_vnd: int, sms_vnd: int, may_go_by_both: bool) -> int:
    """Return the most that one notice can come to, in VND.

    It is paid for twice when the SMS follows a Zalo message that was taken and of
    which no receipt came in time; otherwise the SMS goes only where Zalo took nothing.
    """
    return zalo_vnd + sms_vnd if may_go_by_both else max(zalo_vnd, sms_vnd)


def _precedence(rate: Rate) -> tuple[bool, bool, dt.date]:
    return rate.gateway != "", rate.carrier != "", rate.valid_from
