"""What residents write reaches the client's web, signed, and its answer comes back."""

import pytest
from twilio.request_validator import RequestValidator

from broadcaster.simulator.mailbag import BadTwimlError, read_twiml
from tests.broadcaster.simulator.conftest import Web
from tests.telco import Telco, until

RESIDENT = "+84365550101"


def test_a_residents_text_is_posted_signed(telco: Telco, web: Web) -> None:
    sid = telco.text_as(RESIDENT, "TC")
    (call,) = until(lambda: web.calls)
    assert call.url.endswith("/inbound/sms")
    assert RequestValidator(telco.auth_token).validate(
        call.url, call.form, call.signature
    )
    assert call.form["MessageSid"] == sid
    assert call.form["From"] == RESIDENT
    assert call.form["Body"] == "TC"
    assert (call.form["NumMedia"], call.form["NumSegments"]) == ("0", "1")
    until(lambda: telco.inbound(RESIDENT)[0]["state"] == "sent")


def test_the_answer_reaches_the_phone(telco: Telco, web: Web) -> None:
    web.status = 200
    web.body = "<Response><Message>Da dung nhan tin.</Message></Response>"
    telco.text_as(RESIDENT, "TC")
    (reply,) = until(lambda: telco.received(RESIDENT))
    assert (reply["body"], reply["direction"]) == (
        "Da dung nhan tin.",
        "outbound-reply",
    )


def test_a_text_is_posted_again_under_its_own_sid(telco: Telco, web: Web) -> None:
    web.status = 503
    sid = telco.text_as(RESIDENT, "LICH")
    until(lambda: web.calls)
    assert telco.inbound(RESIDENT)[0]["state"] == "sending"
    web.status = 204
    until(lambda: telco.inbound(RESIDENT)[0]["state"] == "sent")
    assert {call.form["MessageSid"] for call in web.calls} == {sid}
    assert len(web.calls) > 1


def test_an_answer_that_is_no_twiml_counts_as_not_taken(telco: Telco, web: Web) -> None:
    web.status, web.body = 200, "<html>Dang nhap"
    telco.text_as(RESIDENT, "LICH")
    until(lambda: len(web.calls) > 1)
    assert telco.inbound(RESIDENT)[0]["state"] == "sending"
    assert telco.received(RESIDENT) == []


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("<Response/>", [], id="no verb"),
        pytest.param(
            '<?xml version="1.0" encoding="UTF-8"?>'
            "<Response><Message><Body>Lĩnh &amp; nhận</Body></Message></Response>",
            ["Lĩnh & nhận"],
            id="body",
        ),
        pytest.param(
            "<Response><Message>một</Message>"
            "<Message to='+84912345678'>hai</Message></Response>",
            ["một", "hai"],
            id="two",
        ),
        pytest.param("<Response><Message> </Message></Response>", [], id="blank"),
    ],
)
def test_twiml_reads(document: str, texts: list[str]) -> None:
    assert read_twiml(document) == texts


@pytest.mark.parametrize(
    "document",
    [
        "<Response><Message>",
        "OK",
        "<html></html>",
        '<!DOCTYPE r [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>',
    ],
    ids=["unclosed", "bare", "html", "entities"],
)
def test_what_is_no_twiml_is_refused(document: str) -> None:
    with pytest.raises(BadTwimlError):
        read_twiml(document)
