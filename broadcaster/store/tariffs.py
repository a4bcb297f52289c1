"""What gateways take for a segment, as the operator wrote it down."""

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.rules.tariffs import NoTariffError, Rate, cost, rate_on
from broadcaster.store.tables.usage import Tariff


class Prices:
    """Every tariff, read once: what a segment cost or costs on any day."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        by_kind: dict[str, list[Rate]] = {}
        for rate in rates:
            by_kind.setdefault(rate.kind, []).append(rate)
        self._by_kind: Mapping[str, list[Rate]] = by_kind

    def get_rate(self, *, gateway: str, carrier: str, kind: str, day: dt.date) -> int:
        """Return the VND of one segment on ward-local `day`. Raises NoTariffError."""
        return rate_on(
            self._by_kind.get(kind, ()),
            gateway=gateway,
            carrier=carrier,
            kind=kind,
            day=day,
        )

    def find_rate(
        self, *, gateway: str, carrier: str, kind: str, day: dt.date
    ) -> int | None:
        """Return the VND of one segment, or None while nobody set a price."""
        try:
            return self.get_rate(gateway=gateway, carrier=carrier, kind=kind, day=day)
        except NoTariffError:
            return None

    def cost_of(
        self, segments: int, *, gateway: str, carrier: str, kind: str, day: dt.date
    ) -> int:
        """Return what segments cost in VND: nothing while nobody set a price."""
        rate = self.find_rate(gateway=gateway, carrier=carrier, kind=kind, day=day)
        return cost(segments, rate or 0)

    def gateways_of(self, kind: str) -> frozenset[str]:
        """Return the gateways that have prices of their own for a class of text."""
        rates = self._by_kind.get(kind, ())
        return frozenset(rate.gateway for rate in rates if rate.gateway)


def read_prices(session: Session) -> Prices:
    """Read every tariff."""
    return Prices(session.scalars(select(Tariff)))


def list_tariffs(session: Session) -> list[Tariff]:
    """Return every tariff, by gateway, carrier and kind, the newest first."""
    return list(
        session.scalars(
            select(Tariff).order_by(
                Tariff.gateway, Tariff.carrier, Tariff.kind, Tariff.valid_from.desc()
            )
        )
    )
