"""Where telcos bring what they have for us: a door in front of the application.

There is a report for every text, and it needs no session, no page and no language:
what Flask does for those costs more than to read a report and to prove who sent it.
"""

import re
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response

from broadcaster.bootstrap import House
from broadcaster.errors import GatewayAwayError, InputError
from broadcaster.ports import Callback, Event, Gateway, Inbound, Receipt, Thanks
from broadcaster.services.arrivals import take_arrival
from broadcaster.services.receipt_intake import ReceiptIntake
from broadcaster.web.callback_requests import as_text, read_callback
from broadcaster.web.headers import add_security_headers

ADDRESS = re.compile(r"/callbacks/([^/]+)/(?:(status)/([^/]+)|(inbound|events))")
METHODS = ("GET", "POST")
PLAIN = Thanks()

log = structlog.get_logger()


class CallbackDoor:
    """Takes what is under `/callbacks/<gateway>/`; the rest passes on.

    `status/<reference>` is for reports of one text, `inbound` for residents' texts and
    `events` for everything of a telco that knows one address only; each by GET or POST.
    Once it is kept, the telco reads its thanks. 503 when it could not be kept or
    verified now: then the telco repeats it. 403 when it is not signed, 404 from a telco
    that is not ours, 400 when it cannot be read, 413 above 64 KiB.
    """

    def __init__(
        self, app: WSGIApplication, house: House, *, intake: ReceiptIntake
    ) -> None:
        self._app = app
        self._house = house
        self._intake = intake

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a telco, or let the application answer."""
        address = ADDRESS.fullmatch(as_text(environ["PATH_INFO"]))
        if address is None:
            return self._app(environ, start_response)
        name, status, reference, other = address.groups()
        try:
            gateway = self._find(environ, name)
            callback = read_callback(
                environ,
                public_url=self._house.settings.public_url,
                reference=reference,
            )
            event = _read(gateway, callback, address=status or other)
            self._keep(name, event)
        except HTTPException as error:
            return _refuse(error, environ)(environ, start_response)
        except Exception:
            log.exception("callback_failed", gateway=name)
            return _refuse(InternalServerError(), environ)(environ, start_response)
        thanks = _thanks(gateway, event)
        if thanks == PLAIN:
            start_response("204 No Content", [])
            return []
        answer = Response(thanks.body, status=thanks.status, mimetype=thanks.mimetype)
        return answer(environ, start_response)

    def _find(self, environ: WSGIEnvironment, name: str) -> Gateway:
        if environ["REQUEST_METHOD"] not in METHODS:
            raise MethodNotAllowed(list(METHODS))
        gateway = self._house.gateways.get(name)
        if gateway is None:
            raise NotFound
        return gateway

    def _keep(self, name: str, event: Event | None) -> None:
        now = self._house.clock.now()
        if isinstance(event, Receipt):
            if not self._intake.take(name, event, now=now):
                raise ServiceUnavailable
        elif event is not None:
            try:
                take_arrival(self._house.database, name, event, now=now)
            except SQLAlchemyError as error:
                log.exception("arrival_not_kept", gateway=name)
                raise ServiceUnavailable from error


def _read(gateway: Gateway, callback: Callback, *, address: str) -> Event | None:
    readers: dict[str, Callable[[Callback], Event | None]] = {
        "status": gateway.read_receipt,
        "inbound": gateway.read_inbound,
        "events": gateway.read_event,
    }
    try:
        if not gateway.verify(callback):
            raise Forbidden
        return readers[address](callback)
    except GatewayAwayError as error:
        log.warning("callback_unverified", gateway=gateway.name)
        raise ServiceUnavailable from error
    except InputError as error:
        raise BadRequest(str(error)) from error


def _thanks(gateway: Gateway, event: Event | None) -> Thanks:
    told = gateway.capabilities
    if isinstance(event, Inbound) and told.thanks_for_text is not None:
        return told.thanks_for_text
    return told.thanks


def _refuse(error: HTTPException, environ: WSGIEnvironment) -> WSGIApplication:
    """Say in a line what is wrong: a program reads it, if anyone does."""
    answer = Response(
        f"{error.description}\n",
        status=error.code,
        headers=error.get_headers(environ),
    )
    answer.mimetype = "text/plain"
    return add_security_headers(answer)
