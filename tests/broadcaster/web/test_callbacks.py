"""What residents text back is verified and kept before it is answered."""

from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import SIGNATURE_HEADER, MemoryGateway
from broadcaster.ports import Callback
from broadcaster.simulator.postman import signature
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText
from broadcaster.web.app import create_app
from tests.broadcaster.gateways.twilio_ends import a_gateway
from tests.broadcaster.web.reporting import PUBLIC_URL
from tests.builders.houses import with_gateways
from tests.telco import TOKEN

PATH = "/callbacks/memory/inbound"
TEXT = {"id": "M1", "from": "+84912000001", "to": "8099", "text": "Tổ 5: TC"}


def post(
    client: FlaskClient, form: dict[str, str], *, signed: dict[str, str] | None = None
) -> TestResponse:
    """Post a form with the signature of that form, or of another."""
    url = f"http://ward.example{PATH}"
    callback = Callback(url=url, headers={}, form=form if signed is None else signed)
    return client.post(
        PATH,
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={SIGNATURE_HEADER: MemoryGateway().sign(callback)},
    )


def kept(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(InboundText.body)))


def test_a_text_is_kept_and_answered_with_nothing_to_send(
    client: FlaskClient, database: Database
) -> None:
    answer = post(client, TEXT)
    assert (answer.status_code, answer.data) == (204, b"")
    assert kept(database) == ["Tổ 5: TC"]


def test_twilio_reads_markup_that_sends_nothing(
    house: House, database: Database
) -> None:
    twilio = a_gateway(None, public_url=PUBLIC_URL)
    client = create_app(with_gateways(house, twilio)).test_client()
    path = "/callbacks/twilio/inbound"
    form = {"MessageSid": "SM1", "From": "+84912000001", "To": "8099", "Body": "TC"}
    signed = {"X-Twilio-Signature": signature(TOKEN, PUBLIC_URL + path, form)}
    answer = client.post(path, data=form, headers=signed)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.data.endswith(b"<Response/>")
    assert kept(database) == ["TC"]


def test_a_text_that_is_not_signed_is_refused(
    client: FlaskClient, database: Database
) -> None:
    assert post(client, TEXT, signed=TEXT | {"text": "DK"}).status_code == 403
    assert kept(database) == []


def test_a_signed_form_that_is_no_text_is_told_so(
    client: FlaskClient, database: Database
) -> None:
    answer = post(client, {"id": "M1"})
    assert (answer.status_code, answer.data) == (400, b"from: missing\n")
    assert kept(database) == []


def test_a_text_from_a_telco_that_is_not_ours_is_not_found(client: FlaskClient) -> None:
    assert client.post("/callbacks/nobody/inbound", data=TEXT).status_code == 404
