"""The Twilio adapter against a network of its own wire, and against bad answers."""

import base64
import datetime as dt
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime

import pytest

from broadcaster.gateways.codes import UNKNOWN
from broadcaster.gateways.twilio import TwilioGateway
from broadcaster.gateways.twilio_words import CODES
from broadcaster.ports import (
    Blame,
    Callback,
    ReceiptStatus,
    Verdict,
)
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.peers import (
    BODY,
    SLOW_S,
    WAIT_S,
    Answer,
    a_submission,
    submit_one,
)
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.twilio_ends import (
    PUBLIC_URL,
    WORDS,
    a_callback,
    a_gateway,
)
from tests.telco import ACCOUNT, TOKEN, Telco, until

NOBODY = "http://telco.invalid"
TAKEN = json.dumps({"sid": "SM1", "status": "queued"})


class TwilioPeer:
    """The simulated network, and a stub for what no network would say."""

    def __init__(self, telco: Telco, stub: Stub) -> None:
        self.telco = telco
        self.stub = stub
        self._gateways: dict[str, TwilioGateway] = {}

    def when(self, answer: Answer) -> TwilioGateway:
        self.telco.clear_weather()
        base_url = self.telco.base_url
        if answer is Answer.LOST:
            self.telco.weather(lost_answer=1.0)
        elif answer is Answer.SLOW:
            self.telco.weather(delay_ms=int(SLOW_S * 1000))
        elif answer is Answer.HTML_502:
            self.telco.weather(html_502=1.0)
        elif answer is Answer.UNREACHABLE:
            base_url = NOBODY
        elif answer is Answer.LATER:
            self.telco.weather(too_many=1.0, retry_after_s=WAIT_S)
        elif answer is not Answer.ACCEPTED:
            base_url = self.stub.url
            status, body = _STUBBED[answer]
            self.stub.answer(status, body)
        if base_url not in self._gateways:
            self._gateways[base_url] = a_gateway(base_url, receipt_kind="handset")
        return self._gateways[base_url]

    def named(self, name: str) -> TwilioGateway:
        return a_gateway(self.telco.base_url, name=name)

    def received(self, to: str) -> list[str]:
        # whatever is on its way arrives before the network says that nothing waits
        until(lambda: self.telco.stats()["waiting"] == 0)
        return self.telco.bodies(to)

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        return a_callback(WORDS[status], reference=reference)

    def forge(self, good: Callback) -> list[Callback]:
        return [
            replace(good, headers={}),
            replace(good, headers=dict.fromkeys(good.headers, "forged")),
            replace(good, form={**good.form, "ErrorCode": "30005"}),
            replace(good, url=good.url.replace("/status/", "/status/0")),
        ]


_STUBBED = {
    Answer.NEVER: (400, json.dumps({"code": 21614, "message": "no mobile"})),
    Answer.ELSEWHERE: (400, json.dumps({"code": 21612, "message": "no route"})),
    Answer.LATER_UNTIMED: (429, "<html>slow down</html>"),
    Answer.GARBAGE: (200, "<html>proxy</html>"),
    Answer.UNKNOWN_CODE: (400, json.dumps({"code": 29999, "message": "new"})),
}


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    network = Telco.start(tmp_path_factory.mktemp("telco"))
    yield network
    network.stop()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.fixture
def peer(telco: Telco, stub: Stub) -> TwilioPeer:
    telco.reset()
    return TwilioPeer(telco, stub)


class TestTwilioGateway(GatewayContract):
    """The contract, kept over a real wire."""


def test_the_networks_own_reports_are_believed_and_read(
    telco: Telco, stub: Stub
) -> None:
    telco.clear_weather()
    gateway = a_gateway(telco.base_url, public_url=stub.url, receipt_kind="handset")
    stub.answer(204)
    text = a_submission()
    sid = submit_one(gateway, text).provider_id
    until(lambda: len(stub.requests) == 2)
    statuses = set()
    for request in stub.requests:
        callback = Callback(
            url=stub.url + request.path,
            headers=request.headers,
            form=request.form,
            reference=request.path.rsplit("/", 1)[1],
        )
        assert gateway.verify(callback)
        receipt = gateway.read_receipt(callback)
        assert (receipt.reference, receipt.provider_id) == (str(text.reference), sid)
        statuses.add(receipt.status)
    assert statuses == {ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED}


