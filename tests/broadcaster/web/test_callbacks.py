"""What telcos post is verified, kept and answered, in this order."""

import uuid
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from broadcaster.gateways.memory import SIGNATURE_HEADER, MemoryGateway
from broadcaster.ports import Callback
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import RawCallback
from tests.builders.people import NOW

PUBLIC_URL = "http://ward.example"
DELIVERED = {"status": "delivered", "id": "M1"}


@pytest.fixture
def reference() -> str:
    return str(uuid.uuid4())


def post(
    client: FlaskClient,
    gateway: MemoryGateway,
    reference: str,
    form: dict[str, str],
    *,
    body: str | None = None,
) -> TestResponse:
    """Post a form as the telco signs it; `body` is what it sends instead."""
    path = f"/callbacks/memory/status/{reference}"
    callback = Callback(url=PUBLIC_URL + path, headers={}, form=form)
    return client.post(
        path,
        data=urlencode(form) if body is None else body,
        content_type="application/x-www-form-urlencoded",
        headers={SIGNATURE_HEADER: gateway.sign(callback)},
    )


def kept(database: Database) -> list[RawCallback]:
    with database.reading() as session:
        return list(session.scalars(select(RawCallback)))


def test_a_signed_report_is_kept_before_it_is_answered(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    assert post(client, gateway, reference, DELIVERED).status_code == 204
    [report] = kept(database)
    assert (report.reference, report.status) == (reference, "delivered")
    assert (report.provider_id, report.received_at) == ("M1", NOW)
    assert report.interpreted_at is None


def test_a_report_repeated_is_answered_alike_and_kept_once(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    answers = [post(client, gateway, reference, DELIVERED) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert len(kept(database)) == 1


def test_a_report_that_was_changed_on_the_way_is_refused(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    changed = urlencode(DELIVERED | {"status": "refused"})
    answer = post(client, gateway, reference, DELIVERED, body=changed)
    assert answer.status_code == 403
    assert kept(database) == []


def test_of_equal_fields_the_first_counts(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    twice = urlencode([*DELIVERED.items(), ("status", "refused")])
    answer = post(client, gateway, reference, DELIVERED, body=twice)
    assert answer.status_code == 204
    assert [report.status for report in kept(database)] == ["delivered"]


def test_an_empty_field_is_part_of_what_was_signed(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    form = DELIVERED | {"code": ""}
    assert post(client, gateway, reference, form).status_code == 204
    assert len(kept(database)) == 1


def test_a_form_in_parts_is_read_as_well(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    path = f"/callbacks/memory/status/{reference}"
    callback = Callback(url=PUBLIC_URL + path, headers={}, form=DELIVERED)
    answer = client.post(
        path,
        data=DELIVERED,
        content_type="multipart/form-data",
        headers={SIGNATURE_HEADER: gateway.sign(callback)},
    )
    assert answer.status_code == 204
    assert len(kept(database)) == 1


def test_bytes_that_are_no_text_are_refused_and_not_an_error(
    client: FlaskClient, gateway: MemoryGateway, reference: str
) -> None:
    answer = client.post(
        f"/callbacks/memory/status/{reference}",
        data=b"status=%ff\xff&\x00",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 403


def test_a_telco_that_is_not_ours_is_not_found(client: FlaskClient) -> None:
    assert client.post("/callbacks/nobody/status/r").status_code == 404


def test_a_telco_is_asked_to_repeat_what_the_database_did_not_take(
    client: FlaskClient, gateway: MemoryGateway, database: Database, reference: str
) -> None:
    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", None, Exception("no room"))

    event.listen(database.engine, "commit", fail)
    assert post(client, gateway, reference, DELIVERED).status_code == 503
    event.remove(database.engine, "commit", fail)
    assert kept(database) == []
    assert post(client, gateway, reference, DELIVERED).status_code == 204
    assert len(kept(database)) == 1
