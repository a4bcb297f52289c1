"""What a carrier takes for a segment on a day, in whole đồng."""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from broadcaster.errors import BroadcasterError


class TariffKind(enum.StrEnum):
    """The carriers' own classes of text: ours are all customer care."""

    CARE = "care"


class Rate(Protocol):
    """One row of a tariff: a value of ours or a stored row."""

    @property
    def carrier(self) -> str:
        """Give the carrier's name as carriers.csv spells it."""
        ...

    @property
    def kind(self) -> str:
        """Give the carriers' class of text."""
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

    carrier: str
    kind: str = TariffKind.CARE
    valid_from: dt.date
    vnd_per_segment: int


class NoTariffError(BroadcasterError):
    """No rate holds for this carrier and kind on this day."""

    code: ClassVar[str] = "no_tariff"

    def __init__(self, carrier: str, kind: str, day: dt.date) -> None:
        super().__init__(f"{carrier} {kind} {day.isoformat()}")
        self.carrier = carrier
        self.kind = kind
        self.day = day


def rate_on(
    tariffs: Iterable[Rate],
    carrier: str,
    *,
    day: dt.date,
    kind: str = TariffKind.CARE,
) -> int:
    """Find the VND of one segment on ward-local `day`: the latest rate begun by then.

    Raises NoTariffError: a text of unknown cost is never sent as if it were free.
    """
    begun = [
        rate
        for rate in tariffs
        if rate.carrier == carrier and rate.kind == kind and rate.valid_from <= day
    ]
    if not begun:
        raise NoTariffError(carrier, kind, day)
    return max(begun, key=lambda rate: rate.valid_from).vnd_per_segment


def cost(segments: int, rate: int) -> int:
    """Multiply segments by VND a segment. Raises ValueError below zero."""
    if segments < 0 or rate < 0:
        raise ValueError("segments and rate are never negative")
    return segments * rate
