"""Twilio's HTTP interface, as far as its SDK 9.13 sends, fetches and lists texts."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from aiohttp import web

from broadcaster.simulator.book import FAR, Book, Wanted
from broadcaster.simulator.door import Door, Trouble, cut, proxy_answer
from broadcaster.simulator.gate import check_order
from broadcaster.simulator.network import Network
from broadcaster.simulator.receipts import Receipts
from broadcaster.simulator.records import Text
from broadcaster.simulator.twilio_reports import API_VERSION
from broadcaster.simulator.twilio_words import (
    TwilioError,
    balance_json,
    message_json,
    page_json,
)

PAGE_SIZE = 50
PAGE_LIMIT = 1000


def json_answer(body: object, *, status: int = 200) -> web.Response:
    """Return JSON with its letters unescaped."""
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


class TwilioWire:
    """Answer Twilio's calls over one network."""

    def __init__(
        self, network: Network, receipts: Receipts, *, book: Book, key: tuple[str, str]
    ) -> None:
        self._network = network
        self._book = book
        self._account, token = key
        login = base64.b64encode(f"{self._account}:{token}".encode()).decode()
        self._login = f"Basic {login}".encode()
        self._door = Door(network, receipts)

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the interface."""
        base = f"/{API_VERSION}/Accounts/{{account}}"
        return [
            web.post(f"{base}/Messages.json", self.create),
            web.get(f"{base}/Messages.json", self.list_messages),
            web.get(f"{base}/Messages/{{sid}}.json", self.fetch),
            web.get(f"{base}/Balance.json", self.balance),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Take one text; the weather decides what the client gets to see."""
        self._authenticate(request)
        ask = self._door.next_ask()
        trouble = self._door.trouble_before(ask)
        if trouble is not None:
            return self._in_trouble(request, trouble)
        text = await self._take(request)
        trouble = await self._door.trouble_after(ask, text)
        if trouble is not None:
            return self._in_trouble(request, trouble)
        return json_answer(taken_json(text, self._account), status=201)

    def _in_trouble(self, request: web.Request, trouble: Trouble) -> web.Response:
        if trouble is Trouble.TOO_MANY:
            return self._too_many()
        if trouble is Trouble.SERVER_ERROR:
            raise _server_error()
        return proxy_answer() if trouble is Trouble.PROXY else cut(request)

    async def fetch(self, request: web.Request) -> web.Response:
        """Return one message."""
        self._authenticate(request)
        text = await self._book.find_text(request.match_info["sid"])
        if text is None:
            raise _not_found(request)
        return json_answer(message_json(text, self._account))

    async def list_messages(self, request: web.Request) -> web.Response:
        """Return a page of messages, newest first.

        Dates compare with the time of sending, of taking while unsent (not verified
        against Twilio); `list_lag_ms` of weather hides the youngest.
        """
        self._authenticate(request)
        asked = dict(request.query)
        size = _whole(asked.get("PageSize", ""), PAGE_SIZE)
        size = min(max(1, size), PAGE_LIMIT)
        lag = self._network.weather.list_lag_ms / 1000
        wanted = Wanted(
            recipient=asked.get("To", ""),
            sender=asked.get("From", ""),
            sent_from=_moment(asked.get("DateSent>", ""), 0.0),
            sent_until=_moment(asked.get("DateSent<", ""), FAR),
            taken_until=time.time() - lag,
            before=_whole(asked.get("PageToken", "").removeprefix("PA"), 2**62),
            limit=size + 1,
        )
        texts = await self._book.list_texts(wanted)
        return json_answer(page_json(texts, self._account, asked=asked, size=size))

    async def balance(self, request: web.Request) -> web.Response:
        """Return what is left of the invented money."""
        self._authenticate(request)
        parts = self._network.tally.parts
        return json_answer(balance_json(self._account, parts=parts))

    def _authenticate(self, request: web.Request) -> None:
        login = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(login, self._login):
            raise TwilioError(status=401, code=20003, message="Authenticate")
        if request.match_info["account"] != self._account:
            raise _not_found(request)

    async def _take(self, request: web.Request) -> Text:
        raw = await request.read()
        try:
            form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
        except UnicodeDecodeError as error:
            raise TwilioError(
                status=400, code=20001, message="The form is not UTF-8"
            ) from error
        return await self._network.accept(check_order(form, self._network.town))

    def _too_many(self) -> web.Response:
        error = TwilioError(status=429, code=20429, message="Too Many Requests")
        answer = json_answer(error.as_json(), status=429)
        if self._network.weather.retry_after_s:
            answer.headers["Retry-After"] = str(self._network.weather.retry_after_s)
        return answer


def taken_json(text: Text, account: str) -> dict[str, object]:
    """Return a message as the create call shows it: not yet sent, not yet priced."""
    status = "accepted" if text.service else "queued"
    unsent = {"status": status, "date_sent": None, "price": None, "error_code": None}
    return message_json(text, account) | unsent


def _moment(written: str, default: float) -> float:
    if not written:
        return default
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise TwilioError(
            status=400, code=20001, message=f"Invalid date: {written}"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _whole(written: str, default: int) -> int:
    return int(written) if written.isascii() and written.isdigit() else default


def _server_error() -> TwilioError:
    return TwilioError(status=500, code=20500, message="Internal Server Error")


def _not_found(request: web.Request) -> TwilioError:
    message = f"The requested resource {request.path} was not found"
    return TwilioError(status=404, code=20404, message=message)
