"""The operator's pages: how sending stands, gateways, wards, accounts, prices."""

from broadcaster.web.operator import (
    budgets,
    channels,
    gateways,
    health,
    onboarding,
    prices,
    routes,
    trials,
)
from broadcaster.web.operator.site import blueprint

__all__ = [
    "blueprint",
    "budgets",
    "channels",
    "gateways",
    "health",
    "onboarding",
    "prices",
    "routes",
    "trials",
]
