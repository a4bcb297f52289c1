"""eSMS's HTTP interface: texts, their status, the balance; errors leave with 200."""

import json
import time
from collections.abc import Mapping

from aiohttp import web

from broadcaster.simulator.book import Book
from broadcaster.simulator.door import Door, Trouble, cut, proxy_answer
from broadcaster.simulator.esms_desk import EsmsDesk
from broadcaster.simulator.esms_settings import BadEsmsSettingsError
from broadcaster.simulator.esms_words import (
    GOOD,
    EsmsRefusalError,
    refused_json,
    sid_of,
    sms_id_of,
    status_json,
    taken_json,
)
from broadcaster.simulator.network import Network
from broadcaster.simulator.receipts import Receipts
from broadcaster.simulator.records import Text, Wire
from broadcaster.simulator.twilio_wire import json_answer

BASE = "/esms/MainService.svc/json"


class EsmsWire:
    """Answer eSMS's calls over one network, and its switches under /sim/esms."""

    def __init__(
        self, network: Network, receipts: Receipts, *, book: Book, desk: EsmsDesk
    ) -> None:
        self._network = network
        self._book = book
        self._desk = desk
        self._door = Door(network, receipts)

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the interface."""
        send = f"{BASE}/SendMultipleMessage_V4_post_json"
        return [
            web.post(send, self.send),
            web.post(f"{send}/", self.send),
            web.get(f"{BASE}/GetSendStatus", self.status),
            web.post(f"{BASE}/GetBalance_json", self.balance),
            web.get("/sim/esms", self.show_settings),
            web.put("/sim/esms", self.change_settings),
            web.post("/sim/esms/clear", self.clear_settings),
        ]

    async def send(self, request: web.Request) -> web.Response:
        """Take one text; the weather decides what the client gets to see."""
        ask = self._door.next_ask()
        trouble = (
            Trouble.PROXY if self._desk.is_down else self._door.trouble_before(ask)
        )
        if trouble is not None:
            return _in_trouble(request, trouble)
        try:
            text = await self._take(await _fields(request), ask)
        except EsmsRefusalError as refusal:
            return json_answer(refused_json(refusal.code))
        trouble = await self._door.trouble_after(ask, text)
        if trouble is not None:
            return _in_trouble(request, trouble)
        return json_answer(taken_json(sms_id_of(text.sid)))

    async def status(self, request: web.Request) -> web.Response:
        """Tell what became of a text; `list_lag_ms` of weather hides the youngest."""
        if self._desk.is_down:
            return proxy_answer()
        sms_id = request.query.get("RefId", "")
        try:
            self._desk.authenticate(request.query)
            text = await self._find(sms_id)
        except EsmsRefusalError as refusal:
            return json_answer({"CodeResponse": refusal.code, "SMSID": sms_id})
        return json_answer(status_json(text))

    async def balance(self, request: web.Request) -> web.Response:
        """Tell what is left of the invented money."""
        if self._desk.is_down:
            return proxy_answer()
        try:
            self._desk.authenticate(await _fields(request))
        except EsmsRefusalError as refusal:
            failed = {"CodeResponse": refusal.code, "ErrorMessage": str(refusal)}
            return json_answer({"Balance": 0} | failed)
        left = {"Balance": self._desk.balance, "CodeResponse": GOOD, "UserID": 5555}
        return json_answer(left)

    async def show_settings(self, _request: web.Request) -> web.Response:
        """Return the settings."""
        return json_answer(self._desk.settings.as_json())

    async def change_settings(self, request: web.Request) -> web.Response:
        """Change the named settings; `down_for_s` lets it be away for a while."""
        wishes = await _object(request)
        if isinstance(seconds := wishes.pop("down_for_s", None), int):
            wishes["down_until"] = int(time.time()) + seconds
        try:
            self._desk.change(wishes)
        except BadEsmsSettingsError as error:
            return json_answer({"error": str(error)}, status=400)
        await self._book.durable()
        return json_answer(self._desk.settings.as_json())

    async def clear_settings(self, _request: web.Request) -> web.Response:
        """Return to the settings of the beginning."""
        self._desk.clear()
        await self._book.durable()
        return json_answer(self._desk.settings.as_json())

    async def _take(self, fields: Mapping[str, str], ask: int) -> Text:
        if not fields:
            raise EsmsRefusalError("")
        self._desk.authenticate(fields)
        if self._desk.is_too_fast(ask):
            raise EsmsRefusalError("160")
        return await self._network.accept(self._desk.take(fields))

    async def _find(self, sms_id: str) -> Text:
        await self._book.durable()
        text = await self._book.find_text(sid_of(sms_id))
        lag = self._network.weather.list_lag_ms / 1000
        is_listed = text is not None and time.time() - text.created >= lag
        if text is None or not is_listed or text.wire is not Wire.ESMS:
            raise EsmsRefusalError("105")
        return text


def _in_trouble(request: web.Request, trouble: Trouble) -> web.Response:
    if trouble is Trouble.TOO_MANY:
        return json_answer(refused_json("160"))
    if trouble is Trouble.SERVER_ERROR:
        return web.Response(status=500, text="<html>Server Error</html>")
    return proxy_answer() if trouble is Trouble.PROXY else cut(request)


async def _fields(request: web.Request) -> Mapping[str, str]:
    """Return the fields of a JSON object; a number counts as its word."""
    return {name: str(word) for name, word in (await _object(request)).items()}


async def _object(request: web.Request) -> dict[str, object]:
    try:
        found = json.loads(await request.text())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
