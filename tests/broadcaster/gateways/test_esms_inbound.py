"""Residents' texts by eSMS: whose they are, and what they say."""

import base64
import hashlib
from collections.abc import Iterator

import pytest

from broadcaster.errors import InputError
from broadcaster.ports import Callback, Inbound
from tests.broadcaster.gateways.esms_ends import PUBLIC_URL, a_gateway, came
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import ESMS_INBOUND_KEY, Telco, until

RESIDENT = "+84915550102"
REFERENCE = "01890a5d-ac96-774b-bcce-b302099a8057"
SIGNED = {
    "cpid": "5555",
    "smsid": "m1",
    "content": "TC",
    "receiverTime": "20261122073000",
}
DIGEST = hashlib.md5(
    ("".join(SIGNED.values()) + ESMS_INBOUND_KEY).encode(), usedforsecurity=False
).digest()
IN_HEX, IN_BASE64 = DIGEST.hex(), base64.b64encode(DIGEST).decode()


@pytest.fixture(scope="module")
def web() -> Iterator[Stub]:
    """Our own side, where the simulated network brings what it has for us."""
    with stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, web: Stub) -> Iterator[Telco]:
    telco = Telco.start(tmp_path_factory.mktemp("telco"))
    telco.esms_inbound_url = f"{web.url}/callbacks/esms/inbound"
    telco.restart()
    yield telco
    telco.stop()


@pytest.fixture
def telco(network: Telco, web: Stub) -> Telco:
    network.clear_weather()
    network.clear_esms()
    network.reset()
    web.answer(200, "<ClientResponse></ClientResponse>")
    return network


def test_a_residents_text_comes_signed_and_whole(telco: Telco, web: Stub) -> None:
    sid = telco.text_as(RESIDENT, "TC & hủy?")
    [request] = until(lambda: list(web.requests))
    callback = came(request, public_url=web.url)
    gateway = a_gateway(telco.esms_url)
    assert gateway.verify(callback)
    assert gateway.read_event(callback) == Inbound(
        provider_id=sid.removeprefix("SM"),
        sender=RESIDENT,
        to="+84899000888",
        text="TC & hủy?",
    )
    until(lambda: telco.inbound(RESIDENT)[0]["state"] == "sent")
    stranger = a_gateway(telco.esms_url, inbound_key="another")
    assert not stranger.verify(callback)


def test_an_answer_in_xml_comes_back_as_a_text(telco: Telco, web: Stub) -> None:
    answer = "<ClientResponse><Message>Da dung.</Message></ClientResponse>"
    web.answer(200, answer)
    telco.text_as(RESIDENT, "TC")
    until(lambda: telco.bodies(RESIDENT) == ["Da dung."])


def test_what_we_thank_with_answers_nothing(telco: Telco, web: Stub) -> None:
    thanks = a_gateway(telco.esms_url).capabilities.thanks
    web.answer(thanks.status, thanks.body)
    telco.text_as(RESIDENT, "TC")
    until(lambda: telco.inbound(RESIDENT)[0]["state"] == "sent")
    assert telco.bodies(RESIDENT) == []


def _inbound(reference: str | None = None, **fields: str) -> Callback:
    query = SIGNED | {"sender": "84915550102", "serviceNumber": "8088"} | fields
    return Callback(
        url=f"{PUBLIC_URL}/callbacks/esms/inbound",
        headers={},
        form={},
        query=query,
        reference=reference,
        method="GET",
    )


@pytest.mark.parametrize("sign", [IN_HEX, IN_HEX.upper(), IN_BASE64])
def test_a_sign_is_known_in_both_of_its_forms(sign: str) -> None:
    assert a_gateway(None).verify(_inbound(sign=sign))


def test_a_sign_for_other_words_another_key_or_none_is_refused() -> None:
    gateway = a_gateway(None)
    assert not gateway.verify(_inbound(sign=IN_HEX, content="DK"))
    assert not gateway.verify(_inbound(sign=IN_HEX, smsid="m2"))
    assert not gateway.verify(_inbound(sign=""))
    assert not gateway.verify(_inbound(sign="é"))
    assert not gateway.verify(_inbound())
    without_key = a_gateway(None, inbound_key="")
    assert not without_key.verify(_inbound(sign=IN_HEX))
    assert not without_key.capabilities.inbound


def test_which_fields_are_signed_is_data() -> None:
    gateway = a_gateway(None, inbound_signed="smsid cpid content receiverTime")
    assert not gateway.verify(_inbound(sign=IN_HEX))
    assert a_gateway(None, inbound_signed="cpid smsid content receiverTime").verify(
        _inbound(sign=IN_HEX)
    )


def test_a_sign_of_a_residents_text_opens_no_address_of_a_report() -> None:
    gateway = a_gateway(None)
    replayed = _inbound(REFERENCE, sign=IN_HEX, SMSID="s1", SendStatus="5")
    assert not gateway.verify(replayed)


@pytest.mark.parametrize("missing", ["smsid", "sender", "serviceNumber"])
def test_what_is_no_text_says_what_is_missing(missing: str) -> None:
    with pytest.raises(InputError) as refused:
        a_gateway(None).read_inbound(_inbound(**{missing: ""}))
    assert refused.value.field == missing


@pytest.mark.parametrize("sender", ["84915550102", "0915550102", "+84915550102"])
def test_a_sender_is_read_however_it_is_written(sender: str) -> None:
    assert a_gateway(None).read_inbound(_inbound(sender=sender)).sender == RESIDENT
