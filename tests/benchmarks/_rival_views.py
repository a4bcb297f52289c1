"""The real web application, and beside its callbacks what they are measured with."""

import os
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Response, request
from sqlalchemy import select

from broadcaster.bootstrap import House, build_house
from broadcaster.ports import Callback
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.messages import Message, RawCallback
from broadcaster.web.app import create_app


def make() -> WSGIApplication:
    """Return the application with two views more, and an answer in front of it.

    One view is empty, one commits each report; what is in front shows how fast the
    server alone would be.
    """
    house = build_house(os.environ)
    app = create_app(house)

    def nothing(reference: str) -> Response:
        return Response(status=204)

    def commit_each(reference: str) -> Response:
        return Response(status=_commit(house, reference))

    for view in (nothing, commit_each):
        path = f"/{view.__name__}/<reference>"
        app.add_url_rule(path, view_func=view, methods=["POST"])
        app.extensions["csrf"].exempt(view)

    def serve(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/server_alone/"):
            return app(environ, start_response)
        start_response("204 No Content", [])
        return []

    return serve


def _commit(house: House, reference: str) -> int:
    """Do what is usual: verify, find the text, update it, note the report, commit."""
    gateway = house.gateways["twilio"]
    callback = Callback(
        url=house.settings.public_url + request.path,
        headers=dict(request.headers.items()),
        form=request.form.to_dict(),
        reference=reference,
    )
    if not gateway.verify(callback):
        return 403
    receipt = gateway.read_receipt(callback)
    now = house.clock.now()
    with house.database.writing() as session:
        query = select(Message).where(Message.public_id == reference)
        message: Any = session.scalars(query).one()
        session.add(
            RawCallback(
                gateway="twilio",
                reference=reference,
                raw_status=receipt.raw_status,
                status=receipt.status or "unknown",
                provider_id=receipt.provider_id,
                received_at=now,
                due_at=now,
                interpreted_at=now,
            )
        )
        if receipt.status is not None:
            message.state = MessageState(receipt.status)
    return 204
