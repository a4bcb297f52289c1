"""Kannel's answers, reports and addresses, the ones that no Kannel gives us too."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.gateways.codes import UNKNOWN
from broadcaster.gateways.kannel_words import CODES
from broadcaster.ports import (
    Blame,
    Callback,
    Inbound,
    ReceiptStatus,
    Verdict,
)
from tests.broadcaster.gateways.kannel_ends import a_gateway, as_callback
from tests.broadcaster.gateways.peers import a_submission, always, submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.kannel import PASSWORD, SECRET

NOBODY = "http://kannel.invalid"
POST = f"http://loa.example/callbacks/kannel/inbound?k={SECRET}&id=m1"
HEADERS = {
    "X-Kannel-From": "+84912000001",
    "X-Kannel-To": "8088",
    "Content-Type": 'text/plain; charset="UTF-8"',
}
REFUSED = {
    "Authorization failed for sendsms": (403, Verdict.LATER, Blame.OURS),
    "Unknown request.": (404, Verdict.LATER, Blame.OURS),
    "Invalid content-type": (400, Verdict.LATER, Blame.OURS),
    "Missing receiver(s) number(s), rejected": (400, Verdict.NEVER, Blame.RECIPIENT),
    "Empty receiver number not allowed, rejected": (
        400,
        Verdict.NEVER,
        Blame.RECIPIENT,
    ),
    "Sender missing and no global set, rejected": (400, Verdict.ELSEWHERE, Blame.OURS),
    "Charset or body misformed, rejected": (400, Verdict.NEVER, Blame.OURS),
    "Validity field misformed, rejected": (400, Verdict.NEVER, Blame.OURS),
    "DLR-URL field misformed, rejected": (400, Verdict.LATER, Blame.OURS),
    "DLR-Mask field misformed, rejected": (400, Verdict.LATER, Blame.OURS),
    "Number(s) has/have been denied by white- and/or black-lists.": (
        400,
        Verdict.ELSEWHERE,
        Blame.OURS,
    ),
    "Not routable. Do not try again.": (403, Verdict.ELSEWHERE, Blame.OURS),
    "Temporal failure, try again later.": (503, Verdict.LATER, Blame.THEIRS),
    "Too many requests": (429, Verdict.LATER, Blame.THEIRS),
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.mark.parametrize("words", REFUSED)
def test_every_refusal_is_obeyed(stub: Stub, words: str) -> None:
    status, verdict, blame = REFUSED[words]
    stub.answer(status, words)
    outcome = submit_one(a_gateway(stub.url), a_submission())
    assert (outcome.verdict, outcome.blame) == (verdict, blame)
    assert outcome.code in CODES.rows


def test_every_code_of_the_table_has_its_words(stub: Stub) -> None:
    seen = set()
    for words, (status, _verdict, _blame) in REFUSED.items():
        stub.answer(status, words)
        seen.add(submit_one(a_gateway(stub.url), a_submission()).code)
    assert seen == set(CODES.rows) - {UNKNOWN}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, ""),
        (200, ""),
        (202, "<html>"),
        (202, "10: something new"),
        (408, ""),
        (500, "Sending failed."),
        (502, "<html>"),
        (503, "<html>Service Unavailable</html>"),
    ],
)
def test_what_may_have_been_taken_is_in_doubt(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    outcome = submit_one(a_gateway(stub.url), a_submission())
    assert outcome.verdict is Verdict.IN_DOUBT


def test_a_refusal_of_a_whole_request_is_a_refusal_of_each_text(stub: Stub) -> None:
    stub.answer(403, "Authorization failed for sendsms")
    texts = [a_submission(number) for number in range(3)]
    outcomes = a_gateway(stub.url, bulk="3").submit(texts, may_start=always)
    assert {outcome.verdict for outcome in outcomes} == {Verdict.LATER}
    assert len(stub.requests) == 1


def test_a_text_is_asked_for_once_whatever_the_answer(stub: Stub) -> None:
    for status in (0, 200, 202, 302, 403, 408, 429, 500, 503):
        stub.answer(status)
        submit_one(a_gateway(stub.url), a_submission())
        assert len(stub.requests) == 1


def test_neither_number_nor_password_stands_in_an_address(stub: Stub) -> None:
    stub.answer(202, "0: Accepted for delivery")
    text = replace(a_submission(), text="Trả lương")
    text = replace(text, valid_until=text.submitted_at + dt.timedelta(minutes=30))
    submit_one(a_gateway(stub.url), text)
    [request] = stub.requests
    assert request.path == "/cgi-bin/sendsms"
    assert request.body.decode() == text.text
    told = {name: word for name, word in request.headers.items() if "Kannel" in name}
    address = told.pop("X-Kannel-DLR-Url")
    assert address.startswith(
        f"http://loa.example/callbacks/kannel/status/{text.reference}?k="
    )
    assert address.endswith("&d=%d&m=%D")
    assert told == {
        "X-Kannel-Username": "loa",
        "X-Kannel-Password": PASSWORD,
        "X-Kannel-From": "PHOASUA",
        "X-Kannel-To": text.to,
        "X-Kannel-DLR-Mask": "31",
        "X-Kannel-Coding": "2",
        "X-Kannel-Validity": "30",
    }


@pytest.mark.parametrize(("seconds", "minutes"), [(-5, "1"), (59, "1"), (125, "2")])
def test_a_minute_is_the_least_that_a_text_may_live(
    stub: Stub, seconds: int, minutes: str
) -> None:
    text = a_submission()
    text = replace(text, valid_until=text.submitted_at + dt.timedelta(seconds=seconds))
    stub.answer(202, "0: Accepted for delivery")
    submit_one(a_gateway(stub.url), text)
    assert stub.requests[0].headers["X-Kannel-Validity"] == minutes


def a_report(status: str, *, told: str = "", kind: str = "handset") -> Callback:
    gateway = a_gateway(NOBODY, receipt_kind=kind)
    url = gateway.addresses.of([a_submission()])
    return as_callback(url.replace("%d", status).replace("%D", told))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("1", ReceiptStatus.DELIVERED),
        ("2", ReceiptStatus.UNDELIVERED),
        ("4", ReceiptStatus.ACCEPTED),
        ("8", ReceiptStatus.ACCEPTED),
        ("16", ReceiptStatus.REFUSED),
        ("34", ReceiptStatus.EXPIRED),
        ("64", None),
    ],
)
def test_every_kind_of_report_is_read_and_an_unknown_one_kept(
    word: str, status: ReceiptStatus | None
) -> None:
    receipt = a_gateway(NOBODY).read_receipt(a_report(word))
    assert (receipt.status, receipt.raw_status) == (status, word)


def test_delivered_is_the_networks_word_unless_the_operator_says_so() -> None:
    gateway = a_gateway(NOBODY, receipt_kind="network")
    assert gateway.read_receipt(a_report("1")).status is ReceiptStatus.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("%3Fsmpp%3Fdlr_err%3D0B1%26x%3D1%26", "0B1"),
        ("%3Forig_msg%3Fdlr_mask%3D31%26%3Fsmpp%3Fdlr_err%3D042%26", "042"),
        ("%3Fsmpp%3Fdlr_err%3D000%26", None),
        ("%3Forig_msg%3Fdlr_err%3D7%26", None),
        ("", None),
        ("%3F", None),
    ],
)
def test_the_carriers_own_error_is_kept(told: str, code: str | None) -> None:
    assert a_gateway(NOBODY).read_receipt(a_report("2", told=told)).code == code


def test_a_report_that_is_none_is_said_to_be_none() -> None:
    gateway = a_gateway(NOBODY)
    good = a_report("1")
    texts = [a_submission(1), a_submission(2)]
    many = as_callback(gateway.addresses.of(texts).replace("%p", "%2B84912345678"))
    for bad in (
        replace(good, query={}),
        replace(good, reference=None),
        many,
        replace(many, query={**many.query, "r": "!"}),
        replace(many, query={**many.query, "r": "AAAA"}),
    ):
        with pytest.raises(InputError):
            gateway.read_receipt(bad)


def test_a_number_may_be_reported_in_another_form() -> None:
    gateway = a_gateway(NOBODY, bulk="2")
    texts = [a_submission(1), a_submission(2)]
    address = gateway.addresses.of(texts).replace("%d", "1")
    for text in texts:
        for phone in (text.to, text.to[1:], "0" + text.to[3:]):
            callback = as_callback(address.replace("%p", phone.replace("+", "%2B")))
            assert gateway.verify(callback)
            assert gateway.read_receipt(callback).reference == str(text.reference)


def test_a_key_proves_one_address_of_one_gateway() -> None:
    good = a_report("1")
    assert a_gateway(NOBODY).verify(good)
    assert not a_gateway(NOBODY, key="another").verify(good)
    other = replace(good, reference=str(uuid.uuid4()))
    assert not a_gateway(NOBODY).verify(other)


def test_a_percent_sign_of_our_own_address_is_not_filled_in() -> None:
    gateway = a_gateway(NOBODY, public_url="http://loa.example/a%20b")
    assert "/a%%20b/callbacks/" in gateway.addresses.of([a_submission()])


def test_a_residents_text_is_believed_by_its_secret_alone() -> None:
    callback = as_callback(POST, headers=HEADERS, body=b"TC")
    assert a_gateway(NOBODY).verify(callback)
    assert not a_gateway(NOBODY, inbound_secret="").verify(callback)
    without = a_gateway(NOBODY, inbound_secret="")
    assert not without.capabilities.inbound
    assert not without.verify(as_callback(POST.replace(SECRET, "")))
    assert not a_gateway(NOBODY).verify(as_callback(POST.replace(SECRET, "x" * 20)))


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("UTF-8", "Tôi hỏi ạ".encode()),
        ("UTF-16BE", "Tôi hỏi ạ".encode("utf-16-be")),
    ],
)
def test_a_residents_letters_are_read_as_they_were_sent(
    charset: str, body: bytes
) -> None:
    headers = {**HEADERS, "Content-Type": f'text/plain; charset="{charset}"'}
    callback = as_callback(POST, headers=headers, body=body)
    assert a_gateway(NOBODY).read_inbound(callback) == Inbound(
        provider_id="m1", sender="+84912000001", to="8088", text="Tôi hỏi ạ"
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [("0899000888", "+84899000888"), ("84899000888", "+84899000888"), ("8088", "8088")],
)
def test_our_own_number_is_read_in_every_form(written: str, kept: str) -> None:
    callback = as_callback(POST, headers={**HEADERS, "X-Kannel-To": written})
    assert a_gateway(NOBODY).read_inbound(callback).to == kept


def test_what_is_no_text_says_what_is_missing() -> None:
    gateway = a_gateway(NOBODY)
    for missing in ("X-Kannel-From", "X-Kannel-To"):
        with pytest.raises(InputError) as refused:
            gateway.read_inbound(
                as_callback(POST, headers={**HEADERS, missing: ""}, body=b"x")
            )
        assert refused.value.field == missing
    with pytest.raises(InputError):
        gateway.read_inbound(as_callback(POST[:-2], headers=HEADERS, body=b"x"))
    strange = {**HEADERS, "Content-Type": "text/plain; charset=moon"}
    with pytest.raises(InputError):
        gateway.read_inbound(as_callback(POST, headers=strange, body=b"x"))


def test_every_fault_of_the_settings_is_told() -> None:
    with pytest.raises(ConfigurationError) as refused:
        a_gateway("", username="", bulk="51", inbound_secret="short", dlr_mask="64")
    for name in ("BASE_URL", "USERNAME", "BULK", "INBOUND_SECRET", "DLR_MASK"):
        assert f"LOA_GATEWAY_{name}" in str(refused.value)
    with pytest.raises(ConfigurationError, match="LOA_GATEWAY_PASSWORD"):
        a_gateway(NOBODY, password="mật khẩu")
    with pytest.raises(ConfigurationError, match="key"):
        a_gateway(NOBODY, key="")
