"""Where telcos report: verified by their signature, stored, answered, no more."""

from typing import cast
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, current_app, request
from flask.blueprints import BlueprintSetupState

from broadcaster.errors import InputError
from broadcaster.ports import Callback, Gateway
from broadcaster.services.receipt_intake import ReceiptIntake
from broadcaster.services.replies import take_inbound
from broadcaster.web.guards import guarded_by, the_house

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")

FORM = "application/x-www-form-urlencoded"
SIGNATURE = "signature"
INTAKE = "loa_receipts"
EMPTY_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@blueprint.record_once
def open_intake(state: BlueprintSetupState) -> None:
    """Give the application what its callbacks share."""
    house = state.app.extensions["loa"]
    state.app.extensions[INTAKE] = ReceiptIntake(house.database)


@blueprint.post("/<gateway_name>/status/<reference>")
@guarded_by(SIGNATURE)
def status(gateway_name: str, reference: str) -> Response | tuple[str, int]:
    """Keep a delivery report, and answer once it is safe.

    403 when not signed, 400 when it is none, 503 when it could not be kept: then the
    telco reports again.
    """
    house = the_house()
    gateway, callback = _verified(gateway_name, reference)
    try:
        receipt = gateway.read_receipt(callback)
    except InputError as error:
        return f"{error}\n", 400
    intake = cast("ReceiptIntake", current_app.extensions[INTAKE])
    is_kept = intake.take(gateway_name, receipt, now=house.clock.now())
    return Response(status=204 if is_kept else 503)


@blueprint.post("/<gateway_name>/inbound")
@guarded_by(SIGNATURE)
def inbound(gateway_name: str) -> Response | tuple[str, int]:
    """Keep a resident's text; it is answered by a text of its own."""
    house = the_house()
    gateway, callback = _verified(gateway_name, None)
    try:
        text = gateway.read_inbound(callback)
    except InputError as error:
        return f"{error}\n", 400
    take_inbound(house.database, gateway_name, text, now=house.clock.now())
    return Response(EMPTY_REPLY, mimetype="text/xml")


def _verified(gateway_name: str, reference: str | None) -> tuple[Gateway, Callback]:
    house = the_house()
    gateway = house.gateways.get(gateway_name)
    if gateway is None:
        abort(404)
    body = request.get_data(cache=True)
    callback = Callback(
        url=house.settings.public_url + request.full_path.rstrip("?"),
        headers=dict(request.headers.items()),
        form=_form(body),
        body=body,
        reference=reference,
    )
    if not gateway.verify(callback):
        abort(403)
    return gateway, callback


def _form(body: bytes) -> dict[str, str]:
    """Read a form, the first of equal names; Flask takes twice as long for it."""
    if request.mimetype != FORM:
        return request.form.to_dict()
    fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return dict(reversed(fields))
