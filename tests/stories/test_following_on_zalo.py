"""A resident finds the ward on Zalo, is linked to their phone, and takes it back.

The web is served, the account is the adapter that production runs, and Zalo is the
simulated telco; only the worker's two jobs are done by hand.
"""

import datetime as dt
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from broadcaster.bootstrap import House, SystemClock, assemble
from broadcaster.config import Settings
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.gateways.zalo import ZaloGateway
from broadcaster.ports import Gateway
from broadcaster.services.dispatch import drain
from broadcaster.services.replies import answer_waiting
from broadcaster.services.zalo_contacts import link_contacts
from broadcaster.store.inbox import has_unread
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.zalo import ZaloContact
from broadcaster.store.zalo_contacts import ZaloStanding, zalo_standings
from broadcaster.web.app import create_app
from subscriptions.consents import consented_lines
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup
from tests.broadcaster.gateways.zalo_ends import a_gateway, connected
from tests.builders.people import a_group, a_household, a_ward, number_of
from tests.builders.sending import a_route
from tests.builders.zalo import uses_zalo
from tests.telco import Telco, until

PHONE = "0912345678"
E164 = number_of(PHONE).e164


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The served web, Zalo, and what lies between them."""

    database: Database
    telco: Telco
    zalo: ZaloGateway
    homes: ResidentialGroup

    def contacts(self) -> list[ZaloContact]:
        with self.database.reading() as session:
            return list(session.scalars(select(ZaloContact)))

    def work(self) -> None:
        """Answer what was written and send what is due, as a worker does."""
        now = dt.datetime.now(dt.UTC)
        answer_waiting(self.database, gateway="memory", now=now)
        route = a_route(self.database, self.zalo, SystemClock())
        drain(route, until=now + dt.timedelta(seconds=10))

    def heard(self) -> list[str]:
        """Return what the phone heard by Zalo, once all that waits has left."""
        self.work()
        with self.database.reading() as session:
            sent = list(session.scalars(select(Message.text).order_by(Message.id)))
        until(lambda: len(self.telco.bodies(E164)) == len(sent))
        return self.telco.bodies(E164)

    def standing(self) -> ZaloStanding | None:
        with self.database.reading() as session:
            line_ids = session.scalars(select(Line.id)).all()
            now = dt.datetime.now(dt.UTC)
            return next(iter(zalo_standings(session, line_ids, now=now).values()), None)

    def has_unread(self) -> bool:
        with self.database.reading() as session:
            return has_unread(session)

    def agreeing(self) -> int:
        with self.database.reading() as session:
            return len(session.scalars(consented_lines(Purpose.NOTICES)).all())


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Iterator[Place]:
    """Serve a ward that uses Zalo, and nobody in it yet."""
    apps: list[WSGIApplication] = []

    def serve(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return apps[0](environ, start_response)

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    telco = Telco.start(tmp_path, zalo_webhook_url=f"{url}/callbacks/zalo/events")
    zalo = a_gateway(telco.zalo_url, tokens=connected(telco))
    apps.append(create_app(_house(database, zalo, public_url=url)).wsgi_app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with database.writing() as session:
        ward = a_ward(session)
        uses_zalo(session, ward.id)
        homes = a_group(session, ward)
    telco.zalo_person(E164, has_zalo=True)
    yield Place(database=database, telco=telco, zalo=zalo, homes=homes)
    server.shutdown()
    thread.join()
    telco.stop()


def _house(database: Database, zalo: ZaloGateway, *, public_url: str) -> House:
    settings = Settings(
        demo=False,
        database_url=str(database.engine.url),
        redis_url="redis://127.0.0.1:1/0",
        secret_key="not a secret, but long enough for a test",
        public_url=public_url,
        gateways=(),
        wall_url=None,
    )
    fixed: list[Gateway] = [MemoryGateway(), zalo]
    return assemble(settings, database, fixed=fixed, clock=SystemClock())


def test_a_resident_follows_is_linked_and_stops_by_zalo(place: Place) -> None:
    with place.database.writing() as session:
        a_household(session, in_group=place.homes, with_phone=PHONE)
    place.telco.zalo_does(E164, "follow")
    until(lambda: [each.is_following for each in place.contacts()] == [True])
    [form] = place.heard()
    assert "Nhận tin của phường qua Zalo" in form

    place.telco.zalo_does(E164, "share", name="Nguyễn Văn An")
    until(lambda: place.standing() is ZaloStanding.LINKED)
    assert "đã nối với số điện thoại" in place.heard()[-1]

    place.telco.zalo_does(E164, "text", body="Từ chối nhận tin")
    until(place.has_unread)
    assert "không gửi tin cho ông/bà nữa" in place.heard()[-1]
    assert place.agreeing() == 0

    place.telco.zalo_does(E164, "unfollow")
    until(lambda: place.standing() is ZaloStanding.LEFT)


def test_a_number_that_is_enrolled_later_is_linked_then(place: Place) -> None:
    place.telco.zalo_does(E164, "follow")
    until(place.contacts)
    place.telco.zalo_does(E164, "share")
    until(lambda: place.contacts()[0].phone)
    assert "chưa có trong danh sách" in place.heard()[-1]
    with place.database.writing() as session:
        a_household(session, in_group=place.homes, with_phone=PHONE)
    assert link_contacts(place.database, now=dt.datetime.now(dt.UTC)) == 1
    assert place.standing() is ZaloStanding.LINKED
