"""TC is TC by whatever telco it comes, and its answer goes back the same way."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Channel, SharedPhone
from broadcaster.services.arrivals import take_arrival
from broadcaster.services.replies import answer_waiting
from broadcaster.simulator.postman import signature
from broadcaster.simulator.zalo_post import mac
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from subscriptions.consents import consented_lines
from subscriptions.tables.consents import Purpose
from tests.broadcaster.gateways import twilio_ends, zalo_ends
from tests.broadcaster.web.keyed import KeyedGateway, keyed_path
from tests.broadcaster.web.reporting import PUBLIC_URL
from tests.builders.houses import with_gateways
from tests.builders.people import NOW, a_group, a_household, a_ward, number_of
from tests.builders.zalo import ACCOUNT, uses_zalo
from tests.telco import TOKEN, ZALO_APP_ID, ZALO_OA_ID, ZALO_OA_SECRET

E164 = number_of("0912345678").e164
SERVICE = "+84868000111"
USER_ID = "2512523625412515"


@pytest.fixture
def house(house: House, gateway: MemoryGateway) -> House:
    """Give a house with a telco of each sort."""
    twilio = twilio_ends.a_gateway(None, public_url=PUBLIC_URL)
    zalo = zalo_ends.a_gateway(None, name=ACCOUNT)
    return with_gateways(house, gateway, twilio, KeyedGateway(), zalo)


@pytest.fixture(autouse=True)
def resident(database: Database) -> None:
    """Enrol a phone that agreed to everything, and link it by Zalo."""
    with database.writing() as session:
        ward = a_ward(session)
        uses_zalo(session, ward.id)
        a_household(session, in_group=a_group(session, ward), with_phone="0912345678")
    shared = SharedPhone(user_id=USER_ID, account=ZALO_OA_ID, e164=E164)
    take_arrival(database, ACCOUNT, shared, now=NOW)


def by_twilio(client: FlaskClient, words: str) -> TestResponse:
    path = "/callbacks/twilio/inbound"
    form = {"MessageSid": "SM1", "From": E164, "To": SERVICE, "Body": words}
    signed = {"X-Twilio-Signature": signature(TOKEN, PUBLIC_URL + path, form)}
    return client.post(path, data=form, headers=signed)


def by_get(client: FlaskClient, words: str) -> TestResponse:
    return client.get(
        keyed_path("inbound", id="K1", to=SERVICE, text=words, **{"from": E164})
    )


def by_zalo(
    client: FlaskClient, words: str, *, secret: str = ZALO_OA_SECRET
) -> TestResponse:
    event = {
        "app_id": ZALO_APP_ID,
        "event_name": "user_send_text",
        "timestamp": "1795340000000",
        "sender": {"id": USER_ID},
        "recipient": {"id": ZALO_OA_ID},
        "message": {"msg_id": "Z1", "text": words},
    }
    body = json.dumps(event, ensure_ascii=False).encode()
    signed = mac(ZALO_APP_ID, body, timestamp="1795340000000", secret=secret)
    return client.post(
        f"/callbacks/{ACCOUNT}/events",
        data=body,
        content_type="application/json",
        headers={"X-ZEvent-Signature": f"mac={signed}"},
    )


WAYS = {
    "twilio": (by_twilio, Channel.SMS, E164, "khong nhan tin"),
    "get": (by_get, Channel.SMS, E164, "khong nhan tin"),
    "zalo": (by_zalo, Channel.ZALO, "", "không gửi tin"),
}


@pytest.mark.parametrize(("way", "channel", "to", "words"), WAYS.values(), ids=WAYS)
def test_tc_withdraws_everything_once_and_is_answered_by_its_own_way(
    way: Callable[[FlaskClient, str], TestResponse],
    channel: Channel,
    to: str,
    words: str,
    client: FlaskClient,
    database: Database,
) -> None:
    before = len(sent(database))
    for _ in range(2):
        assert way(client, "T.C").status_code == 200
    assert answer_waiting(database, gateway="memory", now=NOW) == 1
    [answer] = sent(database)[before:]
    assert (answer.channel, answer.to) == (channel, to)
    assert words in (answer.text or "")
    with database.reading() as session:
        assert session.scalars(consented_lines(Purpose.NOTICES)).all() == []


def test_a_forged_event_changes_nothing(
    client: FlaskClient, database: Database
) -> None:
    assert by_zalo(client, "TC", secret="guessed").status_code == 403
    assert answer_waiting(database, gateway="memory", now=NOW) == 0


def sent(database: Database) -> list[Message]:
    with database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))