@pytest.mark.parametrize(
    ("state", "code", "blame"),
    [("landline", "21614", Blame.RECIPIENT), ("blocked", "21610", Blame.OPTED_OUT)],
)
def test_the_network_refuses_who_cannot_or_will_not_be_texted(
    telco: Telco, state: str, code: str, blame: Blame
) -> None:
    telco.clear_weather()
    text = a_submission()
    telco.set_handset(text.to, state)
    outcome = submit_one(a_gateway(telco.base_url), text)
    assert outcome.verdict is Verdict.NEVER
    assert (outcome.code, outcome.blame) == (code, blame)


def test_a_text_is_asked_for_once_whatever_the_answer(stub: Stub) -> None:
    for status in (0, 200, 302, 408, 429, 500, 503):
        stub.answer(status)
        submit_one(a_gateway(stub.url), a_submission())
        assert len(stub.requests) == 1


def test_the_request_carries_what_twilio_documents(stub: Stub) -> None:
    stub.answer(201, TAKEN)
    text = a_submission()
    text = replace(text, valid_until=text.submitted_at + dt.timedelta(minutes=30))
    gateway = a_gateway(stub.url + "/under/a/path")
    assert submit_one(gateway, text).provider_id == "SM1"
    [request] = stub.requests
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert request.path == (
        f"/under/a/path/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    )
    assert request.headers["Authorization"] == f"Basic {login}"
    assert request.form == {
        "To": text.to,
        "From": "PHOASUA",
        "Body": BODY,
        "StatusCallback": f"{PUBLIC_URL}/callbacks/twilio/status/{text.reference}",
        "ValidityPeriod": "1800",
    }


@pytest.mark.parametrize(("minutes", "seconds"), [(-5, 1), (60 * 24, 36_000)])
def test_the_validity_stays_inside_twilios_bounds(
    stub: Stub, minutes: int, seconds: int
) -> None:
    stub.answer(201, TAKEN)
    text = a_submission()
    text = replace(text, valid_until=text.submitted_at + dt.timedelta(minutes=minutes))
    submit_one(a_gateway(stub.url), text)
    assert stub.requests[0].form["ValidityPeriod"] == str(seconds)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, ""),
        (200, ""),
        (200, "[]"),
        (200, "null"),
        (201, "{}"),
        (201, '{"sid": null}'),
        (201, '{"sid": 5}'),
        (201, '{"sid": "SM1"'),
        (408, ""),
        (500, '{"code": 20500}'),
        (502, "<html>"),
        (503, '{"code": 20429}'),
    ],
)
def test_what_may_have_been_taken_is_in_doubt(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    outcome = submit_one(a_gateway(stub.url), a_submission())
    assert outcome.verdict is Verdict.IN_DOUBT


def test_a_telco_where_nobody_listens_took_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        port = taken.getsockname()[1]
        outcome = submit_one(a_gateway(f"http://127.0.0.1:{port}"), a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.NOT_SENT, "unreachable")
    assert (outcome.retry_after, outcome.blame) == (30.0, Blame.THEIRS)


def test_a_wait_may_be_a_date_nonsense_or_missing(stub: Stub) -> None:
    in_an_hour = format_datetime(
        dt.datetime.now(dt.UTC) + dt.timedelta(minutes=30), usegmt=True
    )
    waits = []
    for header in (in_an_hour, "soon", None, "-3", "999999999"):
        headers = {} if header is None else {"Retry-After": header}
        stub.answer(429, "<html>slow down</html>", headers=headers)
        waits.append(submit_one(a_gateway(stub.url), a_submission()).retry_after)
    assert 1_700 < (waits[0] or 0) <= 1_800
    assert waits[1:] == [5.0, 5.0, 5.0, 3_600.0]


@pytest.mark.parametrize("code", sorted(set(CODES.rows) - {UNKNOWN, "20429"}))
def test_every_code_of_the_table_is_obeyed(stub: Stub, code: str) -> None:
    stub.answer(400, json.dumps({"code": int(code), "message": "no"}))
    outcome = submit_one(a_gateway(stub.url), a_submission())
    facts = CODES.rows[code]
    assert (outcome.verdict, outcome.blame) == (facts.verdict, facts.blame)
    assert outcome.code == code


def test_a_second_accounts_reports_come_to_its_own_address(stub: Stub) -> None:
    stub.answer(201, TAKEN)
    text = a_submission()
    submit_one(a_gateway(stub.url, name="twilio2"), text)
    assert stub.requests[0].form["StatusCallback"] == (
        f"{PUBLIC_URL}/callbacks/twilio2/status/{text.reference}"
    )
