"""The Twilio adapter against a network of its own wire, and against bad answers."""

import base64
import datetime as dt
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

import pytest

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.gateways import twilio_words
from broadcaster.gateways.twilio import TwilioGateway, build
from broadcaster.gateways.twilio_words import CODES, UNKNOWN
from broadcaster.ports import (
    Blame,
    Callback,
    GatewaySettings,
    ReceiptKind,
    ReceiptStatus,
    Verdict,
)
from broadcaster.simulator.postman import signature
from tests.broadcaster.gateways.contract import (
    BODY,
    WAIT_S,
    Answer,
    GatewayContract,
    a_submission,
    submit_one,
)
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import ACCOUNT, TOKEN, Telco, until

PUBLIC_URL = "https://loa.example"
TAKEN = json.dumps({"sid": "SM1", "status": "queued"})


def a_gateway(
    base_url: str | None,
    *,
    public_url: str = PUBLIC_URL,
    demo: bool = False,
    **options: str,
) -> TwilioGateway:
    settings = {"account_sid": ACCOUNT, "auth_token": TOKEN} | options
    if base_url is not None:
        settings["base_url"] = base_url
    return build(GatewaySettings(public_url=public_url, demo=demo, options=settings))


def a_callback(
    status: str, *, reference: str = "r", token: str = TOKEN, **form: str
) -> Callback:
    url = f"{PUBLIC_URL}/callbacks/twilio/status/{reference}"
    full = {"MessageSid": f"SM-{reference}", "MessageStatus": status, **form}
    headers = {"X-Twilio-Signature": signature(token, url, full)}
    return Callback(url=url, headers=headers, form=full, reference=reference)


WORDS = {
    ReceiptStatus.ACCEPTED: "sent",
    ReceiptStatus.DELIVERED: "delivered",
    ReceiptStatus.UNDELIVERED: "undelivered",
}


class TwilioPeer:
    """The simulated network, and a stub for what no network would say."""

    def __init__(self, telco: Telco, stub: Stub) -> None:
        self.telco = telco
        self.stub = stub

    def when(self, answer: Answer) -> TwilioGateway:
        self.telco.clear_weather()
        base_url = self.telco.base_url
        if answer is Answer.LOST:
            self.telco.weather(lost_answer=1.0)
        elif answer is Answer.HTML_502:
            self.telco.weather(html_502=1.0)
        elif answer is Answer.LATER:
            self.telco.weather(too_many=1.0, retry_after_s=WAIT_S)
        elif answer is not Answer.ACCEPTED:
            base_url = self.stub.url
            self.stub.answer(*_STUBBED[answer])
        return a_gateway(base_url, receipt_kind="handset")

    def received(self, to: str) -> list[str]:
        # whatever is on its way arrives before the network says that nothing waits
        until(lambda: self.telco.stats()["waiting"] == 0)
        return self.telco.bodies(to)

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        return a_callback(WORDS[status], reference=reference)


_STUBBED = {
    Answer.NEVER: (400, json.dumps({"code": 21614, "message": "no mobile"})),
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


def test_two_texts_that_look_the_same_clear_no_doubt(telco: Telco) -> None:
    telco.clear_weather()
    gateway, text = a_gateway(telco.base_url), a_submission()
    twin = replace(text, message_id=2)
    gateway.submit([text, twin])
    assert gateway.lookup(text) is None


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
    assert (outcome.verdict, outcome.code) == (Verdict.LATER, "unreachable")
    assert outcome.retry_after == 30.0


def test_a_name_that_leads_nowhere_took_nothing() -> None:
    outcome = submit_one(a_gateway("http://telco.invalid"), a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.LATER, "unreachable")


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
    assert waits[1:] == [5.0, 5.0, 1.0, 3_600.0]


@pytest.mark.parametrize("code", sorted(set(CODES) - {UNKNOWN, "20429"}))
def test_every_code_of_the_table_is_obeyed(stub: Stub, code: str) -> None:
    stub.answer(400, json.dumps({"code": int(code), "message": "no"}))
    outcome = submit_one(a_gateway(stub.url), a_submission())
    facts = CODES[code]
    assert (outcome.verdict, outcome.blame) == (facts.verdict, facts.blame)
    assert outcome.code == code


def test_delivered_is_the_networks_word_unless_the_route_proves_handsets() -> None:
    callback = a_callback("delivered")
    network, handset = a_gateway(None), a_gateway(None, receipt_kind="handset")
    assert network.capabilities.receipt_kind is ReceiptKind.NETWORK
    assert network.read_receipt(callback).status is ReceiptStatus.ACKNOWLEDGED
    assert handset.read_receipt(callback).status is ReceiptStatus.DELIVERED


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", ReceiptStatus.ACCEPTED),
        ("accepted", ReceiptStatus.ACCEPTED),
        ("sending", ReceiptStatus.ACCEPTED),
        ("sent", ReceiptStatus.ACCEPTED),
        ("undelivered", ReceiptStatus.UNDELIVERED),
        ("failed", ReceiptStatus.REFUSED),
        ("canceled", ReceiptStatus.REFUSED),
    ],
)
def test_twilios_words_become_ours(word: str, status: ReceiptStatus) -> None:
    assert a_gateway(None).read_receipt(a_callback(word)).status is status


