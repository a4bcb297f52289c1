"""Where telcos report: verified by their signature, stored, answered, no more."""

from flask import Blueprint, Response, abort, request

from broadcaster.errors import InputError
from broadcaster.ports import Callback, Gateway
from broadcaster.services.receipts import take_receipt
from broadcaster.services.replies import take_inbound
from broadcaster.web.guards import guarded_by, the_house

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")

SIGNATURE = "signature"
EMPTY_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@blueprint.post("/<gateway_name>/status/<reference>")
@guarded_by(SIGNATURE)
def status(gateway_name: str, reference: str) -> Response | tuple[str, int]:
    """Keep a delivery report. 403 when not signed, 400 when it is none."""
    house = the_house()
    gateway, callback = _verified(gateway_name, reference)
    try:
        receipt = gateway.read_receipt(callback)
    except InputError as error:
        return f"{error}\n", 400
    take_receipt(house.database, gateway_name, receipt, now=house.clock.now())
    return Response(status=204)


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
    gateway = the_house().gateways.get(gateway_name)
    if gateway is None:
        abort(404)
    body = request.get_data(cache=True)
    callback = Callback(
        url=the_house().settings.public_url + request.full_path.rstrip("?"),
        headers=dict(request.headers.items()),
        form=request.form.to_dict(),
        body=body,
        reference=reference,
    )
    if not gateway.verify(callback):
        abort(403)
    return gateway, callback
