"""The ward staff's blueprint: officers, approvers and auditors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, request

from broadcaster.ports import ReceiptKind
from broadcaster.web.guards import no_store, the_house

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
no_store(blueprint)

MIXED = "mixed"
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """What "delivered" proves, by gateway: the network took it, or the handset."""

    kinds: Mapping[str, ReceiptKind]

    @property
    def networks(self) -> frozenset[str]:
        """The gateways whose last word is the network's."""
        return frozenset(
            name for name, kind in self.kinds.items() if kind is ReceiptKind.NETWORK
        )

    def of(self, gateway: str) -> ReceiptKind:
        """Return what a gateway's word proves; the lesser where it is not here now."""
        return self.kinds.get(gateway, ReceiptKind.NETWORK)

    def word(self, gateways: Iterable[str] | None = None) -> str:
        """Return the word for what has arrived by these gateways, by default by all."""
        found = {self.of(name) for name in (gateways or self.kinds)}
        return str(next(iter(found))) if len(found) == 1 else MIXED


def read_receipts() -> Receipts:
    """Return what the word of each gateway of the house proves."""
    return Receipts(
        kinds={
            name: gateway.capabilities.receipt_kind
            for name, gateway in the_house().gateways.items()
        }
    )


def read_cursor(name: str) -> int | None:
    """Read a row's id from the address; None when it cannot be one."""
    typed = request.args.get(name, type=int)
    return typed if typed is not None and 0 <= typed <= LARGEST_ID else None
