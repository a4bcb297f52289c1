"""Zalo's HTTP interfaces under /zalo: OAuth, template messages, free answers.

On the real wire they are three hosts: oauth.zaloapp.com, business.openapi.zalo.me and
openapi.zalo.me; their paths do not meet. Refusals come with HTTP 200.
"""

import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from broadcaster.simulator.book import Book
from broadcaster.simulator.door import Door, Trouble, cut, proxy_answer
from broadcaster.simulator.network import Network
from broadcaster.simulator.records import Order, Status, Text, Wire
from broadcaster.simulator.twilio_wire import json_answer
from broadcaster.simulator.zalo_account import ZaloAccount
from broadcaster.simulator.zalo_gate import ZaloError, check_free, check_template
from broadcaster.simulator.zalo_keys import refusal_json
from broadcaster.simulator.zalo_templates import TemplateStatus

TOO_MANY = -32
TOKEN_BAD = -124
TOKEN_BAD_OA = -216
NO_MESSAGE = -107
NO_TEMPLATE = -109
NO_JSON = -122
PAGE_LIMIT = 100

Check = Callable[[Mapping[str, object]], Order]


@web.middleware
async def refuse_in_zalos_words(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Turn a ZaloError into its JSON answer, which comes with HTTP 200."""
    try:
        return await handler(request)
    except ZaloError as error:
        return json_answer(error.as_json())


class ZaloWire:
    """Answer Zalo's calls over one network."""

    def __init__(
        self, network: Network, account: ZaloAccount, *, book: Book, door: Door
    ) -> None:
        self._network = network
        self._account = account
        self._book = book
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the interface."""
        return [
            web.post("/zalo/v4/oa/access_token", self.rotate),
            web.post("/zalo/message/template", self.send_by_phone),
            web.post("/zalo/v3.0/oa/message/template", self.send_by_user_id),
            web.post("/zalo/v3.0/oa/message/cs", self.send_free),
            web.get("/zalo/message/status", self.status),
            web.get("/zalo/message/quota", self.quota),
            web.get("/zalo/template/all", self.templates),
            web.get("/zalo/template/info/v2", self.template),
        ]

    async def rotate(self, request: web.Request) -> web.Response:
        """Give a new pair of tokens for a refresh token, once."""
        account = self._account
        if account.settings.oauth_down:
            return web.Response(status=503, text="Service Unavailable")
        form = await request.post()
        secret = request.headers.get("secret_key", "").encode()
        if not hmac.compare_digest(secret, account.identity.app_secret.encode()):
            return json_answer({"error": -14004, "error_name": "Invalid secret key."})
        if form.get("app_id") != account.identity.app_id:
            return json_answer({"error": -14002, "error_name": "Invalid app id."})
        refresh = str(form.get("refresh_token", ""))
        pair = account.keys.rotate(refresh, account.settings)
        await self._book.durable()
        if pair is not None and account.settings.lose_rotation:
            return cut(request)
        return json_answer(refusal_json() if pair is None else pair)

    async def send_by_phone(self, request: web.Request) -> web.Response:
        """Take a template message for a phone number."""

        def order(asked: Mapping[str, object]) -> Order:
            return check_template(asked, self._account, by="phone")

        return await self._take(request, order=order, token_bad=TOKEN_BAD)

    async def send_by_user_id(self, request: web.Request) -> web.Response:
        """Take a template message for somebody who follows the account."""

        def order(asked: Mapping[str, object]) -> Order:
            return check_template(asked, self._account, by="user_id")

        return await self._take(request, order=order, token_bad=TOKEN_BAD_OA)

    async def send_free(self, request: web.Request) -> web.Response:
        """Take a free answer for somebody who wrote not long ago."""

        def order(asked: Mapping[str, object]) -> Order:
            return check_free(asked, self._account, now=time.time())

        return await self._take(request, order=order, token_bad=TOKEN_BAD_OA)

    async def status(self, request: web.Request) -> web.Response:
        """Tell where a message is: -1 nowhere, 0 at Zalo, 1 on the phone."""
        self._authenticate(request, TOKEN_BAD)
        text = await self._book.find_text(request.query.get("message_id", ""))
        phone = request.query.get("phone", "")
        if text is None or text.wire is not Wire.ZALO:
            raise ZaloError(NO_MESSAGE, "Message ID is invalid")
        if phone and f"+{phone}" != text.recipient:
            raise ZaloError(NO_MESSAGE, "Message ID is invalid")
        has_come = text.status is Status.DELIVERED
        data = {
            "delivery_time": str(int(text.finished * 1000)) if has_come else "",
            "status": 1 if has_come else 0,
            "message": "The notification is delivered" if has_come else "At Zalo",
        }
        return _good(data)

    async def quota(self, request: web.Request) -> web.Response:
        """Tell the day's quota and what is left of it, as words."""
        self._authenticate(request, TOKEN_BAD)
        return _good(self._quota())

    async def templates(self, request: web.Request) -> web.Response:
        """List a page of templates (`offset`, `limit` to 100, `status` 1 to 4)."""
        self._authenticate(request, TOKEN_BAD)
        offset = _whole(request.query.get("offset", ""), 0)
        limit = _whole(request.query.get("limit", ""), PAGE_LIMIT)
        if limit > PAGE_LIMIT:
            raise ZaloError(-132, "limit is invalid")
        wanted = _whole(request.query.get("status", ""), 0)
        found = self._account.templates.all()
        if wanted:
            status = list(TemplateStatus)[wanted - 1]
            found = [template for template in found if template.status is status]
        page = [template.brief() for template in found[offset : offset + limit]]
        answer = {"error": 0, "message": "Success", "data": page}
        return json_answer(answer | {"metadata": {"total": len(found)}})

    async def template(self, request: web.Request) -> web.Response:
        """Tell one template with its parameters and prices."""
        self._authenticate(request, TOKEN_BAD)
        wanted = request.query.get("template_id", "")
        template = self._account.templates.find(wanted)
        if template is None:
            raise ZaloError(NO_TEMPLATE, "Template ID is invalid")
        return _good(template.full())

    async def _take(
        self, request: web.Request, *, order: Check, token_bad: int
    ) -> web.Response:
        ask = self._door.next_ask()
        trouble = self._door.trouble_before(ask)
        if trouble is None:
            self._authenticate(request, token_bad)
            text = await self._accept(order(await _json_object(request)))
            trouble = await self._door.trouble_after(ask, text)
            if trouble is None:
                return _good(self._taken(text))
        if trouble is Trouble.TOO_MANY:
            raise ZaloError(TOO_MANY, "Your application reached limit call api")
        if trouble is Trouble.SERVER_ERROR:
            return web.Response(status=500, text="Internal Server Error")
        return proxy_answer() if trouble is Trouble.PROXY else cut(request)

    async def _accept(self, order: Order) -> Text:
        template_id = json.loads(order.details).get("template_id", "")
        if template_id:
            self._account.use(template_id, time.time())
        return await self._network.accept(order)

    def _taken(self, text: Text) -> dict[str, object]:
        details = json.loads(text.details)
        if details["by"] == "free":
            return {"message_id": text.sid, "user_id": details["user_id"]}
        data: dict[str, object] = {
            "sent_time": str(int(text.created * 1000)),
            "sending_mode": details.get("sending_mode", "1"),
            "quota": self._quota(),
            "msg_id": text.sid,
        }
        if details["by"] == "user_id":
            data |= {"message_id": text.sid, "user_id": details["user_id"]}
        return data

    def _quota(self) -> dict[str, str]:
        return {
            "dailyQuota": str(self._account.settings.daily_quota),
            "remainingQuota": str(self._account.remaining()),
        }

    def _authenticate(self, request: web.Request, code: int) -> None:
        if not self._account.keys.opens(request.headers.get("access_token", "")):
            raise ZaloError(code, "Access token is invalid")


async def _json_object(request: web.Request) -> dict[str, object]:
    try:
        asked = json.loads(await request.text())
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise ZaloError(NO_JSON, "Body data is invalid")
    return asked


def _good(data: object) -> web.Response:
    return json_answer({"error": 0, "message": "Success", "data": data})


def _whole(written: str, default: int) -> int:
    return int(written) if written.isascii() and written.isdigit() else default
