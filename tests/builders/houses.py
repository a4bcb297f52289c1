"""Give a house other gateways than its own."""

from dataclasses import replace

from broadcaster.bootstrap import House, assemble
from broadcaster.ports import Gateway


def with_gateways(house: House, *gateways: Gateway) -> House:
    """Return the house with these gateways, in this order."""
    other = assemble(house.settings, house.database, fixed=gateways, clock=house.clock)
    return replace(other, vault=house.vault)
