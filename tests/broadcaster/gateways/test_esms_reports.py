"""eSMS's reports and residents' texts: whose they are, and what they say."""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from broadcaster.errors import GatewayAwayError, InputError
from broadcaster.gateways.esms import EsmsGateway
from broadcaster.gateways.esms_words import read_error
from broadcaster.ports import Blame, Callback, ReceiptStatus
from tests.broadcaster.gateways.esms_ends import (
    a_gateway,
    a_report,
    came,
    our_code,
)
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import Telco, until

REFERENCE = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
def web() -> Iterator[Stub]:
    """Our own side, where the simulated network brings what it has for us."""
    with stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    telco = Telco.start(tmp_path_factory.mktemp("telco"))
    yield telco
    telco.stop()


@pytest.fixture
def telco(network: Telco, web: Stub) -> Telco:
    network.clear_weather()
    network.clear_esms()
    network.reset()
    web.answer(200, "<ClientResponse></ClientResponse>")
    return network


def _sent(telco: Telco, web: Stub, *, state: str = "ok") -> tuple[EsmsGateway, str]:
    """Send a text to a handset in this state; return its gateway and reference."""
    gateway = a_gateway(telco.esms_url, public_url=web.url, receipt_kind="handset")
    text = a_submission()
    telco.set_handset(text.to, state)
    assert submit_one(gateway, text).provider_id
    return gateway, str(text.reference)


def _reports(web: Stub, count: int) -> list[Callback]:
    until(lambda: len(web.requests) >= count)
    return [came(request, public_url=web.url) for request in web.requests]


def test_the_networks_own_reports_are_believed_and_read(
    telco: Telco, web: Stub
) -> None:
    gateway, reference = _sent(telco, web)
    reports = _reports(web, 2)
    assert all(gateway.verify(report) for report in reports)
    receipts = [gateway.read_receipt(report) for report in reports]
    assert {receipt.reference for receipt in receipts} == {reference}
    assert {(r.status, r.raw_status) for r in receipts} == {
        (ReceiptStatus.ACCEPTED, "7/0/0"),
        (ReceiptStatus.DELIVERED, "5/1/0"),
    }
    assert {report.method for report in reports} == {"GET"}


def test_repeated_and_reordered_reports_are_all_true(telco: Telco, web: Stub) -> None:
    telco.weather(repeat_receipts=1.0, reorder_receipts=1.0)
    gateway, _ = _sent(telco, web)
    reports = _reports(web, 4)
    assert all(gateway.verify(report) for report in reports)
    statuses = [gateway.read_receipt(report).status for report in reports]
    assert statuses[0] is ReceiptStatus.DELIVERED
    assert statuses.count(ReceiptStatus.DELIVERED) == 2


def test_a_failure_says_why_however_it_is_encoded(telco: Telco, web: Stub) -> None:
    gateway, _ = _sent(telco, web, state="dead")
    _sent(telco, web, state="dead")
    reports = _reports(web, 4)
    failed = [r for r in map(gateway.read_receipt, reports) if r.code]
    assert all(gateway.verify(report) for report in reports)
    assert len({report.query.get("error_info") for report in reports} - {None}) == 2
    assert [(r.status, r.code) for r in failed] == [
        (ReceiptStatus.UNDELIVERED, "-1")
    ] * 2


