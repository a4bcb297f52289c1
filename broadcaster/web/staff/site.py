"""The ward staff's blueprint: officers, approvers and auditors."""

from flask import Blueprint

from broadcaster.ports import ReceiptKind
from broadcaster.web.guards import no_store, the_house

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
no_store(blueprint)


def receipt_kind() -> ReceiptKind:
    """Return what "delivered" proves on the route that this ward's texts take."""
    house = the_house()
    return house.gateways[house.settings.gateway].capabilities.receipt_kind
