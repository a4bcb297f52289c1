"""What the weather does to the calls of one wire, before and after a text is taken."""

import asyncio
from enum import StrEnum

from aiohttp import web

from broadcaster.simulator.gate import Turnstile
from broadcaster.simulator.network import Network
from broadcaster.simulator.receipts import Receipts
from broadcaster.simulator.records import Text

EARLY_HOLD_S = 3.0
PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
)


class Trouble(StrEnum):
    """Why a call goes wrong."""

    TOO_MANY = "too_many"
    SERVER_ERROR = "server_error"
    PROXY = "proxy"
    LOST = "lost"


class Door:
    """Let calls in as the weather allows."""

    def __init__(self, network: Network, receipts: Receipts) -> None:
        self._network = network
        self._receipts = receipts
        self._turnstile = Turnstile()

    def next_ask(self) -> int:
        """Give a call its number."""
        return self._turnstile.next_ask()

    def trouble_before(self, ask: int) -> Trouble | None:
        """Tell what keeps this call from being taken at all."""
        weather = self._network.weather
        if self._turnstile.is_refused(ask, weather):
            return Trouble.TOO_MANY
        if weather.happens(weather.fail_before, "fail_before", ask):
            return Trouble.SERVER_ERROR
        if weather.happens(weather.html_502, "html_502", ask):
            return Trouble.PROXY
        return None

    async def trouble_after(self, ask: int, text: Text) -> Trouble | None:
        """Wait as long as the answer takes, then tell what becomes of it."""
        if text.callback and self._network.is_early(text.sid):
            await self._wait_for_receipts(text)
        weather = self._network.weather
        pause = weather.answer_delay(ask)
        if pause:
            await asyncio.sleep(pause)
        if weather.happens(weather.fail_after, "fail_after", ask):
            return Trouble.SERVER_ERROR
        if weather.happens(weather.lost_answer, "lost_answer", ask):
            return Trouble.LOST
        return None

    async def _wait_for_receipts(self, text: Text) -> None:
        posted = self._receipts.watch(text.sid)
        try:
            await asyncio.wait_for(posted.wait(), EARLY_HOLD_S)
        except TimeoutError:
            return
        finally:
            self._receipts.unwatch(text.sid)


def proxy_answer() -> web.Response:
    """Return the page of a proxy whose server is away."""
    return web.Response(text=PROXY_PAGE, status=502, content_type="text/html")


def cut(request: web.Request) -> web.Response:
    """Cut the line; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