def test_delivered_proves_the_network_alone_where_the_route_says_so(
    stub: Stub,
) -> None:
    report = a_report(REFERENCE)
    by_network = a_gateway(stub.url).read_receipt(report)
    by_handset = a_gateway(stub.url, receipt_kind="handset").read_receipt(report)
    assert by_network.status is ReceiptStatus.ACKNOWLEDGED
    assert by_handset.status is ReceiptStatus.DELIVERED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, ""),
        (503, "<html>"),
        (200, '{"CodeResponse": "105"}'),
        (200, '{"CodeResponse": "100", "SendStatus": 2}'),
        (200, '{"CodeResponse": "101"}'),
    ],
)
def test_a_report_that_nobody_confirms_is_neither_kept_nor_refused(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    with pytest.raises(GatewayAwayError):
        a_gateway(stub.url).verify(a_report(REFERENCE))


def test_a_report_against_their_records_is_refused(stub: Stub) -> None:
    told = {"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 0, "SendFailed": 1}
    stub.answer(200, json.dumps(told))
    gateway = a_gateway(stub.url)
    assert not gateway.verify(a_report(REFERENCE))
    assert gateway.verify(a_report(REFERENCE, SendSuccess="0", SendFailed="1"))


def test_only_a_final_report_is_asked_about(stub: Stub) -> None:
    stub.answer(503)
    waiting = a_report(REFERENCE, SendStatus="7", SendSuccess="0")
    assert a_gateway(stub.url).verify(waiting)
    assert a_gateway(stub.url, verify_receipts="no").verify(a_report(REFERENCE))
    assert stub.requests == []


def test_who_does_not_know_our_code_is_not_even_asked_about(stub: Stub) -> None:
    stub.answer(200, '{"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 1}')
    for code in ("", our_code("another text"), our_code(REFERENCE, key="guessed")):
        assert not a_gateway(stub.url).verify(a_report(REFERENCE, k=code))
    assert stub.requests == []


def test_fields_may_be_added_by_a_second_question_mark(stub: Stub) -> None:
    stub.answer(200, '{"CodeResponse": "100", "SendStatus": 5, "SendSuccess": 1}')
    good = a_report(REFERENCE)
    fields = dict(good.query)
    fields["k"] += f"?SMSID={fields.pop('SMSID')}"
    joined, gateway = replace(good, query=fields), a_gateway(stub.url)
    assert gateway.verify(joined)
    assert gateway.read_receipt(joined) == gateway.read_receipt(good)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"SendStatus": "1"}, ReceiptStatus.ACCEPTED),
        ({"SendStatus": "2"}, ReceiptStatus.ACCEPTED),
        ({"SendStatus": "7"}, ReceiptStatus.ACCEPTED),
        ({"SendStatus": "4"}, ReceiptStatus.REFUSED),
        ({"SendSuccess": "0", "SendFailed": "2"}, ReceiptStatus.UNDELIVERED),
        ({"SendSuccess": "1", "SendFailed": "1"}, ReceiptStatus.UNDELIVERED),
        ({"SendSuccess": "0", "SendFailed": "0"}, None),
        ({"SendSuccess": ""}, None),
        ({"SendStatus": "6"}, None),
        ({"SendStatus": "9" * 99}, None),
    ],
)
def test_what_a_report_says_is_read_by_all_its_fields(
    fields: dict[str, str], status: ReceiptStatus | None
) -> None:
    receipt = a_gateway(None).read_receipt(a_report(REFERENCE, **fields))
    assert receipt.status is status
    assert len(receipt.raw_status) <= 40


@pytest.mark.parametrize("missing", ["SMSID", "SendStatus"])
def test_what_is_no_report_says_what_is_missing(missing: str) -> None:
    with pytest.raises(InputError) as refused:
        a_gateway(None).read_receipt(a_report(REFERENCE, **{missing: ""}))
    assert refused.value.field == missing


ERROR = '{"error":-114,"message":"User is inactive"}'


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (ERROR, "-114"),
        (json.dumps(ERROR), "-114"),
        (quote(ERROR), "-114"),
        (quote(ERROR + "____24/04/2024 16:58:01"), "-114"),
        (quote(quote(ERROR)), "-114"),
        (quote('{"data":{"user_id":"1"},"error":0}____24/04/2024'), None),
        ('{"error":"' + "9" * 99 + '"}', "9" * 24),
        ("", None),
        ("null", None),
        ("[]", None),
        ("not JSON", None),
        ("[" * 100_000, None),
    ],
)
def test_an_error_is_found_however_it_is_wrapped(
    written: str, code: str | None
) -> None:
    assert read_error(written) == code


def test_an_error_of_their_table_says_whose_fault_it_was() -> None:
    blocked = a_report(REFERENCE, SendFailed="1", error_info='{"error": 99}')
    assert a_gateway(None).read_receipt(blocked).blame is Blame.RECIPIENT
