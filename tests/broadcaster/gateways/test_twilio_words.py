"""Twilio's words as ours: reports, texts of residents, settings."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.gateways import twilio_words
from broadcaster.gateways.twilio import build
from broadcaster.ports import (
    Blame,
    Callback,
    GatewaySettings,
    ReceiptKind,
    ReceiptStatus,
)
from broadcaster.simulator.postman import signature
from tests.broadcaster.gateways.twilio_ends import PUBLIC_URL, a_callback, a_gateway
from tests.telco import TOKEN


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


def test_a_word_that_twilio_invents_is_kept_and_means_nothing_yet() -> None:
    receipt = a_gateway(None).read_receipt(a_callback("teleported", reference="r1"))
    assert (receipt.status, receipt.raw_status) == (None, "teleported")
    assert (receipt.reference, receipt.provider_id) == ("r1", "SM-r1")


@pytest.mark.parametrize("named", ["https://loa.example", "https://loa.example:443"])
def test_twilio_may_sign_the_port_or_leave_it_out(named: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    path = "/callbacks/twilio/status/r"
    signed = {"X-Twilio-Signature": signature(TOKEN, named + path, form)}
    callback = Callback(url=PUBLIC_URL + path, headers=signed, form=form)
    assert a_gateway(None).verify(callback)
    assert not a_gateway(None).verify(replace(callback, form=form | {"To": "1"}))


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


FAULTY = {
    "receipt_kind": "hope",
    "segments_per_second": "-1",
    "connections": "1001",
    "window": "many",
    "absent_after_s": "nan",
}


@pytest.mark.parametrize("prefix", ["LOA_GATEWAY_", "LOA_GATEWAY2_"])
def test_every_fault_of_the_settings_is_told_at_once(prefix: str) -> None:
    settings = GatewaySettings(
        name="twilio", public_url=PUBLIC_URL, demo=True, prefix=prefix, options=FAULTY
    )
    with pytest.raises(ConfigurationError) as refused:
        build(settings)
    told = [fault.split()[0] for fault in refused.value.missing]
    missing = ["account_sid", "auth_token", "base_url"]
    assert sorted(told) == sorted(prefix + name.upper() for name in [*missing, *FAULTY])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("connections", ["0", "-1", "1.5", "x"]),
        ("window", ["0", "5001"]),
        ("segments_per_second", ["0", "nan", "inf", "-0.1", "fast"]),
        ("absent_after_s", ["-1", "1e9", "never"]),
        ("base_url", ["ftp://telco", "telco:80", "http://điện"]),
    ],
)
def test_what_is_out_of_bounds_is_refused(option: str, words: list[str]) -> None:
    for word in words:
        options = {"account_sid": "AC1", "auth_token": "t", option: word}
        settings = GatewaySettings(
            name="twilio", public_url=PUBLIC_URL, demo=False, options=options
        )
        with pytest.raises(ConfigurationError, match=option.upper()):
            build(settings)


def test_an_accounts_limits_are_read() -> None:
    usual = a_gateway(None).capabilities
    assert (usual.window, usual.connections) == (500, 64)
    assert usual.segments_per_second is None
    assert usual.absent_after == dt.timedelta(hours=1)
    told = a_gateway(
        None,
        window="5000",
        connections="1000",
        segments_per_second="0.5",
        absent_after_s="0",
    ).capabilities
    assert (told.window, told.connections) == (5_000, 1_000)
    assert told.segments_per_second == 0.5
    assert told.absent_after is None


def test_the_account_never_shows_its_token() -> None:
    assert TOKEN not in repr(vars(a_gateway(None))["_account"])


def test_the_table_of_codes_has_a_reason_on_every_row() -> None:
    table = Path(twilio_words.__file__).with_name("twilio_codes.csv").read_text("utf-8")
    assert all(len(row.split(",", 3)[3]) > 3 for row in table.splitlines())
