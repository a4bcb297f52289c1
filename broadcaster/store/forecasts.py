"""What texts that have not left may come to at most: routes, prices, both channels."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.tariffs import TariffKind, at_most, cost, template_kinds
from broadcaster.store.routing import Routes, read_routes
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.store.tariffs import Prices, read_prices
from broadcaster.store.zalo_terms import ZaloTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The prices of a day for texts whose gateway is not certain yet: the dearest."""

    day: dt.date
    prices: Prices
    routes: Routes
    anywhere: frozenset[str]
    """The gateways by which a carrier without a route may be reached."""

    def find_sms_rate(self, carrier: str, *, gateway: str | None = None) -> int | None:
        """Return the VND of a segment by the dearest gateway of a carrier's route.

        `gateway`, where the text waits now, counts too. None: nobody set a price.
        """
        names = {hop.gateway for hop in self.routes.hops(carrier)} or set(self.anywhere)
        if gateway is not None:
            names.add(gateway)
        found = (
            self.prices.find_rate(
                gateway=name, carrier=carrier, kind=TariffKind.CARE, day=self.day
            )
            for name in names
        )
        return max((rate for rate in found if rate is not None), default=None)

    def sms_vnd(
        self, segments: int, *, carrier: str, gateway: str | None = None
    ) -> int:
        """Return the most that segments may cost: nothing while nobody set a price."""
        return cost(segments, self.find_sms_rate(carrier, gateway=gateway) or 0)

    def zalo_vnd(
        self, messages: int, *, carrier: str, gateway: str, template_id: str
    ) -> int:
        """Return the most that Zalo messages may cost, by phone or by user id."""
        return max(
            self.prices.cost_of(
                messages, gateway=gateway, carrier=carrier, kind=kind, day=self.day
            )
            for kind in template_kinds(template_id)
        )

    def notice_vnd(
        self, lines: int, *, carrier: str, segments: int, zalo: ZaloTerms | None
    ) -> int:
        """Return the most that a notice to some lines of a carrier may cost.

        `segments` are those of its SMS, `zalo` how these lines are told by Zalo: any
        of them may turn out to have none, and any may have both.
        """
        sms_vnd = self.sms_vnd(segments * lines, carrier=carrier)
        if zalo is None:
            return sms_vnd
        zalo_vnd = self.zalo_vnd(
            lines, carrier=carrier, gateway=zalo.gateway, template_id=zalo.template_id
        )
        may_go_by_both = zalo.fall_back is not None
        return at_most(
            zalo_vnd=zalo_vnd, sms_vnd=sms_vnd, may_go_by_both=may_go_by_both
        )


def read_forecast(session: Session, *, day: dt.date) -> Forecast:
    """Read the prices of a day and the routes as they are now."""
    prices = read_prices(session)
    return Forecast(
        day=day,
        prices=prices,
        routes=read_routes(session, ()),
        anywhere=_anywhere(session, prices),
    )


def _anywhere(session: Session, prices: Prices) -> frozenset[str]:
    setups = session.execute(
        select(GatewaySetup.name, GatewaySetup.channel, GatewaySetup.is_enabled)
    ).all()
    known = {name for name, _, _ in setups}
    sending = {
        name for name, channel, is_on in setups if channel is Channel.SMS and is_on
    }
    # those of the environment are in no table: by name if priced, else by none
    return frozenset(sending | (prices.gateways_of(TariffKind.CARE) - known) | {""})
