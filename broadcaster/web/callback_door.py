"""Where telcos report deliveries: a door of its own, in front of the application.

There is a report for every text, and it needs no session, no page and no language:
what Flask does for those costs more than to read a report and to prove who sent it.
"""

import functools
import io
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
)
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response
from werkzeug.wsgi import get_input_stream

from broadcaster.bootstrap import House
from broadcaster.errors import InputError
from broadcaster.ports import Callback, Receipt
from broadcaster.services.receipt_intake import ReceiptIntake
from broadcaster.web.headers import add_security_headers

ADDRESS = re.compile(r"/callbacks/([^/]+)/status/([^/]+)")
FORM = "application/x-www-form-urlencoded"
MAX_BYTES = 64 * 1024
MAX_FIELDS = 1_000

log = structlog.get_logger()


class CallbackDoor:
    """Takes `POST /callbacks/<gateway>/status/<reference>`; the rest passes on.

    204 when the report is kept; 503 when it could not be: then the telco repeats it.
    403 when it is not signed, 404 from a telco that is not ours, 400 when it is no
    report, 413 above 64 KiB.
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
        """Answer a report, or let the application answer."""
        address = ADDRESS.fullmatch(_read(environ["PATH_INFO"]))
        if address is None:
            return self._app(environ, start_response)
        gateway_name, reference = address.groups()
        try:
            receipt = self._receive(environ, gateway_name, reference=reference)
            self._keep(gateway_name, receipt)
        except HTTPException as error:
            return _refuse(error, environ)(environ, start_response)
        except Exception:
            log.exception("callback_failed", gateway=gateway_name)
            return _refuse(InternalServerError(), environ)(environ, start_response)
        start_response("204 No Content", [])
        return []

    def _receive(
        self, environ: WSGIEnvironment, gateway_name: str, *, reference: str
    ) -> Receipt:
        if environ["REQUEST_METHOD"] != "POST":
            raise MethodNotAllowed(["POST"])
        gateway = self._house.gateways.get(gateway_name)
        if gateway is None:
            raise NotFound
        body = get_input_stream(environ, max_content_length=MAX_BYTES).read()
        callback = Callback(
            url=self._house.settings.public_url + _asked_for(environ),
            headers=_headers(environ),
            form=_form(environ.get("CONTENT_TYPE", ""), body),
            body=body,
            reference=reference,
        )
        if not gateway.verify(callback):
            raise Forbidden
        try:
            return gateway.read_receipt(callback)
        except InputError as error:
            raise BadRequest(str(error)) from error

    def _keep(self, gateway_name: str, receipt: Receipt) -> None:
        now = self._house.clock.now()
        if not self._intake.take(gateway_name, receipt, now=now):
            raise ServiceUnavailable


def _refuse(error: HTTPException, environ: WSGIEnvironment) -> WSGIApplication:
    """Say in a line what is wrong: a program reads it, if anyone does."""
    answer = Response(
        f"{error.description}\n",
        status=error.code,
        headers=error.get_headers(environ),
    )
    answer.mimetype = "text/plain"
    return add_security_headers(answer)


def _asked_for(environ: WSGIEnvironment) -> str:
    """Return path and query as they came, which is how they were signed."""
    came: str = environ.get("RAW_URI", "")
    if came.startswith("/"):
        return _read(came.removeprefix(environ.get("SCRIPT_NAME", "")))
    # a server that does not tell, or a request for a whole URL
    path = quote(environ["PATH_INFO"].encode("latin-1"))
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        _header_name(key): word
        for key, word in environ.items()
        if key.startswith("HTTP_")
    }
    headers["Content-Type"] = environ.get("CONTENT_TYPE", "")
    return headers


@functools.lru_cache(maxsize=256)
def _header_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").title()


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Read a form, the first of equal names; werkzeug takes twice as long for it."""
    mimetype, options = parse_options_header(content_type)
    if mimetype != FORM:
        parser = FormDataParser(max_form_parts=MAX_FIELDS)
        _, fields, _ = parser.parse(io.BytesIO(body), mimetype, len(body), options)
        return fields.to_dict()
    try:
        pairs = parse_qsl(
            body.decode(errors="replace"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise BadRequest("too many fields") from error
    return dict(reversed(pairs))


def _read(word: str) -> str:
    """Return the text of what WSGI hands over as bytes in disguise."""
    return word.encode("latin-1").decode(errors="replace")
