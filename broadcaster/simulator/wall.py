"""The handset wall: the town's phones, their texts as they land, and the weather."""

from pathlib import Path
from urllib.parse import quote

import jinja2
from aiohttp import web

from broadcaster.simulator.book import Book
from broadcaster.simulator.control import RESIDENT_TEXT_LIMIT
from broadcaster.simulator.handsets import HandsetState
from broadcaster.simulator.mailbag import Mailbag
from broadcaster.simulator.network import Network
from broadcaster.simulator.numbers import CARRIERS, NumberKind, kind_of, read_number
from broadcaster.simulator.wall_view import Phone, Viewer, clock, dots, local_number
from broadcaster.simulator.weather_form import (
    WeatherForm,
    form_of,
    is_fine,
    read_form,
)
from broadcaster.simulator.zalo_account import ZaloAccount
from broadcaster.simulator.zalo_doings import do_on_zalo

PAGES = Path(__file__).parent / "pages"
ON_WALL = 2
ON_PAGE = 50


class Wall:
    """Serve the wall; every form works with and without JavaScript."""

    def __init__(
        self, network: Network, *, book: Book, mailbag: Mailbag, zalo: ZaloAccount
    ) -> None:
        self._network = network
        self._zalo = zalo
        self._book = book
        self._mailbag = mailbag
        self._viewer = Viewer(network, book, people=zalo.people)
        self._pages = jinja2.Environment(
            loader=jinja2.FileSystemLoader(PAGES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._pages.filters |= {"dots": dots, "clock": clock, "local": local_number}

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the wall."""
        return [
            web.get("/", self.to_wall),
            web.get("/wall", self.show),
            web.get("/wall/live", self.live),
            web.get("/wall/phones", self.search),
            web.get("/wall/phone/{e164}", self.phone),
            web.get("/wall/phone/{e164}/live", self.live_phone),
            web.post("/wall/handsets/{e164}/text", self.text),
            web.post("/wall/handsets/{e164}/state", self.switch),
            web.post("/wall/handsets/{e164}/zalo", self.use_zalo),
            web.post("/wall/weather", self.change_weather),
        ]

    async def to_wall(self, _request: web.Request) -> web.Response:
        """Lead a visitor to the wall."""
        raise web.HTTPSeeOther("/wall")

    async def show(self, _request: web.Request) -> web.Response:
        """Show the wall."""
        return await self._wall_page(form_of(self._network.weather), status=200)

    async def live(self, request: web.Request) -> web.Response:
        """Return what changed on the wall since `?since=`, or 204."""
        numbers = list(self._network.town.named)
        return await self._changed(request, numbers, limit=ON_WALL)

    async def live_phone(self, request: web.Request) -> web.Response:
        """Return what changed on one phone since `?since=`, or 204."""
        return await self._changed(request, [_number_of(request)], limit=ON_PAGE)

    async def search(self, request: web.Request) -> web.Response:
        """Lead to the phone of `?number=`, or say what is wrong with it."""
        typed = request.query.get("number", "").strip()
        e164 = read_number(typed)
        if kind_of(e164) in {NumberKind.MOBILE, NumberKind.LANDLINE}:
            raise web.HTTPSeeOther(f"/wall/phone/{quote(e164)}")
        return self._page(
            "phones.html",
            status=400 if typed else 200,
            typed=typed,
            recent=await self._viewer.recent(),
        )

    async def phone(self, request: web.Request) -> web.Response:
        """Show one phone with all it received."""
        return await self._phone_page(_number_of(request))

    async def text(self, request: web.Request) -> web.Response:
        """Let a resident write to the service number."""
        e164, form = _number_of(request), await request.post()
        body = str(form.get("body", "")).strip()
        problem = self._problem(e164, body)
        is_by_zalo = form.get("by") == "zalo" and self._zalo.people.uses_zalo(e164)
        if not problem and is_by_zalo:
            await self._zalo.write(e164, body)
        elif not problem:
            await self._mailbag.write(e164, body)
        if _is_live(request):
            phone = await self._viewer.phone(e164, limit=_limit(form.get("page")))
            typed = body if problem else ""
            page = self._render(
                "texted.html",
                phone=phone,
                page=form.get("page", "wall"),
                problem=problem,
                typed=typed,
            )
            return web.Response(text=page, content_type="text/html")
        if problem:
            return await self._phone_page(e164, problem=problem, typed=body)
        raise web.HTTPSeeOther(_back(e164, form.get("page")))

    async def switch(self, request: web.Request) -> web.Response:
        """Switch a handset on or off, or let its number die or live again."""
        e164, form = _number_of(request), await request.post()
        wish = str(form.get("state", ""))
        if wish not in set(HandsetState):
            raise web.HTTPBadRequest(text=f"no such state of a handset: {wish}")
        self._network.switch(e164, HandsetState(wish))
        return await self._switched(request, e164, page=form.get("page"))

    async def use_zalo(self, request: web.Request) -> web.Response:
        """Let a phone's owner do something on Zalo: see zalo_doings.py."""
        e164, form = _number_of(request), await request.post()
        handset = self._network.town.get(e164)
        if not do_on_zalo(self._zalo, handset, str(form.get("does", ""))):
            raise web.HTTPBadRequest(text="nobody can do that on Zalo")
        self._network.changes.touch(e164)
        return await self._switched(request, e164, page=form.get("page"))

    async def change_weather(self, request: web.Request) -> web.Response:
        """Let the weather turn as the form or a preset says."""
        weather, form = read_form(await request.post(), self._network.weather)
        if form.faults:
            return await self._wall_page(form, status=400)
        self._network.change_weather(weather)
        await self._book.durable()
        raise web.HTTPSeeOther("/wall#weather")

    async def _switched(
        self, request: web.Request, e164: str, *, page: object
    ) -> web.Response:
        await self._book.durable()
        if not _is_live(request):
            raise web.HTTPSeeOther(_back(e164, page))
        phone = await self._viewer.phone(e164, limit=_limit(page))
        shown = self._render("switched.html", phone=phone, page=page or "wall")
        return web.Response(text=shown, content_type="text/html")

    def _problem(self, e164: str, body: str) -> str:
        if not body:
            return "empty"
        if len(body) > RESIDENT_TEXT_LIMIT:
            return "long"
        state = self._network.town.get(e164).state
        return "" if state is HandsetState.OK else "off"

    async def _wall_page(self, form: WeatherForm, *, status: int) -> web.Response:
        version = self._network.changes.version
        phones = await self._phones(list(self._network.town.named), limit=ON_WALL)
        return self._page(
            "wall.html", status=status, version=version, phones=phones, form=form
        )

    async def _phone_page(
        self, e164: str, *, problem: str = "", typed: str = ""
    ) -> web.Response:
        version = self._network.changes.version
        phone = await self._viewer.phone(e164, limit=ON_PAGE)
        return self._page(
            "phone.html",
            status=400 if problem else 200,
            version=version,
            phone=phone,
            problem=problem,
            typed=typed,
        )

    async def _changed(
        self, request: web.Request, numbers: list[str], *, limit: int
    ) -> web.Response:
        changes = self._network.changes
        written = request.query.get("since", "")
        since = int(written) if written.isascii() and written.isdigit() else 0
        version = changes.version
        if since == version:
            return web.Response(status=204)
        changed = [n for n in numbers if changes.is_new(n, since=since)]
        # A change is numbered when queued: what it changed must be there to read.
        await self._book.durable()
        phones = await self._phones(changed, limit=limit)
        page = self._render(
            "live.html", version=version, phones=phones, path=request.path
        )
        return web.Response(text=page, content_type="text/html")

    async def _phones(self, numbers: list[str], *, limit: int) -> list[Phone]:
        return [await self._viewer.phone(number, limit=limit) for number in numbers]

    def _page(self, name: str, *, status: int, **facts: object) -> web.Response:
        page = self._render(name, **facts)
        headers = {"Cache-Control": "no-store"}
        return web.Response(
            text=page, status=status, content_type="text/html", headers=headers
        )

    def _render(self, name: str, **facts: object) -> str:
        return self._pages.get_template(name).render(
            summary=self._viewer.summary(),
            is_fine=is_fine(self._network.weather),
            carriers=CARRIERS,
            service_number=self._network.town.service_number,
            **facts,
        )


def _number_of(request: web.Request) -> str:
    """Return the number in the path, or lead to the page that says what is wrong."""
    written = request.match_info["e164"]
    if kind_of(written) in {NumberKind.MOBILE, NumberKind.LANDLINE}:
        return written
    raise web.HTTPSeeOther(f"/wall/phones?number={quote(written)}")


def _is_live(request: web.Request) -> bool:
    return request.headers.get("HX-Request") == "true"


def _limit(page: object) -> int:
    return ON_PAGE if page == "phone" else ON_WALL


def _back(e164: str, page: object) -> str:
    if page == "phone":
        return f"/wall/phone/{quote(e164)}"
    return f"/wall#p{e164.removeprefix('+')}"
