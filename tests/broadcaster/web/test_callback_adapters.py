"""Whoever cannot prove to be an adapter's telco brings nothing in, by any address."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from broadcaster.bootstrap import House
from broadcaster.bootstrap.kinds import GatewayKind, gateway_kinds, make_gateway
from broadcaster.gateways.options import Kind, Option
from broadcaster.ports import GatewaySettings
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText, RawCallback
from broadcaster.store.tables.zalo import ZaloContact
from tests.broadcaster.gateways.zalo_ends import MemoryTokens
from tests.broadcaster.web.reporting import PUBLIC_URL
from tests.builders.houses import with_gateways

KINDS = gateway_kinds()
ADDRESSES = ("status/0198f1e0-5c00-7000-8000-000000000001", "inbound", "events")
SAMPLES: Mapping[Kind, str] = {
    Kind.URL: "http://127.0.0.1:1",
    Kind.WHOLE: "1",
    Kind.NUMBER: "1",
}
SPOKEN = {
    # the fields of every telco at once
    "MessageSid": "SM1",
    "MessageStatus": "delivered",
    "SMSID": "1",
    "SendStatus": "5",
    "from": "+84912000001",
    "From": "+84912000001",
    "sender": "84912000001",
    "to": "8099",
    "To": "8099",
    "text": "TC",
    "Body": "TC",
    "content": "TC",
    "id": "1",
    "p": "84912000001",
    "d": "1",
    "k": "guessed",
    "sign": "guessed",
}


def a_sample(option: Option) -> str:
    if option.default or option.kind is Kind.CHOICE:
        return option.default or option.choices[0]
    return SAMPLES.get(option.kind, "sample")


@pytest.fixture
def house(house: House, kind: GatewayKind) -> House:
    """Give a house with one gateway of the kind, set up with whatever passes."""
    given = {o.name: a_sample(o) for o in kind.options if o.required or o.default}
    settings = GatewaySettings(
        name="sample",
        public_url=PUBLIC_URL,
        demo=False,
        options=given,
        callback_key="a key of ours",
        tokens=MemoryTokens("refresh", access="access"),
    )
    return with_gateways(house, make_gateway(kind.name, settings))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_proved_is_refused_and_kept_nowhere(
    kind: GatewayKind, method: str, client: FlaskClient, database: Database
) -> None:
    event = {"event_name": "follow", "oa_id": "1", "follower": {"id": "2"}}
    for address in ADDRESSES:
        path = f"/callbacks/sample/{address}"
        answers = [
            client.open(path, method=method, query_string=SPOKEN),
            client.open(path, method=method, data=SPOKEN),
            client.open(path, method=method, json=event),
            client.open(path, method=method, data=b"\xff\x00", query_string="%ff=%00"),
        ]
        assert {answer.status_code for answer in answers} == {403}, address
    with database.reading() as session:
        for table in (RawCallback, InboundText, ZaloContact):
            assert session.scalar(select(func.count()).select_from(table)) == 0
