"""The tests' own interface: what handsets received, weather, switches, reset."""

import json
from collections.abc import Mapping

from aiohttp import web

from broadcaster.simulator.book import Book, Wanted
from broadcaster.simulator.handsets import Handset, HandsetState, Town
from broadcaster.simulator.mailbag import Mailbag
from broadcaster.simulator.measure import measure
from broadcaster.simulator.network import Network
from broadcaster.simulator.numbers import NumberKind, kind_of
from broadcaster.simulator.receipts import Receipts
from broadcaster.simulator.records import Status, Text, Wire
from broadcaster.simulator.twilio_wire import json_answer
from broadcaster.simulator.weather import BadWeatherError, Weather

RESIDENT_TEXT_LIMIT = 1600


class Control:
    """Answer /sim and /healthz."""

    def __init__(
        self, network: Network, receipts: Receipts, *, book: Book, mailbag: Mailbag
    ) -> None:
        self._network = network
        self._receipts = receipts
        self._book = book
        self._mailbag = mailbag

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the interface."""
        return [
            web.get("/healthz", self.health),
            web.get("/sim/handsets", self.handsets),
            web.put("/sim/handsets/{e164}", self.switch),
            web.post("/sim/handsets/{e164}/text", self.text),
            web.get("/sim/received", self.received),
            web.get("/sim/inbound", self.inbound),
            web.get("/sim/weather", self.weather),
            web.put("/sim/weather", self.change_weather),
            web.post("/sim/weather/clear", self.clear_weather),
            web.post("/sim/reset", self.reset),
            web.get("/sim/stats", self.stats),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        """Say that the network is up."""
        return json_answer({"ok": True})

    async def handsets(self, _request: web.Request) -> web.Response:
        """List the named handsets and those that were switched."""
        town = self._network.town
        numbers = list(dict.fromkeys([*town.named, *town.states]))
        return json_answer([handset_json(town.get(number)) for number in numbers])

    async def switch(self, request: web.Request) -> web.Response:
        """Change a handset's state: `{"state": "ok|off|dead|landline|blocked"}`."""
        e164 = number_of(request)
        wish = (await json_object(request)).get("state")
        try:
            state = HandsetState(str(wish))
        except ValueError:
            states = ", ".join(HandsetState)
            return fault(400, f"state must be one of: {states}; not {wish!r}")
        self._network.switch(e164, state)
        await self._book.durable()
        return json_answer(handset_json(self._network.town.get(e164)))

    async def text(self, request: web.Request) -> web.Response:
        """Let a resident write to the service number: `{"body": "…"}`."""
        e164 = number_of(request)
        body = str((await json_object(request)).get("body", ""))
        if not body.strip() or len(body) > RESIDENT_TEXT_LIMIT:
            return fault(400, f"body must have 1 to {RESIDENT_TEXT_LIMIT} letters")
        if self._network.town.get(e164).state is not HandsetState.OK:
            return fault(409, "this handset cannot write: it is not switched on")
        inbound = await self._mailbag.write(e164, body)
        return json_answer({"sid": inbound.sid}, status=201)

    async def received(self, request: web.Request) -> web.Response:
        """List what handsets received, oldest first: the only true list.

        `?to=` keeps one number, `?after=` what came after that sequence number.
        """
        await self._book.durable()
        after = request.query.get("after", "")
        wanted = Wanted(
            status=Status.DELIVERED,
            recipient=request.query.get("to", ""),
            after=int(after) if after.isascii() and after.isdigit() else 0,
        )
        texts = await self._book.list_texts(wanted)
        return json_answer(
            [
                received_json(text) | {"price": price_of(text, self._network.town)}
                for text in reversed(texts)
            ]
        )

    async def inbound(self, request: web.Request) -> web.Response:
        """List what a resident wrote (`?from=`), newest first, and how far it came."""
        await self._book.durable()
        found = await self._book.list_inbound(request.query.get("from", ""), limit=100)
        return json_answer(
            [{"sid": i.sid, "body": i.body, "state": i.state} for i in found]
        )

    async def weather(self, _request: web.Request) -> web.Response:
        """Return the weather."""
        return json_answer(self._network.weather.as_json())

    async def change_weather(self, request: web.Request) -> web.Response:
        """Change the named fields of the weather."""
        try:
            weather = self._network.weather.changed(await json_object(request))
        except BadWeatherError as error:
            return fault(400, str(error))
        return await self._let(weather)

    async def clear_weather(self, _request: web.Request) -> web.Response:
        """Return to good weather; the seed stays."""
        return await self._let(Weather(seed=self._network.weather.seed))

    async def reset(self, _request: web.Request) -> web.Response:
        """Forget every text, receipt and switch; keep the weather."""
        self._mailbag.forget_all()
        self._network.reset()
        await self._book.durable()
        return json_answer({"ok": True})

    async def stats(self, _request: web.Request) -> web.Response:
        """Return totals, and rates over the last five seconds."""
        tally = self._network.tally
        return json_answer(
            {
                "taken": tally.taken,
                "delivered": tally.delivered,
                "failed": tally.failed,
                "waiting": tally.waiting,
                "parts": tally.parts,
                "receipts_posted": tally.receipts_posted,
                "receipts_given_up": tally.receipts_given_up,
                "receipts_owed": self._receipts.owed,
                "taken_per_second": tally.taken_pace.per_second(),
                "delivered_per_second": tally.delivered_pace.per_second(),
            }
        )

    async def _let(self, weather: Weather) -> web.Response:
        self._network.change_weather(weather)
        await self._book.durable()
        return json_answer(weather.as_json())


def number_of(request: web.Request) -> str:
    """Return the Vietnamese number in the path. Raises HTTPBadRequest."""
    e164 = request.match_info["e164"]
    if kind_of(e164) in {NumberKind.INVALID, NumberKind.ABROAD}:
        raise web.HTTPBadRequest(text=f"{e164} is no Vietnamese number")
    return e164


def handset_json(handset: Handset) -> dict[str, object]:
    """Return a handset for the control interface."""
    return {
        "e164": handset.e164,
        "label": handset.label,
        "model": handset.model,
        "carrier": handset.carrier,
        "skin": handset.skin,
        "state": handset.state,
        "on_wall": handset.on_wall,
    }


def received_json(text: Text) -> dict[str, object]:
    """Return one received text; times are Unix seconds."""
    return {
        "seq": text.seq,
        "channel": "zalo" if text.wire is Wire.ZALO else "sms",
        "wire": text.wire,
        "sid": text.sid,
        "to": text.recipient,
        "from": text.sender,
        "body": text.body,
        "parts": text.parts,
        "encoding": measure(text.body).encoding,
        "direction": text.direction,
        "taken_at": text.created,
        "received_at": text.finished,
    }


def price_of(text: Text, town: Town) -> int:
    """Return what the telco takes for a text, in đồng: its wire's own price."""
    if text.wire is not Wire.TWILIO:
        return text.price
    return town.rates.get(town.get(text.recipient).carrier, 0) * text.parts


async def json_object(request: web.Request) -> Mapping[str, object]:
    """Return the JSON object in a request's body. Raises HTTPBadRequest."""
    try:
        found = json.loads(await request.text())
    except ValueError as error:
        raise web.HTTPBadRequest(text="the body must be a JSON object") from error
    if not isinstance(found, dict):
        raise web.HTTPBadRequest(text="the body must be a JSON object")
    return found


def fault(status: int, why: str) -> web.Response:
    """Say why a wish is refused."""
    return json_answer({"error": why}, status=status)