@pytest.mark.parametrize(
    ("code", "blame"),
    [("30005", Blame.RECIPIENT), ("30003", Blame.THEIRS), ("39999", Blame.THEIRS)],
)
def test_a_failure_says_whose_fault_it_is(code: str, blame: Blame) -> None:
    callback = a_callback("undelivered", ErrorCode=code)
    receipt = a_gateway(None).read_receipt(callback)
    assert (receipt.code, receipt.blame) == (code, blame)


@pytest.mark.parametrize("form", [{}, {"MessageSid": "SM1"}, {"MessageStatus": "sent"}])
def test_what_is_no_report_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(InputError):
        a_gateway(None).read_receipt(Callback(url="", headers={}, form=form))


def test_a_signature_by_an_algorithm_nobody_knows_fails() -> None:
    callback = a_callback("sent")
    named = {"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_MD5"}
    headers = {**callback.headers, **named}
    assert a_gateway(None).verify(callback)
    assert not a_gateway(None).verify(replace(callback, headers=headers))


def test_header_names_in_any_case_are_the_same() -> None:
    callback = a_callback("sent")
    lower = {name.lower(): value for name, value in callback.headers.items()}
    assert a_gateway(None).verify(replace(callback, headers=lower))


def test_a_residents_text_is_read() -> None:
    form = {"MessageSid": "SM9", "From": "+84912000001", "To": "8088", "Body": "TC"}
    inbound = a_gateway(None).read_inbound(Callback(url="", headers={}, form=form))
    assert (inbound.provider_id, inbound.text) == ("SM9", "TC")
    assert (inbound.sender, inbound.to) == ("+84912000001", "8088")


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_what_is_no_text_is_refused(missing: str) -> None:
    form = {"MessageSid": "SM9", "From": "+84912000001", "To": "8088"}
    del form[missing]
    with pytest.raises(InputError):
        a_gateway(None).read_inbound(Callback(url="", headers={}, form=form))


@pytest.mark.parametrize("base_url", [None, "https://api.twilio.com"])
def test_a_demo_never_reaches_a_real_telco(base_url: str | None) -> None:
    with pytest.raises(ConfigurationError, match="demo"):
        a_gateway(base_url, demo=True)


def test_every_fault_of_the_settings_is_told_at_once() -> None:
    options = {"receipt_kind": "hope"}
    settings = GatewaySettings(public_url=PUBLIC_URL, demo=True, options=options)
    with pytest.raises(ConfigurationError) as refused:
        build(settings)
    assert len(refused.value.missing) == 4


def test_the_account_never_shows_its_token() -> None:
    assert TOKEN not in repr(vars(a_gateway(None))["_account"])


def test_the_table_of_codes_has_a_reason_on_every_row() -> None:
    table = Path(twilio_words.__file__).with_name("twilio_codes.csv").read_text("utf-8")
    assert all(len(row.split(",", 3)[3]) > 3 for row in table.splitlines())
