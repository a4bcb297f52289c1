"""The ward staff's blueprint: officers, approvers and auditors."""

from flask import Blueprint, request

from broadcaster.ports import ReceiptKind
from broadcaster.web.guards import no_store, the_house

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
no_store(blueprint)

LARGEST_ID = 2**63 - 1


def receipt_kind() -> ReceiptKind:
    """Return what "delivered" proves on the route that this ward's texts take."""
    house = the_house()
    return house.gateways[house.gateway_name].capabilities.receipt_kind


def read_cursor(name: str) -> int | None:
    """Read a row's id from the address; None when it cannot be one."""
    typed = request.args.get(name, type=int)
    return typed if typed is not None and 0 <= typed <= LARGEST_ID else None
