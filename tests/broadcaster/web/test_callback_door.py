"""What telcos report is verified, kept and answered, in this order, at its own door."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Callback, Receipt
from broadcaster.simulator.postman import signature
from broadcaster.store.session import Database
from broadcaster.web.app import create_app
from tests.broadcaster.gateways.twilio_ends import a_gateway
from tests.broadcaster.web.reporting import (
    DELIVERED,
    PUBLIC_URL,
    Sign,
    by_memory,
    kept,
    path_of,
    post,
)
from tests.builders.houses import with_gateways
from tests.builders.people import NOW
from tests.telco import TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Telco:
    """How one gateway's telco reports: a form of its own, signed in its own way."""

    form: dict[str, str]
    sign: Sign


def by_twilio(url: str, form: Mapping[str, str]) -> dict[str, str]:
    return {"X-Twilio-Signature": signature(TOKEN, url, form)}


TELCOS = {
    "memory": Telco(form=DELIVERED, sign=by_memory),
    "twilio": Telco(
        form={"MessageSid": "SM1", "MessageStatus": "delivered"}, sign=by_twilio
    ),
}
every_telco = pytest.mark.parametrize("name", TELCOS)


@pytest.fixture
def house(house: House, gateway: MemoryGateway) -> House:
    """Give a house with every gateway that there is."""
    twilio = a_gateway(None, public_url=PUBLIC_URL)
    return with_gateways(house, gateway, twilio)


@pytest.fixture
def reference() -> str:
    return str(uuid.uuid4())


@every_telco
def test_a_signed_report_is_kept_before_it_is_answered(
    name: str, client: FlaskClient, database: Database, reference: str
) -> None:
    telco = TELCOS[name]
    path = path_of(reference, name=name)
    answer = post(client, path, telco.form, sign=telco.sign)
    assert (answer.status_code, answer.data) == (204, b"")
    [report] = kept(database)
    assert (report.gateway, report.reference) == (name, reference)
    assert report.received_at == NOW
    assert report.interpreted_at is None


@every_telco
def test_a_report_that_is_not_signed_is_refused(
    name: str, client: FlaskClient, database: Database, reference: str
) -> None:
    path = path_of(reference, name=name)
    assert client.post(path, data=TELCOS[name].form).status_code == 403
    assert kept(database) == []


@every_telco
@pytest.mark.parametrize("changed", ["url", "form"])
def test_a_report_that_was_changed_on_the_way_is_refused(
    name: str, changed: str, client: FlaskClient, database: Database, reference: str
) -> None:
    telco = TELCOS[name]
    form = telco.form | ({"more": "1"} if changed == "form" else {})
    query = "?more=1" if changed == "url" else ""
    path = path_of(reference, name=name)
    signed = telco.sign(PUBLIC_URL + path, telco.form)
    answer = client.post(path + query, data=form, headers=signed)
    assert answer.status_code == 403
    assert kept(database) == []


@every_telco
@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_report_comes_by_get_or_post_alone(
    name: str, method: str, client: FlaskClient, database: Database, reference: str
) -> None:
    telco = TELCOS[name]
    path = path_of(reference, name=name)
    signed = telco.sign(PUBLIC_URL + path, telco.form)
    answer = client.open(path, method=method, data=telco.form, headers=signed)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert (method == "HEAD") == (answer.data == b"")
    assert kept(database) == []


@every_telco
def test_a_signed_form_that_is_no_report_is_told_so(
    name: str, client: FlaskClient, database: Database, reference: str
) -> None:
    path = path_of(reference, name=name)
    answer = post(client, path, {"a": "b"}, sign=TELCOS[name].sign)
    assert answer.status_code == 400
    assert answer.content_type == "text/plain; charset=utf-8"
    assert kept(database) == []


def test_a_telco_that_is_not_ours_is_not_found(client: FlaskClient) -> None:
    assert post(client, path_of("r", name="nobody")).status_code == 404


def test_a_report_repeated_is_answered_alike_and_kept_once(
    client: FlaskClient, database: Database, reference: str
) -> None:
    answers = [post(client, path_of(reference)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert len(kept(database)) == 1


def test_a_refusal_is_no_page_for_a_browser(client: FlaskClient) -> None:
    answer = client.post(path_of("r"))
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_telco_is_asked_to_repeat_what_the_database_did_not_take(
    client: FlaskClient, database: Database, reference: str
) -> None:
    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", None, Exception("no room"))

    event.listen(database.engine, "commit", fail)
    assert post(client, path_of(reference)).status_code == 503
    event.remove(database.engine, "commit", fail)
    assert kept(database) == []
    assert post(client, path_of(reference)).status_code == 204
    assert len(kept(database)) == 1


class Stumbling(MemoryGateway):
    """Fails as no gateway should, once."""

    stumbled = False

    def read_receipt(self, callback: Callback) -> Receipt:
        """Raise what nobody expects, then work."""
        if not self.stumbled:
            self.stumbled = True
            raise LookupError("status")
        return super().read_receipt(callback)


def test_an_error_of_ours_is_logged_and_the_next_report_is_taken(
    house: House, database: Database, reference: str
) -> None:
    app = create_app(with_gateways(house, Stumbling()))
    client = app.test_client()
    with structlog.testing.capture_logs() as events:
        answer = post(client, path_of(reference))
    assert answer.status_code == 500
    [logged] = events
    assert (logged["event"], logged["gateway"]) == ("callback_failed", "memory")
    assert reference not in str(logged)
    assert post(client, path_of(reference)).status_code == 204
    assert len(kept(database)) == 1
