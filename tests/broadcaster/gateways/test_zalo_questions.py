"""What Zalo is asked, over its published answers and over bad ones."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.errors import GatewayAwayError
from broadcaster.ports import Receipt, ReceiptStatus, Submission, TemplateState, Unfound
from tests.broadcaster.gateways.peers import submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.test_zalo_events import published
from tests.broadcaster.gateways.zalo_ends import a_gateway, a_notice

BAD = [
    pytest.param(500, "", id="500"),
    pytest.param(502, "<html>", id="proxy"),
    pytest.param(200, "<html>", id="html"),
    pytest.param(200, "{}", id="empty"),
    pytest.param(200, '{"error": -100}', id="refused"),
    pytest.param(200, '{"error": 0}', id="no data"),
    pytest.param(200, '{"error": 0, "data": 5}', id="strange data"),
    pytest.param(0, "", id="cut"),
]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


def says(stub: Stub, name: str) -> None:
    stub.answer(200, json.dumps(published(name)))


@pytest.mark.parametrize("name", ["sent_by_phone", "sent_by_user_id", "sent_free"])
def test_a_published_success_names_the_message(stub: Stub, name: str) -> None:
    says(stub, name)
    data = published(name)["data"]
    outcome = submit_one(a_gateway(stub.url), a_notice())
    assert outcome.provider_id == (data.get("msg_id") or data["message_id"])


def test_the_published_quota_reads(stub: Stub) -> None:
    says(stub, "quota")
    standing = a_gateway(stub.url).standing()
    assert (standing.daily_quota, standing.remaining_quota) == (500, 483)


def test_a_quota_that_zalo_does_not_tell_is_the_operators(stub: Stub) -> None:
    stub.answer(200, '{"error": 0, "data": {"dailyQuota": null}}')
    standing = a_gateway(stub.url, daily_quota="500").standing()
    assert (standing.daily_quota, standing.remaining_quota) == (500, None)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status_delivered", ReceiptStatus.DELIVERED),
        ("status_at_zalo", ReceiptStatus.ACCEPTED),
    ],
)
def test_a_published_status_reads(stub: Stub, name: str, status: ReceiptStatus) -> None:
    says(stub, name)
    text = a_known_notice()
    receipt = a_gateway(stub.url).lookup(text)
    assert isinstance(receipt, Receipt)
    assert (receipt.reference, receipt.status) == (str(text.reference), status)
    [request] = stub.requests
    phone = text.to.removeprefix("+")
    assert request.path == f"/message/status?message_id=Z1&phone={phone}"


def a_known_notice() -> Submission:
    return replace(a_notice(), provider_id="Z1")


def test_a_message_that_zalo_does_not_know_is_absent(stub: Stub) -> None:
    says(stub, "status_none")
    assert a_gateway(stub.url).lookup(a_known_notice()) is Unfound.ABSENT


@pytest.mark.parametrize(("status", "body"), BAD)
def test_a_bad_answer_leaves_a_fate_unclear(stub: Stub, status: int, body: str) -> None:
    stub.answer(status, body)
    assert a_gateway(stub.url).lookup(a_known_notice()) is Unfound.UNCLEAR


@pytest.mark.parametrize(("status", "body"), BAD)
def test_a_bad_answer_to_other_questions_is_told(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    gateway = a_gateway(stub.url)
    with pytest.raises(GatewayAwayError):
        gateway.standing()
    with pytest.raises(GatewayAwayError):
        gateway.templates()


def test_a_number_asked_for_is_in_no_error() -> None:
    gateway = a_gateway("http://telco.invalid")
    assert gateway.lookup(a_known_notice()) is Unfound.UNCLEAR
    with pytest.raises(GatewayAwayError) as away:
        gateway.standing()
    assert away.value.__cause__ is None
    assert "telco.invalid" not in str(away.value)


def test_the_published_template_reads(stub: Stub) -> None:
    stub.by_path = {
        "/template/all": json.dumps(published("templates")),
        "/template/info/v2": json.dumps(published("template")),
    }
    [template] = a_gateway(stub.url).templates()
    assert [request.path for request in stub.requests] == [
        "/template/all?offset=0&limit=100",
        "/template/info/v2?template_id=240631",
    ]
    assert template.state is TemplateState.APPROVED
    assert (template.price_vnd, template.price_by_user_id_vnd) == (200, None)
    assert template.quality is None
    name, note = template.params
    assert (name.name, name.max_length, name.min_length) == ("customer_name", 30, 1)
    assert (name.required, note.required) == (True, False)
    assert name.kind == "STRING"
