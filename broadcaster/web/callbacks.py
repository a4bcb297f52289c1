"""Where telcos bring what residents text back: verified, stored, answered."""

from flask import Blueprint, Response, abort, request

from broadcaster.errors import InputError
from broadcaster.ports import Callback
from broadcaster.services.replies import take_inbound
from broadcaster.web.guards import guarded_by, the_house

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")

SIGNATURE = "signature"
EMPTY_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@blueprint.post("/<gateway_name>/inbound")
@guarded_by(SIGNATURE)
def inbound(gateway_name: str) -> Response | tuple[str, int]:
    """Keep a resident's text; it is answered by a text of its own."""
    house = the_house()
    gateway = house.gateways.get(gateway_name)
    if gateway is None:
        abort(404)
    callback = Callback(
        url=house.settings.public_url + request.full_path.rstrip("?"),
        headers=dict(request.headers.items()),
        body=request.get_data(cache=True),
        form=request.form.to_dict(),
    )
    if not gateway.verify(callback):
        abort(403)
    try:
        text = gateway.read_inbound(callback)
    except InputError as error:
        return f"{error}\n", 400
    take_inbound(house.database, gateway_name, text, now=house.clock.now())
    return Response(EMPTY_REPLY, mimetype="text/xml")
