"""The tests' own interface to the simulated Zalo, under /sim/zalo."""

from dataclasses import asdict

from aiohttp import web

from broadcaster.simulator.book import Book
from broadcaster.simulator.control import fault, json_object, number_of
from broadcaster.simulator.twilio_wire import json_answer
from broadcaster.simulator.zalo_account import ZaloAccount
from broadcaster.simulator.zalo_people import Person
from broadcaster.simulator.zalo_settings import BadZaloSettingsError, ZaloSettings
from broadcaster.simulator.zalo_templates import TemplateStatus

SWITCHES = frozenset({"has_zalo", "refuses"})


class ZaloControl:
    """Answer /sim/zalo."""

    def __init__(self, account: ZaloAccount, *, book: Book) -> None:
        self._account = account
        self._book = book

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the interface."""
        person = "/sim/zalo/people/{e164}"
        return [
            web.get("/sim/zalo", self.settings),
            web.put("/sim/zalo", self.change),
            web.post("/sim/zalo/clear", self.clear),
            web.post("/sim/zalo/connect", self.connect),
            web.post("/sim/zalo/end-access", self.end_access),
            web.put("/sim/zalo/templates/{id}", self.judge),
            web.get(person, self.person),
            web.put(person, self.switch),
            web.post(f"{person}/follow", self.follow),
            web.post(f"{person}/unfollow", self.unfollow),
            web.post(f"{person}/share", self.share),
            web.post(f"{person}/text", self.text),
        ]

    async def settings(self, _request: web.Request) -> web.Response:
        """Return the settings, and what was used today."""
        return await self._settings()

    async def change(self, request: web.Request) -> web.Response:
        """Change the named settings."""
        try:
            wished = self._account.settings.changed(await json_object(request))
        except BadZaloSettingsError as error:
            return fault(400, str(error))
        self._account.change(wished)
        return await self._settings()

    async def clear(self, _request: web.Request) -> web.Response:
        """Return to the usual settings."""
        self._account.change(ZaloSettings())
        return await self._settings()

    async def connect(self, _request: web.Request) -> web.Response:
        """Connect the account anew, as a person does: `{"refresh_token": …}`."""
        refresh = self._account.keys.connect(self._account.settings)
        await self._book.durable()
        return json_answer({"refresh_token": refresh}, status=201)

    async def end_access(self, _request: web.Request) -> web.Response:
        """End every access token at once."""
        self._account.keys.end_access()
        await self._book.durable()
        return json_answer({"ok": True})

    async def judge(self, request: web.Request) -> web.Response:
        """Change a template's status: `{"status": "DISABLE"}`."""
        wish = str((await json_object(request)).get("status"))
        if wish not in set(TemplateStatus):
            return fault(400, f"status must be one of: {', '.join(TemplateStatus)}")
        try:
            self._account.judge(request.match_info["id"], TemplateStatus(wish))
        except KeyError:
            return fault(404, "there is no such template")
        return json_answer({"ok": True})

    async def person(self, request: web.Request) -> web.Response:
        """Return what Zalo knows of a phone."""
        return self._person(self._account.people.get(number_of(request)))

    async def switch(self, request: web.Request) -> web.Response:
        """Say whether a phone uses Zalo (`has_zalo`), or refuses us (`refuses`)."""
        e164, wishes = number_of(request), await json_object(request)
        wrong = [n for n in wishes if n not in SWITCHES]
        if wrong or not all(isinstance(wish, bool) for wish in wishes.values()):
            return fault(400, "has_zalo and refuses are true or false")
        person = self._account.people.change(e164, **wishes)
        await self._book.durable()
        return self._person(person)

    async def follow(self, request: web.Request) -> web.Response:
        """Let somebody follow the account."""
        return await self._follow(number_of(request), is_following=True)

    async def unfollow(self, request: web.Request) -> web.Response:
        """Let somebody stop following the account."""
        return await self._follow(number_of(request), is_following=False)

    async def share(self, request: web.Request) -> web.Response:
        """Let somebody give the account the phone number: `{"name": "…"}` at will."""
        e164, wishes = number_of(request), await json_object(request)
        name = str(wishes.get("name", ""))
        person = self._account.share_phone(e164, name=name)
        await self._book.durable()
        return self._person(person)

    async def text(self, request: web.Request) -> web.Response:
        """Let somebody write to the account: `{"body": "…"}`."""
        e164 = number_of(request)
        body = str((await json_object(request)).get("body", "")).strip()
        if not body:
            return fault(400, "body must not be empty")
        if not self._account.people.uses_zalo(e164):
            return fault(409, "this phone has no Zalo")
        inbound = await self._account.write(e164, body)
        return json_answer({"sid": inbound.sid}, status=201)

    async def _follow(self, e164: str, *, is_following: bool) -> web.Response:
        if not self._account.people.uses_zalo(e164):
            return fault(409, "this phone has no Zalo")
        person = self._account.follow(e164, is_following=is_following)
        await self._book.durable()
        return self._person(person)

    def _person(self, person: Person) -> web.Response:
        uses = self._account.people.uses_zalo(person.e164)
        return json_answer(asdict(person) | {"has_zalo": uses})

    async def _settings(self) -> web.Response:
        await self._book.durable()
        account = self._account
        facts = {"used_today": account.used(), "rotations": account.keys.rotations}
        return json_answer(account.settings.as_json() | facts)
